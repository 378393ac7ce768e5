// SPDX-License-Identifier: GPL-2.0-or-later
// The guard before real servers and clients: dnsmasq, udhcpc and the kernel's own autoconfiguration.
#include "host/nftables_guard.h"

#include "printers.h"
#include "values.h"
#include "world.h"

#include <fstream>

namespace uplink
{

static std::ostream& operator<<(std::ostream& out, const GuardInForce& guard)
{
    return out << guard.nic << " of " << guard.bridge << (guard.local_server ? " with" : " without")
               << " a local server: " << guard.answers_out << ", " << guard.answers_in << ", "
               << guard.requests_out;
}

} // namespace uplink

using namespace uplink;

namespace
{

const std::string in_lan = "nsenter --net=/run/netns/lan ";
const std::string in_web = "nsenter --net=/run/netns/web ";

void wait_until(const std::string& condition)
{
    shell("for i in $(seq 1000); do if " + condition + "; then exit 0; fi; sleep 0.02; done; exit 1");
}

/// The host with the bridge br0, to which eth0 leads the LAN and vweb a container.
class HostOnLan : public World
{
  public:
    HostOnLan()
    {
        shell("ip link add br0 address 02:00:00:00:00:01 type bridge; ip link set br0 up; ip link set lo up");
        connect("lan", "eth0", 2);
        connect("web", "vweb", 3);
        shell("ip address add 10.0.3.1/24 dev br0");
    }

  private:
    static void connect(const std::string& place, const std::string& port, int number)
    {
        shell("ip netns add " + place + "; ip link add " + port + " type veth peer name eth0 netns " + place +
              "; nsenter --net=/run/netns/" + place +
              " sh -ec 'cd /proc/sys/net/ipv6/conf; echo 0 >all/accept_dad; echo 0 >eth0/accept_dad;"
              "echo 0 >eth0/addr_gen_mode; ip link set lo up; ip link set eth0 up; ip address add 10.0.3." +
              std::to_string(number) + "/24 dev eth0'; ip link set " + port + " master br0 up");
        wait_until("bridge link show dev " + port + " | grep -q 'state forwarding'");
    }
};

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
void wait_for_frames(std::uint64_t GuardInForce::*counter, std::uint64_t frames)
{
    for (int i = 0; i < 1000 && only_guard().*counter < frames; ++i)
        shell("sleep 0.01");
    CHECK(only_guard().*counter == frames);
}

std::string tables()
{
    return shell("nft list tables");
}

} // namespace

TEST_CASE_FIXTURE(
    HostOnLan,
    "a LAN client leases from a server in a container, and with the guard is never offered an address")
{
    const Server server(in_web, "web", "--interface=eth0 " + range("10.0.3.50", "10.0.3.99"));
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
    const std::uint64_t offers_before = server.offers();
    add_dhcp_guard("br0", "eth0", false);
    Client client(in_lan);
    wait_until("[ $(grep -c DHCPOFFER /run/web.log) -gt " + std::to_string(offers_before + 1) + " ]");
    client.kill();
    CHECK_FALSE(Client::has_lease());
    wait_for_frames(&GuardInForce::answers_out, server.offers() - offers_before);
    remove_dhcp_guard("eth0");
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
}

TEST_CASE_FIXTURE(HostOnLan,
                  "a server that listens on the bridge itself is kept from the LAN and serves the container")
{
    const Server server("", "host", "--interface=br0 --bind-interfaces " + range("10.0.3.50", "10.0.3.99"));
    CHECK(lease(in_lan, "eth0").rfind("10.0.3.", 0) == 0);
    const std::uint64_t offers_before = server.offers();
    add_dhcp_guard("br0", "eth0", false);
    Client client(in_lan);
    wait_until("[ $(grep -c DHCPOFFER /run/host.log) -gt " + std::to_string(offers_before) + " ]");
    client.kill();
    CHECK_FALSE(Client::has_lease());
    wait_for_frames(&GuardInForce::answers_out, server.offers() - offers_before);
    CHECK(lease(in_web, "eth0").rfind("10.0.3.", 0) == 0);
}

TEST_CASE_FIXTURE(HostOnLan, "a container and the host's own client are served by the LAN through the guard")
{
    add_dhcp_guard("br0", "eth0", false);
    const Server server(in_lan, "lan", "--interface=eth0 " + range("10.0.3.150", "10.0.3.199"));
    CHECK(lease(in_web, "eth0").rfind("10.0.3.1", 0) == 0);
    CHECK(lease("", "br0").rfind("10.0.3.1", 0) == 0);
    CHECK(only_guard() == GuardInForce{"br0", "eth0", false, 0, 0, 0});
}

