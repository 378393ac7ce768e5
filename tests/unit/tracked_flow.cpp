// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tracked_flow.h"

#include "printers.h"

using namespace uplink;

namespace
{

IpAddress address(const std::string& text)
{
    return parse_ip_address(text).value();
}

PublishedPort published(const std::string& on = "")
{
    PublishedPort port;
    port.ports = {8080, 8089};
    port.to = address("10.0.3.10");
    port.to_ports = {80, 89};
    if (!on.empty())
        port.address = address(on);
    return port;
}

TrackedFlow flow(const std::string& destination, std::uint16_t port, const std::string& answerer,
                 std::uint16_t answering_port)
{
    return {Protocol::tcp, address(destination), port, address(answerer), answering_port};
}

const std::set<IpAddress> own = {address("192.0.2.1"), address("192.0.2.2"), address("10.0.3.1")};

} // namespace

TEST_CASE("a flow to the host's own address at the port came by it, translated or not")
{
    CHECK(came_by(flow("192.0.2.1", 8080, "10.0.3.10", 80), published(), own));
    CHECK(came_by(flow("192.0.2.1", 8089, "192.0.2.1", 8089), published(), own));
    CHECK(came_by(flow("127.0.0.7", 8080, "127.0.0.7", 8080), published(), own));
}

TEST_CASE("a flow at another port, of another protocol or to somebody else is none of ours")
{
    CHECK_FALSE(came_by(flow("192.0.2.1", 8090, "192.0.2.1", 8090), published(), own));
    CHECK_FALSE(came_by(flow("198.51.100.1", 8080, "198.51.100.1", 8080), published(), own));
    TrackedFlow udp = flow("192.0.2.1", 8080, "10.0.3.10", 80);
    udp.protocol = Protocol::udp;
    CHECK_FALSE(came_by(udp, published(), own));
}

TEST_CASE("a flow that was led to the container by an address that the host had came by the port")
{
    CHECK(came_by(flow("203.0.113.9", 8081, "10.0.3.10", 81), published(), own));
    CHECK_FALSE(came_by(flow("203.0.113.9", 8081, "10.0.3.11", 81), published(), own));
    CHECK_FALSE(came_by(flow("203.0.113.9", 8081, "10.0.3.10", 8081), published(), own));
}

TEST_CASE("a flow straight to the container did not come by the port")
{
    PublishedPort same = published();
    same.ports = same.to_ports;
    CHECK_FALSE(came_by(flow("10.0.3.10", 80, "10.0.3.10", 80), same, own));
}

TEST_CASE("what is published on one address has the flows to that one alone")
{
    CHECK(came_by(flow("192.0.2.1", 8080, "10.0.3.10", 80), published("192.0.2.1"), own));
    CHECK_FALSE(came_by(flow("192.0.2.2", 8080, "10.0.3.10", 80), published("192.0.2.1"), own));
}
