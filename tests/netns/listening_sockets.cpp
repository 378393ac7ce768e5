// SPDX-License-Identifier: GPL-2.0-or-later
// Who listens where a port is to be published, beside real programs.
#include "host/listening_sockets.h"

#include "host/sock_diag.h"
#include "printers.h"
#include "world.h"

using namespace uplink;

namespace
{

struct WorldWithAddresses : World {
    WorldWithAddresses()
    {
        shell("ip link set lo up; ip address add 192.0.2.1/32 dev lo; ip address add 192.0.2.2/32 dev lo;"
              "ip address add fd00::1/128 dev lo nodad");
    }
};

/// socat at an address as it writes it, once `ss` shows it at port 8080.
struct Server : Background {
    explicit Server(const std::string& address)
        : Background("{ until ss --no-header --listening -tuan sport = :8080 | grep -q .; do kill -0 $$; done; "
                     "echo ready; } & exec socat -u " +
                     address + " /dev/null")
    {
    }
};

constexpr PortRange port = {8080, 8080};

std::optional<Listener> listener(Protocol protocol, const std::string& address = "", PortRange ports = port)
{
    return listener_at(protocol, address.empty() ? std::nullopt : parse_ip_address(address), ports);
}

} // namespace

TEST_CASE_FIXTURE(WorldWithAddresses, "nobody listens in a fresh world")
{
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp})
        CHECK_FALSE(listener(protocol, "", {1, 65535}).has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "a program that listens at all IPv4 addresses is told with its pid")
{
    const Server server("TCP4-LISTEN:8080");
    CHECK(listener(Protocol::tcp) == Listener{Protocol::tcp, std::nullopt, 8080, server.pid(), "socat"});
    CHECK(listener(Protocol::tcp, "192.0.2.1").has_value());
    CHECK(listener(Protocol::tcp, "0.0.0.0").has_value());
    CHECK(listener(Protocol::tcp, "", {8000, 8100})->port == 8080);
    CHECK_FALSE(listener(Protocol::tcp, "::").has_value());
    CHECK_FALSE(listener(Protocol::udp).has_value());
    CHECK_FALSE(listener(Protocol::tcp, "", {8081, 8100}).has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "a program at one address stands in the way there and of all addresses")
{
    const Server server("TCP4-LISTEN:8080,bind=192.0.2.1");
    CHECK(listener(Protocol::tcp)->address == parse_ip_address("192.0.2.1"));
    CHECK(listener(Protocol::tcp, "192.0.2.1").has_value());
    CHECK(listener(Protocol::tcp, "0.0.0.0").has_value());
    CHECK_FALSE(listener(Protocol::tcp, "192.0.2.2").has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "a program at the loopback address stands in the way of all addresses")
{
    const Server server("TCP4-LISTEN:8080,bind=127.0.0.1");
    CHECK(listener(Protocol::tcp, "0.0.0.0").has_value());
    CHECK_FALSE(listener(Protocol::tcp, "192.0.2.1").has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "an IPv6 program at all addresses listens for IPv4 unless it says otherwise")
{
    {
        const Server server("TCP6-LISTEN:8080,ipv6only=0");
        CHECK(listener(Protocol::tcp, "192.0.2.1").has_value());
        CHECK(listener(Protocol::tcp, "::").has_value());
    }
    const Server server("TCP6-LISTEN:8080,ipv6only=1");
    CHECK_FALSE(listener(Protocol::tcp, "192.0.2.1").has_value());
    CHECK_FALSE(listener(Protocol::tcp, "0.0.0.0").has_value());
    CHECK(listener(Protocol::tcp, "fd00::1").has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "a UDP socket counts when it is bound, and not when it talks to one peer")
{
    {
        const Server server("UDP4-RECV:8080");
        CHECK(listener(Protocol::udp)->program == "socat");
        CHECK(listener(Protocol::udp, "192.0.2.1").has_value());
        CHECK_FALSE(listener(Protocol::tcp).has_value());
    }
    const Background client("{ until ss --no-header -uan sport = :8080 | grep -q ESTAB; do kill -0 $$; done; "
                            "echo ready; } & exec socat -u PIPE:/run/fifo UDP4:192.0.2.1:9,sourceport=8080");
    CHECK_FALSE(listener(Protocol::udp).has_value());
}

TEST_CASE_FIXTURE(WorldWithAddresses, "a listener in another network namespace is none of this host's")
{
    const Background server("exec unshare -n sh -ec 'ip link set lo up; { until ss --no-header -ltn | grep -q 8080; "
                            "do kill -0 $$; done; echo ready; } & exec socat -u TCP4-LISTEN:8080 /dev/null'");
    CHECK_FALSE(listener(Protocol::tcp).has_value());
}