TEST_CASE_FIXTURE(
    HostOnLan,
    "with a local server the container is offered its addresses alone, and the host's client the LAN's")
{
    const Server lan(in_lan, "lan", "--interface=eth0 " + range("10.0.3.150", "10.0.3.199"));
    add_dhcp_guard("br0", "eth0", true);
    Client client(in_web);
    wait_until("nft list chain bridge lxc-uplink requests-out | grep -q 'packets [1-9]'");
    client.kill();
    CHECK_FALSE(Client::has_lease());
    CHECK(lan.said("DHCPDISCOVER") == 0);
    const Server local("", "host", "--interface=br0 --bind-interfaces " + range("10.0.3.50", "10.0.3.99"));
    const std::string address = lease(in_web, "eth0");
    CHECK(holds("grep -q 'DHCPACK.* " + address + " ' /run/host.log"));
    CHECK(lan.said("DHCPDISCOVER") == 0);
    const std::string address_of_host = lease("", "br0");
    CHECK(holds("grep -q 'DHCPACK.* " + address_of_host + " ' /run/lan.log"));
    CHECK(only_guard().local_server);
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
    add_dhcp_guard("br0", "eth0", false);
    // A link that comes up asks for a router.
    shell(in_lan + "ip link set eth0 down; " + in_lan + "ip link set eth0 up");
    REQUIRE_FALSE(holds(lan_is_configured));
    wait_until("nft list chain bridge lxc-uplink answers-out | grep -q 'packets [1-9]'");
    CHECK_FALSE(holds(lan_is_configured));
}

TEST_CASE_FIXTURE(HostOnLan,
                  "the LAN's router advertisements reach containers unless a local server serves them")
{
    shell(in_lan + "ip address add fd00:3::2/64 dev eth0 nodad");
    add_dhcp_guard("br0", "eth0", false);
    const Server server(in_lan, "lan",
                        "--interface=eth0 --enable-ra --dhcp-range=fd00:3::50,fd00:3::99,slaac,64,1h");
    const std::string web_is_configured = in_web + "ip -6 address show dev eth0 | grep -q fd00:3:";
    wait_until("{ " + web_is_configured + "; }");
    add_dhcp_guard("br0", "eth0", true);
    shell(in_web + "ip link set eth0 down; " + in_web + "ip link set eth0 up");
    REQUIRE_FALSE(holds(web_is_configured));
    wait_until("nft list chain bridge lxc-uplink requests-out | grep -q 'packets [1-9]'");
    CHECK_FALSE(holds(web_is_configured));
}

namespace
{

/// Datagrams that come through, by source and destination port. All of them and a last one that nothing holds
/// are sent down the same path, and read from one socket, so that those before the last have come or never
/// will.
class Crossing
{
  public:
    explicit Crossing(const std::string& there)
        : ipv4_("echo ready; exec " + there + "socat -u IP4-RECV:17 OPEN:/run/crossed4,creat,append"),
          ipv6_("echo ready; exec " + there + "socat -u IP6-RECV:17 OPEN:/run/crossed6,creat,append")
    {
        wait_until("[ $(" + there + "cat /proc/net/raw /proc/net/raw6 | grep -c ':0011 ') = 2 ]");
    }

    static std::string of(const std::string& here, const std::string& ipv4, const std::string& ipv6)
    {
        shell("rm -f /run/sent; : >/run/crossed4; : >/run/crossed6");
        for (const auto& [source, port] :
             std::vector<std::pair<int, int>>{{68, 67}, {67, 68}, {1234, 68}, {67, 67}, {68, 53}})
            send(here, "UDP4-SENDTO:" + ipv4, source, port);
        for (const auto& [source, port] :
             std::vector<std::pair<int, int>>{{546, 547}, {547, 546}, {1234, 546}, {547, 547}, {546, 53}})
            send(here, "UDP6-SENDTO:[" + ipv6 + "]", source, port);
        wait_until("grep -aq 'udp 68 to 53;' /run/crossed4");
        wait_until("grep -aq 'udp 546 to 53;' /run/crossed6");
        return shell("cat /run/crossed4 /run/crossed6 | grep -ao 'udp [0-9]* to [0-9]*;' | tr '\\n' ' '");
    }

