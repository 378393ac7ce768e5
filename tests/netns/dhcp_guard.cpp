// SPDX-License-Identifier: GPL-2.0-or-later
// The guard before real servers and clients: dnsmasq, udhcpc and the kernel's own autoconfiguration.
#include "host_on_lan.h"

using namespace uplink;

namespace
{

bool holds(const std::string& condition)
{
    return shell("if " + condition + "; then echo yes; fi") == "yes\n";
}

/// dnsmasq, listening before the constructor returns.
class Server
{
  public:
    Server(const std::string& where, const std::string& name, const std::string& options)
        : log_("/run/" + name + ".log"),
          dnsmasq_("echo ready; exec " + where +
                   "dnsmasq --conf-file=/dev/null --user=root --pid-file= --no-ping --port=0 "
                   "--keep-in-foreground --log-facility=" +
                   log_ + " --dhcp-leasefile=/run/" + name + ".leases " + options)
    {
        wait_until("grep -q range " + log_ + " 2>/dev/null");
    }

    [[nodiscard]] std::uint64_t offers() const { return said("DHCPOFFER"); }
    [[nodiscard]] std::uint64_t said(const std::string& word) const
    {
        return std::stoull(shell("grep -c '" + word + "' " + log_ + " || true"));
    }
    void wait_for_offer() const { wait_until("grep -q DHCPOFFER " + log_); }

  private:
    std::string log_;
    Background dnsmasq_;
};

std::string range(const std::string& first, const std::string& last)
{
    return "--dhcp-authoritative --dhcp-range=" + first + "," + last + ",1h ";
}

/// The address that a client is given; it changes nothing on its link.
std::string lease(const std::string& where, const std::string& link)
{
    return shell(where + "busybox udhcpc -i " + link +
                 " -f -n -q -t 20 -T 1 -s /bin/true 2>&1 | "
                 "sed -n 's/.*lease of \\([0-9.]*\\) obtained.*/\\1/p'");
}

/// A client that goes on asking, and what it has said.
class Client
{
  public:
    explicit Client(const std::string& where)
        : udhcpc_("echo ready; exec " + where +
                  "busybox udhcpc -i eth0 -f -t 1000 -T 1 -s /bin/true >/run/client.log 2>&1")
    {
    }
    void kill() { udhcpc_.kill(); }
    static bool has_lease() { return holds("grep -q lease /run/client.log"); }

  private:
    Background udhcpc_;
};

GuardInForce only_guard()
{
    const auto guards = dhcp_guards();
    REQUIRE(guards.size() == 1);
    return guards.front();
}

/// Waits, since a frame that a server has logged may still be under way.
void wait_for_frames(std::uint64_t frames)
{
    for (int i = 0; i < 1000 && only_guard().held < frames; ++i)
        shell("sleep 0.01");
    CHECK(only_guard().held == frames);
}

} // namespace

TEST_CASE_FIXTURE(
    HostOnLan,
    "a LAN client leases from a server in a container, and with the guard is never offered an address")
{
    const Server server(in_web, "web", "--interface=eth0 " + range("10.0.3.50", "10.0.3.99"));
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
    const std::uint64_t offers_before = server.offers();
    add_dhcp_guard("br0", "eth0");
    Client client(in_lan);
    wait_until("[ $(grep -c DHCPOFFER /run/web.log) -gt " + std::to_string(offers_before + 1) + " ]");
    client.kill();
    CHECK_FALSE(Client::has_lease());
    wait_for_frames(server.offers() - offers_before);
    remove_dhcp_guard("eth0");
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
}

TEST_CASE_FIXTURE(HostOnLan,
                  "a server that listens on the bridge itself is kept from the LAN and serves the container")
{
    const Server server("", "host", "--interface=br0 --bind-interfaces " + range("10.0.3.50", "10.0.3.99"));
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
    const std::uint64_t offers_before = server.offers();
    add_dhcp_guard("br0", "eth0");
    Client client(in_lan);
    wait_until("[ $(grep -c DHCPOFFER /run/host.log) -gt " + std::to_string(offers_before) + " ]");
    client.kill();
    CHECK_FALSE(Client::has_lease());
    wait_for_frames(server.offers() - offers_before);
    CHECK(lease(in_web, "eth0").rfind("10.0.3.", 0) == 0);
}

TEST_CASE_FIXTURE(HostOnLan, "a container and the host's own client are served by the LAN through the guard")
{
    add_dhcp_guard("br0", "eth0");
    const Server server(in_lan, "lan", "--interface=eth0 " + range("10.0.3.150", "10.0.3.199"));
    CHECK(lease(in_web, "eth0").rfind("10.0.3.1", 0) == 0);
    CHECK(lease("", "br0").rfind("10.0.3.1", 0) == 0);
    CHECK(only_guard() == GuardInForce{"br0", "eth0", 0, 3});
}

TEST_CASE_FIXTURE(
    HostOnLan,
    "the LAN configures itself by a container's router advertisements, and with the guard does not")
{
    shell(in_web + "ip address add fd00:3::3/64 dev eth0 nodad");
    const Server server(in_web, "web",
                        "--interface=eth0 --enable-ra --dhcp-range=fd00:3::50,fd00:3::99,slaac,64,1h");
    const std::string lan_is_configured = in_lan + "ip -6 address show dev eth0 | grep -q fd00:3:";
    wait_until("{ " + lan_is_configured + "; }");
    add_dhcp_guard("br0", "eth0");
    // A link that comes up asks for a router.
    shell(in_lan + "ip link set eth0 down; " + in_lan + "ip link set eth0 up");
    REQUIRE_FALSE(holds(lan_is_configured));
    wait_until("nft list chain bridge lxc-uplink answers-out | grep -q 'packets [1-9]'");
    CHECK_FALSE(holds(lan_is_configured));
}

TEST_CASE_FIXTURE(HostOnLan, "the LAN's router advertisements reach containers through the guard")
{
    shell(in_lan + "ip address add fd00:3::2/64 dev eth0 nodad");
    add_dhcp_guard("br0", "eth0");
    const Server server(in_lan, "lan",
                        "--interface=eth0 --enable-ra --dhcp-range=fd00:3::50,fd00:3::99,slaac,64,1h");
    const std::string web_is_configured = in_web + "ip -6 address show dev eth0 | grep -q fd00:3:";
    wait_until("{ " + web_is_configured + "; }");
}
