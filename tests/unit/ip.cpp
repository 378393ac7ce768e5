// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/ip.h"

#include "printers.h"
#include "values.h"

#include <arpa/inet.h>

using namespace uplink;

namespace
{

/// As the C library writes the address that it reads in `text`; nothing when it reads none.
std::optional<std::string> by_libc(const std::string& text)
{
    in6_addr address = {};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1)
        return std::nullopt;
    return ::inet_ntop(AF_INET6, &address, canonical.data(), canonical.size());
}

std::optional<std::string> by_us(const std::string& text)
{
    const auto address = parse_ip_address(text);
    return address ? std::optional(to_string(*address)) : std::nullopt;
}

} // namespace

TEST_CASE("an IPv6 address is read and written as the C library does")
{
    for (const char* text :
         {"::", "::1", "1::", "fd00::1", "FD00::A", "fd00:0:0:1::", "2001:db8:0:0:1:0:0:1", "1:2:3:4:5:6:7:8",
          "1:0:3:4:5:6:7:8", "0:0:3:4:5:6:7:8", "1:2:3:4:5:6:0:0", "fe80::0001:00ff", "1::8", "0:1::"}) {
        CAPTURE(text);
        REQUIRE(by_libc(text));
        CHECK(by_us(text) == by_libc(text));
    }
    CHECK(parse_ip_address("64:ff9b::192.0.2.33") == parse_ip_address("64:ff9b::c000:221"));
}

TEST_CASE("what is no IPv6 address for the C library is none for us")
{
    for (const char* text : {"",
                             ":",
                             ":::",
                             "1",
                             "1:2",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "g::",
                             "12345::",
                             "fd00::1/64",
                             "fe80::1%eth0",
                             " ::1",
                             "::1 ",
                             ":1::2",
                             "1::2:",
                             "1:2:3:4::5:6:7:8",
                             "::1.2.3",
                             "::1.2.3.4.5",
                             "1.2.3.4::",
                             "+1::",
                             "-1::"}) {
        CAPTURE(text);
        REQUIRE_FALSE(by_libc(text));
        CHECK_FALSE(by_us(text));
    }
}

TEST_CASE("networks of both families contain what has their prefix")
{
    CHECK(to_string(ip_network("10.0.3.7/24")) == "10.0.3.0/24");
    CHECK(to_string(ip_network("fd00:1:2:3:ffff::1/49")) == "fd00:1:2::/49");
    CHECK(to_string(host_of(ip_address("fd00::1"))) == "fd00::1/128");
    CHECK(contains(ip_network("fd00::/64"), ip_address("fd00::ffff")));
    CHECK_FALSE(contains(ip_network("fd00::/64"), ip_address("fd00:0:0:1::")));
    CHECK(contains(ip_network("0.0.0.0/0"), ip_address("192.0.2.1")));
    CHECK_FALSE(contains(ip_network("::/0"), ip_address("192.0.2.1")));
    CHECK_FALSE(contains(ip_network("0.0.0.0/0"), ip_address("::1")));
    CHECK(IpNetwork(network("10.0.3.0/24")) == ip_network("10.0.3.0/24"));
}

TEST_CASE("the addresses that stand for any, and for many, are known")
{
    for (const char* text : {"0.0.0.0", "::"}) {
        CAPTURE(text);
        CHECK(is_unspecified(ip_address(text)));
        CHECK_FALSE(is_multicast(ip_address(text)));
    }
    for (const char* text : {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"}) {
        CAPTURE(text);
        CHECK(is_multicast(ip_address(text)));
        CHECK_FALSE(is_unspecified(ip_address(text)));
    }
    for (const char* text : {"0.0.0.1", "::1", "223.255.255.255", "240.0.0.0", "fe80::1", "192.0.2.1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_multicast(ip_address(text)));
        CHECK_FALSE(is_unspecified(ip_address(text)));
    }
}

TEST_CASE("a network with no prefix length or one too long is none")
{
    for (const char* text : {"10.0.3.0", "10.0.3.0/33", "10.0.3.0/", "fd00::/129", "fd00::", "/24", "x/24"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ip_network(text));
    }
    CHECK_FALSE(parse_ipv6_interface("10.0.3.1/24"));
    CHECK(parse_ipv6_interface("FD00::0:1/64") == Ipv6Interface{"fd00::1", 64});
}