  private:
    static void send(const std::string& here, const std::string& to, int source, int port)
    {
        shell("printf 'udp " + std::to_string(source) + " to " + std::to_string(port) + ";' | " + here +
              "socat -u - '" + to + ":" + std::to_string(port) + ",sourceport=" + std::to_string(source) +
              "'");
    }

    Background ipv4_;
    Background ipv6_;
};

const std::string everything =
    "udp 68 to 67; udp 67 to 68; udp 1234 to 68; udp 67 to 67; udp 68 to 53; "
    "udp 546 to 547; udp 547 to 546; udp 1234 to 546; udp 547 to 547; udp 546 to 53; ";
const std::string no_answers = "udp 68 to 67; udp 68 to 53; udp 546 to 547; udp 546 to 53; ";
const std::string neither = "udp 68 to 53; udp 546 to 53; ";

using Bytes = std::vector<unsigned char>;

/// An Ethernet frame to everybody with `tags` VLAN tags and a datagram of a DHCP server in it.
Bytes frame_of_server(int tags)
{
    Bytes frame(6, 0xff);
    const auto append = [&frame](const Bytes& bytes) {
        frame.insert(frame.end(), bytes.begin(), bytes.end());
    };
    append({0x02, 0, 0, 0, 0, 0x03});
    for (int i = 0; i < tags; ++i)
        append({0x81, 0x00, 0x00, 0x0a});
    append({0x08, 0x00, 0x45, 0, 0, 34, 0, 0, 0, 0, 64, 17, 0x6d, 0xc9, 10, 0, 3, 3, 255, 255, 255, 255});
    append({0, 67, 0, 68, 0, 14, 0, 0, 't', 'a', 'g', 's', '=', static_cast<unsigned char>('0' + tags)});
    return frame;
}

/// Of frames with none to two tags those that get out to the LAN. The last one is no server's.
std::string tagged_frames_that_cross()
{
    shell(": >/run/frames");
    const Background listener("echo ready; exec " + in_lan +
                              "socat -u INTERFACE:eth0 OPEN:/run/frames,append");
    wait_until(in_lan + "grep -q ' 0003 ' /proc/net/packet");
    for (const int tags : {0, 1, 2, 3}) {
        Bytes frame = frame_of_server(tags);
        if (tags == 3)
            frame.at(frame.size() - 13) = frame.at(frame.size() - 11) = 99; // both ports
        std::ofstream("/run/frame", std::ios::binary)
            .write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
        shell(in_web + "socat -u OPEN:/run/frame INTERFACE:eth0");
    }
    wait_until("grep -aq tags=3 /run/frames");
    return shell("grep -ao 'tags=[0-2]' /run/frames | tr '\\n' ' '");
}

} // namespace

TEST_CASE_FIXTURE(
    HostOnLan,
    "what a server says is held on its way out by its ports, and what a client says only with a local server")
{
    shell(in_lan + "ip address add fd00:3::2/64 dev eth0 nodad; " + in_web +
          "ip address add fd00:3::3/64 dev eth0 nodad;"
          "ip address add fd00:3::1/64 dev br0 nodad");
    {
        const Crossing out(in_lan);
        CHECK(Crossing::of(in_web, "10.0.3.2", "fd00:3::2") == everything);
        CHECK(Crossing::of("", "10.0.3.2", "fd00:3::2") == everything);
        add_dhcp_guard("br0", "eth0", false);
        CHECK(Crossing::of(in_web, "10.0.3.2", "fd00:3::2") == no_answers);
        CHECK(Crossing::of("", "10.0.3.2", "fd00:3::2") == no_answers);
        add_dhcp_guard("br0", "eth0", true);
        CHECK(Crossing::of(in_web, "10.0.3.2", "fd00:3::2") == neither);
        CHECK(Crossing::of("", "10.0.3.2", "fd00:3::2") == no_answers);
    }
    add_dhcp_guard("br0", "eth0", false);
    const Crossing in(in_web);
    CHECK(Crossing::of(in_lan, "10.0.3.3", "fd00:3::3") == everything);
    add_dhcp_guard("br0", "eth0", true);
    CHECK(Crossing::of(in_lan, "10.0.3.3", "fd00:3::3") == no_answers);
}

TEST_CASE_FIXTURE(HostOnLan, "frames with one VLAN tag are guarded as those without, and not those with two")
{
    CHECK(tagged_frames_that_cross() == "tags=0 tags=1 tags=2 ");
    add_dhcp_guard("br0", "eth0", false);
    CHECK(tagged_frames_that_cross() == "tags=2 ");
}

