// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/listening_socket.h"

#include "printers.h"

using namespace uplink;

namespace
{

/// Whether a socket at `bound`, port 80, takes packets for `address`; empty: for any of either family.
bool takes(const std::string& bound, const std::string& address, bool ipv6_only = false)
{
    const ListeningSocket socket = {parse_ip_address(bound).value(), 80, ipv6_only};
    return takes_packets_for(socket, address.empty() ? std::nullopt : parse_ip_address(address), {80, 80});
}

} // namespace

TEST_CASE("a socket at any address takes packets for each of its family")
{
    CHECK(takes("0.0.0.0", "192.0.2.1"));
    CHECK(takes("0.0.0.0", "127.0.0.1"));
    CHECK(takes("0.0.0.0", "0.0.0.0"));
    CHECK(takes("0.0.0.0", ""));
    CHECK_FALSE(takes("0.0.0.0", "fd00::1"));
    CHECK_FALSE(takes("0.0.0.0", "::"));
}

TEST_CASE("an IPv6 socket at any address takes IPv4 too unless it says otherwise")
{
    CHECK(takes("::", "fd00::1"));
    CHECK(takes("::", "192.0.2.1"));
    CHECK(takes("::", "0.0.0.0"));
    CHECK(takes("::", "fd00::1", true));
    CHECK_FALSE(takes("::", "192.0.2.1", true));
    CHECK_FALSE(takes("::", "0.0.0.0", true));
}

TEST_CASE("a socket at one address takes packets for it alone, and so some of those for all addresses")
{
    CHECK(takes("192.0.2.1", "192.0.2.1"));
    CHECK(takes("192.0.2.1", "0.0.0.0"));
    CHECK(takes("192.0.2.1", ""));
    CHECK(takes("127.0.0.1", "0.0.0.0"));
    CHECK(takes("fd00::1", "::"));
    CHECK_FALSE(takes("192.0.2.1", "192.0.2.2"));
    CHECK_FALSE(takes("192.0.2.1", "::"));
    CHECK_FALSE(takes("fd00::1", "0.0.0.0"));
}

TEST_CASE("an IPv6 socket at a mapped IPv4 address is one for IPv4")
{
    CHECK(takes("::ffff:192.0.2.1", "192.0.2.1"));
    CHECK(takes("::ffff:192.0.2.1", "0.0.0.0"));
    CHECK_FALSE(takes("::ffff:192.0.2.1", "::"));
}

TEST_CASE("a socket outside the ports takes none of their packets")
{
    const ListeningSocket socket = {parse_ip_address("0.0.0.0").value(), 80, false};
    CHECK(takes_packets_for(socket, std::nullopt, {70, 80}));
    CHECK(takes_packets_for(socket, std::nullopt, {80, 90}));
    CHECK_FALSE(takes_packets_for(socket, std::nullopt, {81, 90}));
    CHECK_FALSE(takes_packets_for(socket, std::nullopt, {70, 79}));
}
