// SPDX-License-Identifier: GPL-2.0-or-later
// Forgetting tracked flows, real ones and, for numbers, made ones. /proc/net/nf_conntrack is what they are
// read back by.
#include "host/conntrack.h"

#include "host/kernel_questions.h"
#include "host_on_lan.h"
#include "sctp.h"

#include <arpa/inet.h>
#include <chrono>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

using namespace uplink;

namespace
{

PublishedPort published(Protocol protocol, PortRange ports, const std::string& to, PortRange to_ports)
{
    PublishedPort port;
    port.protocol = protocol;
    port.ports = ports;
    port.to = parse_ip_address(to).value();
    port.to_ports = to_ports;
    return port;
}

/// A host that tracks what it sends, receives and forwards, and leads UDP port 8080 to a container.
struct TrackingHost : HostOnLan {
    TrackingHost()
    {
        shell(
            "sysctl -qw net.ipv4.ip_forward=1; nft 'table ip t { chain p { type nat hook prerouting priority "
            "-100; "
            "iifname \"lo\" return; udp dport 8080 dnat to 10.0.3.3:80; }; chain c { type filter hook input "
            "priority 0; ct state new accept; }; chain o { type filter hook output priority 0; ct state new "
            "accept; "
            "}; }'; nft 'table ip6 t { chain c { type filter hook input priority 0; ct state new accept; }; "
            "}'");
    }

    static void send_udp(const std::string& from, const std::string& to, const std::string& port)
    {
        shell(from + "socat -u EXEC:'echo x' UDP:" + to + ":" + port);
    }

    static std::string flows() { return shell("grep -E 'udp|tcp' /proc/net/nf_conntrack || true"); }
    static bool tracks(const std::string& words) { return flows().find(words) != std::string::npos; }
};

std::string tuple(int type, std::uint32_t from, std::uint32_t to, std::uint16_t from_port,
                  std::uint16_t to_port)
{
    const auto number = [](int kind, auto value) { return netlink_attribute(kind, bytes_of(value)); };
    return netlink_attribute(
        type | NLA_F_NESTED,
        netlink_attribute(CTA_TUPLE_IP | NLA_F_NESTED,
                          number(CTA_IP_V4_SRC, htonl(from)) + number(CTA_IP_V4_DST, htonl(to))) +
            netlink_attribute(CTA_TUPLE_PROTO | NLA_F_NESTED,
                              number(CTA_PROTO_NUM, std::uint8_t{IPPROTO_UDP}) +
                                  number(CTA_PROTO_SRC_PORT, htons(from_port)) +
                                  number(CTA_PROTO_DST_PORT, htons(to_port))));
}

/// Tracked as if somebody had sent UDP to `port` of the host's at 10.0.3.1.
void make_flow(KernelQuestions& kernel, std::uint32_t number, std::uint16_t port)
{
    constexpr std::uint32_t host = 0x0a000301;
    const std::uint32_t client = 0x0a080000 + number;
    const nfgenmsg header = {AF_INET, NFNETLINK_V0, 0};
    const int status = kernel.ask(netlink_request(
        NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_ACK, bytes_of(header),
        tuple(CTA_TUPLE_ORIG, client, host, 1000, port) + tuple(CTA_TUPLE_REPLY, host, client, port, 1000) +
            netlink_attribute(CTA_TIMEOUT, bytes_of(htonl(600)))));
    REQUIRE(status == 0);
}

} // namespace

TEST_CASE_FIXTURE(TrackingHost, "where nothing is tracked nothing is flushed")
{
    CHECK(flush_conntrack({}) == 0);
    CHECK(flush_conntrack({published(Protocol::tcp, {1, 65535}, "10.0.3.3", {1, 65535}),
                           published(Protocol::tcp, {1, 65535}, "fd00::3", {1, 65535})}) == 0);
}