TEST_CASE_FIXTURE(HostOnLan, "containers talk to each other through their bridge as if there were no guard")
{
    shell("ip address add fd00:3::1/64 dev br0 nodad;" + in_web +
          "ip address add fd00:3::3/64 dev eth0 nodad");
    add_dhcp_guard("br0", "eth0", true);
    const Crossing into_container(in_web);
    CHECK(Crossing::of("", "10.0.3.3", "fd00:3::3") == everything);
}

TEST_CASE_FIXTURE(World,
                  "a guard may be added twice and removed twice, and stands before there is such a NIC")
{
    const std::string before = tables();
    add_dhcp_guard("br0", "eth0", false);
    const std::string rules = shell("nft list ruleset");
    add_dhcp_guard("br0", "eth0", false);
    CHECK(shell("nft list ruleset") == rules);
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", "eth0", false, 0, 0, 0}});
    remove_dhcp_guard("eth0");
    remove_dhcp_guard("eth0");
    CHECK(tables() == before);
    CHECK(dhcp_guards().empty());
}

TEST_CASE_FIXTURE(World, "a guard that lost a rule, or is another now, is whole again when it is added again")
{
    add_dhcp_guard("br0", "eth0", true);
    const std::string rules = shell("nft list ruleset");
    shell("nft delete rule bridge lxc-uplink answers-out handle $(nft -a list chain bridge lxc-uplink "
          "answers-out | "
          "sed -n 's/.*oifname.*handle //p' | head -n 1)");
    CHECK(shell("nft list ruleset") != rules);
    add_dhcp_guard("br0", "eth0", true);
    CHECK(shell("nft list ruleset") == rules);
    add_dhcp_guard("br1", "eth0", false);
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth0", false, 0, 0, 0}});
    shell("nft flush table bridge lxc-uplink");
    remove_dhcp_guard("eth0");
    CHECK(tables().empty());
}

TEST_CASE_FIXTURE(World, "each guard goes alone, and the table with the last")
{
    add_dhcp_guard("br1", "eth1.100", true);
    add_dhcp_guard("br0", "eth1", false);
    CHECK(dhcp_guards() ==
          std::vector<GuardInForce>{{"br0", "eth1", false, 0, 0, 0}, {"br1", "eth1.100", true, 0, 0, 0}});
    remove_dhcp_guard("eth1");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth1.100", true, 0, 0, 0}});
    CHECK(tables() == "table bridge lxc-uplink\n");
    remove_dhcp_guard("eth1.100");
    CHECK(tables().empty());
}

TEST_CASE_FIXTURE(World, "tables and rules of other people stay as they are, even in our own table")
{
    shell("nft 'add table bridge theirs; add chain bridge theirs c { type filter hook forward priority 0; };"
          "add rule bridge theirs c oifname \"eth0\" counter comment \"lxc-uplink:guard:eth0:br0\";"
          "add table ip lxc-uplink; add chain ip lxc-uplink c; add rule ip lxc-uplink c accept'");
    const std::string theirs = shell("nft list ruleset");
    add_dhcp_guard("br0", "eth0", true);
    remove_dhcp_guard("eth0");
    CHECK(shell("nft list ruleset") == theirs);
    add_dhcp_guard("br0", "eth0", true);
    shell("nft 'add rule bridge lxc-uplink answers-out accept comment \"lxc-uplink:guard:eth0\"'");
    CHECK(dhcp_guards().size() == 1);
    remove_dhcp_guard("eth0");
    CHECK(dhcp_guards().empty());
    CHECK(shell("nft list table bridge lxc-uplink | grep -c comment") == "1\n");
}

TEST_CASE_FIXTURE(World,
                  "names that nft would read as something else are refused, others are taken as they are")
{
    CHECK(refusal_of([] { add_dhcp_guard("br0", "eth*", false); }) ==
          "nft takes no interface of the name eth*: rename it, or set dhcp-guard = no");
    CHECK(refusal_of([] { add_dhcp_guard("br\"0", "eth0", false); }).find("br\"0") != std::string::npos);
    CHECK(tables().empty());
    for (const char* nic : {"1$;{}@'`#&|", "@eth0", "-", "fifteen-letters", "\xc3\xa4"}) {
        CAPTURE(nic);
        add_dhcp_guard("br0", nic, true);
        CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", nic, true, 0, 0, 0}});
        remove_dhcp_guard(nic);
        CHECK(tables().empty());
    }
}
