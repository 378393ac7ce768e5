// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/address.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

TEST_CASE("an IPv4 address is four decimal octets")
{
    CHECK(parse_ipv4_address("10.0.3.1") == Ipv4Address{0x0a000301});
    CHECK(parse_ipv4_address("0.0.0.0") == Ipv4Address{0});
    CHECK(parse_ipv4_address("255.255.255.255") == Ipv4Address{0xffffffff});
}

TEST_CASE("anything else is no IPv4 address")
{
    for (const char* text :
         {"", "10", "10.0.3", "10.0.3.1.2", "10.0.3.256", "10.0.3.-1", "10.0.3.+1", " 10.0.3.1", "10.0.3.1 ",
          "10.0..1", "10.0.3.", ".10.0.3", "010.0.3.1", "10.0.3.00", "0x0a.0.3.1", "10.0.3.1/24", "::1",
          "99999999999999999999.0.0.1", "br0"}) {
        CAPTURE(text);
        CHECK(parse_ipv4_address(text) == std::nullopt);
    }
    CHECK(parse_ipv4_address(std::string("10.0.3.1\0", 9)) == std::nullopt);
}

TEST_CASE("an interface address keeps its host part and its prefix length")
{
    CHECK(parse_ipv4_interface("10.0.3.1/24") == Ipv4Interface{{0x0a000301}, 24});
    CHECK(parse_ipv4_interface("10.0.3.1/32") == Ipv4Interface{{0x0a000301}, 32});
    CHECK(parse_ipv4_interface("0.0.0.0/0") == Ipv4Interface{{0}, 0});
}

TEST_CASE("an address without a prefix length of 0 to 32 is no interface address")
{
    for (const char* text : {"10.0.3.1", "10.0.3.1/", "10.0.3.1/33", "10.0.3.1/-1", "10.0.3.1/24/24",
                             "10.0.3.1/255.255.255.0", "/24", "10.0.3/24", "10.0.3.1/ 24"}) {
        CAPTURE(text);
        CHECK(parse_ipv4_interface(text) == std::nullopt);
    }
}

TEST_CASE("a number is decimal digits up to its maximum, and nothing around them")
{
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("4095", 4095) == 4095);
    CHECK(parse_number("4096", 4095) == std::nullopt);
    CHECK(parse_number("18446744073709551615") == UINT64_MAX);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "one"}) {
        CAPTURE(text);
        CHECK(parse_number(text) == std::nullopt);
    }
}

TEST_CASE("a network is an address without its host part")
{
    CHECK(network_of(ipv4("10.0.3.77/24")) == Ipv4Network{{0x0a000300}, 24});
    CHECK(network_of(ipv4("10.0.3.77/32")) == Ipv4Network{{0x0a00034d}, 32});
    CHECK(network_of(ipv4("10.0.3.77/0")) == Ipv4Network{{0}, 0});
    CHECK(network_of(Ipv4Address{0x0a00034d}, 26) == Ipv4Network{{0x0a000340}, 26});
}

TEST_CASE("a netmask has as many ones as the prefix is long")
{
    CHECK(netmask(0) == 0);
    CHECK(netmask(1) == 0x80000000);
    CHECK(netmask(24) == 0xffffff00);
    CHECK(netmask(32) == 0xffffffff);
}

TEST_CASE("a network contains its own addresses, first and last included, and no others")
{
    const Ipv4Network bridge = network("10.0.3.0/24");
    CHECK(contains(bridge, *parse_ipv4_address("10.0.3.0")));
    CHECK(contains(bridge, *parse_ipv4_address("10.0.3.255")));
    CHECK_FALSE(contains(bridge, *parse_ipv4_address("10.0.4.0")));
    CHECK_FALSE(contains(bridge, *parse_ipv4_address("10.0.2.255")));
    CHECK(contains(network("0.0.0.0/0"), *parse_ipv4_address("203.0.113.9")));
    CHECK_FALSE(contains(network("10.0.3.5/32"), *parse_ipv4_address("10.0.3.4")));
}

TEST_CASE("a host can have an address unless it is a network, a broadcast, a loopback or a multicast address")
{
    for (const char* text : {"10.0.3.1/24", "10.0.3.254/24", "10.0.3.0/16", "10.0.3.0/31", "10.0.3.1/31",
                             "10.0.3.0/32", "192.0.2.255/16", "223.255.255.1/24", "1.0.0.1/8"}) {
        CAPTURE(text);
        CHECK(is_host_address(ipv4(text)));
    }
    for (const char* text :
         {"10.0.3.0/24", "10.0.3.255/24", "10.0.0.0/16", "10.0.255.255/16", "10.0.3.4/30", "0.0.0.0/0",
          "10.0.3.1/0", "0.0.0.1/8", "127.0.0.1/8", "224.0.0.1/24", "255.255.255.255/32"}) {
        CAPTURE(text);
        CHECK_FALSE(is_host_address(ipv4(text)));
    }
}

TEST_CASE("addresses and networks read back from their own text")
{
    for (const char* text : {"0.0.0.0/0", "10.0.3.1/24", "255.255.255.255/32", "192.0.2.130/25"}) {
        CHECK(to_string(ipv4(text)) == text);
        CHECK(to_string(ipv4(text).address) + "/" + std::to_string(ipv4(text).prefix_length) == text);
    }
    CHECK(to_string(network("192.0.2.130/25")) == "192.0.2.128/25");
    CHECK(to_string(Ipv6Interface{"fd00::1", 64}) == "fd00::1/64");
}