TEST_CASE_FIXTURE(TrackingHost,
                  "flows that came by a published port are flushed, translated or not, and no others")
{
    send_udp(in_lan, "10.0.3.1", "8080"); // led to the container
    send_udp(in_lan, "10.0.3.1", "8081"); // to the host itself
    send_udp(in_lan, "10.0.3.1", "9090"); // another port
    send_udp("", "10.0.3.2", "8080");     // to somebody else's port of that number
    REQUIRE(tracks("dport=8080 [UNREPLIED] src=10.0.3.3 dst=10.0.3.2 sport=80"));
    REQUIRE(tracks("dst=10.0.3.2 sport=")); // the last one
    const PublishedPort port = published(Protocol::udp, {8080, 8081}, "10.0.3.3", {80, 81});
    CHECK(flush_conntrack({port}) == 2);
    CHECK_FALSE(tracks("src=10.0.3.3"));
    CHECK_FALSE(tracks("dport=8081"));
    CHECK(tracks("dport=9090"));
    CHECK(tracks("src=10.0.3.1 dst=10.0.3.2"));
    CHECK(flush_conntrack({port}) == 0);
}

TEST_CASE_FIXTURE(TrackingHost, "a port that is published on one address leaves the flows to others alone")
{
    shell("ip address add 10.0.3.7/32 dev br0");
    send_udp(in_lan, "10.0.3.1", "8081");
    send_udp(in_lan, "10.0.3.7", "8081");
    PublishedPort port = published(Protocol::udp, {8081, 8081}, "10.0.3.3", {81, 81});
    port.address = parse_ip_address("10.0.3.7");
    CHECK(flush_conntrack({port}) == 1);
    CHECK(tracks("dst=10.0.3.1 "));
    CHECK_FALSE(tracks("dst=10.0.3.7"));
}

TEST_CASE_FIXTURE(TrackingHost, "TCP flows and those of IPv6 are flushed too, each protocol for itself")
{
    shell("ip address add fd00::1/64 dev lo nodad");
    const Background server(
        "{ until ss --no-header -ltn sport = :8080 | grep -q .; do kill -0 $$; done; echo ready; } "
        "& exec socat -u TCP6-LISTEN:8080,ipv6only=0,fork /dev/null");
    shell("echo x | socat -u - TCP:127.0.0.1:8080; echo x | socat -u - TCP:[fd00::1]:8080");
    REQUIRE(tracks("ipv6"));
    const PortRange port = {8080, 8080};
    CHECK(flush_conntrack({published(Protocol::udp, port, "10.0.3.3", port)}) == 0);
    CHECK(flush_conntrack({published(Protocol::tcp, port, "10.0.3.3", port)}) == 1);
    CHECK(tracks("ipv6"));
    CHECK(flush_conntrack({published(Protocol::tcp, port, "fd00::3", port)}) == 1);
    CHECK_FALSE(tracks("ipv6"));
}

TEST_CASE_FIXTURE(TrackingHost, "flows of SCTP are flushed too")
{
    need_tracked_sctp();
    send_sctp_init(in_lan, "IP4-SENDTO:10.0.3.1");
    wait_until("grep -q sctp /proc/net/nf_conntrack");
    const PortRange port = {8080, 8080};
    CHECK(flush_conntrack({published(Protocol::tcp, port, "10.0.3.3", port)}) == 0);
    CHECK(flush_conntrack({published(Protocol::sctp, port, "10.0.3.3", port)}) == 1);
}

TEST_CASE_FIXTURE(TrackingHost, "of ten thousand tracked flows those of one port are found")
{
    constexpr unsigned many = 10000;
    KernelQuestions kernel(NETLINK_NETFILTER);
    for (unsigned i = 0; i < many; ++i)
        make_flow(kernel, i, i % 1000 == 0 ? 8080 : 9090);
    const auto start = std::chrono::steady_clock::now();
    CHECK(flush_conntrack({published(Protocol::udp, {8080, 8080}, "10.0.3.3", {80, 80})}) == 10);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    MESSAGE("took ", took.count(), " ms");
    CHECK_FALSE(tracks("dport=8080"));
    CHECK(shell("grep -c dport=9090 /proc/net/nf_conntrack") == "9990\n");
}
