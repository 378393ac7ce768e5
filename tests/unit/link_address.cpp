// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/link_address.h"

#include "printers.h"

using namespace uplink;

namespace
{

LinkAddress address(const std::string& text, bool global = true)
{
    LinkAddress one;
    one.address = parse_ip_address(text).value();
    one.global = global;
    return one;
}

} // namespace

TEST_CASE("a bridge serves the networks of its global and unique local addresses, tentative ones included")
{
    CHECK(serves_network(address("2001:db8::1")));
    CHECK_FALSE(serves_network(address("fe80::1", false)));
    LinkAddress one = address("fd00::1");
    one.tentative = true;
    CHECK(serves_network(one));
    one.failed = true;
    CHECK_FALSE(serves_network(one));
    one = address("2001:db8::2");
    one.temporary = true;
    CHECK_FALSE(serves_network(one));
}

TEST_CASE("a container is reached by the first address of the family that is settled and stays")
{
    LinkAddress tentative = address("fd00::1");
    tentative.tentative = true;
    LinkAddress temporary = address("fd00::2");
    temporary.temporary = true;
    LinkAddress failed = address("fd00::3");
    failed.failed = true;
    const std::vector<LinkAddress> addresses = {
        address("fe80::1", false), address("10.0.3.10"), tentative, temporary, failed, address("fd00::4")};
    CHECK(reachable_address(addresses, false) == parse_ip_address("10.0.3.10"));
    CHECK(reachable_address(addresses, true) == parse_ip_address("fd00::4"));
}

TEST_CASE("a makeshift address is none to reach a container by")
{
    CHECK(reachable_address({address("169.254.7.7")}, false) == std::nullopt);
    CHECK(reachable_address({address("169.254.7.7"), address("10.0.3.10")}, false) ==
          parse_ip_address("10.0.3.10"));
}
