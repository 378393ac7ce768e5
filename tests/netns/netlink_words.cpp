// SPDX-License-Identifier: GPL-2.0-or-later
// The words for what a NIC has, and the commands that are made of them: run by a shell, whatever they carry
// from one NIC to another looks there as it did.
#include "host/netlink_words.h"

#include "core/shell_word.h"
#include "core/transfer.h"
#include "host/kernel_object.h"
#include "host/netlink.h"
#include "printers.h"
#include "world.h"

#include <algorithm>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sstream>

using namespace uplink;

namespace
{

using Objects = std::vector<KernelObject>;
using Lines = std::vector<std::string>;

const std::string nic = "eth0";
const std::string other = "o'th;$1";
const std::string third = "third0";

/// With a carrier, so that the kernel takes IPv6 addresses and routes at once.
const std::string make_nic = R"sh(
    ip link add "$NAME" type veth peer name cable
    ip link set cable up
    ip link set "$NAME" up
    for i in $(seq 200); do
        ip link show dev "$NAME" | grep -q 'state UP' && break
        sleep 0.02
    done
    ip link set cable name "cable$(cat "/sys/class/net/$NAME/ifindex")"
)sh";

std::string with(const std::string& name, std::string text, const std::string& place = "%")
{
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + name.size()))
        text.replace(at, place.size(), name);
    return text;
}

/// Both NICs have the same addresses, so that what can be on one can be on the other.
struct TwoNics : World {
    TwoNics()
    {
        shell("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        for (const std::string& name : {nic, other, third})
            shell("NAME=" + shell_word(name) + '\n' + make_nic);
        for (const std::string& name : {nic, other})
            shell(with(shell_word(name),
                       "ip address add 192.0.2.1/24 dev %; ip address add 2001:db8::1/64 dev %"));
        shell("ip address add 198.51.100.1/24 dev third0; ip address add 2001:db8:1::1/64 dev third0");
        ifindex = ifindex_of(nic);
    }

    /// All that the first NIC has, but for the routes that the kernel makes.
    Objects objects()
    {
        Objects objects;
        for (const int family : {AF_INET, AF_INET6}) {
            for (const int type : {RTM_GETADDR, RTM_GETNEIGH, RTM_GETNEXTHOP, RTM_GETROUTE, RTM_GETRULE})
                add(objects, netlink.list(type, family));
            add(objects, netlink.list(RTM_GETNEIGH, family, NTF_PROXY));
        }
        return objects;
    }

    Netlink netlink;

  private:
    void add(Objects& objects, const Lines& messages) const
    {
        for (const std::string& message : messages)
            if (const auto object = object_of(message, {nic, ifindex}))
                if (object->words.find("proto kernel") == std::string::npos)
                    objects.push_back(*object);
    }

    unsigned ifindex = 0;
};

/// All that `ip` shows of a NIC, sorted, with % for its name.
Lines shown(const std::string& name)
{
    Lines lines;
    const auto link = ip_link(shell_word(name));
    for (const auto& address : link.at("addr_info"))
        lines.push_back(with("%", address.dump(), name));
    std::istringstream lists(shell("printf 'neighbour show\nneighbour show proxy\nnexthop show\n"
                                   "route show table all\nrule show\n' | ip -details -json -batch -;"
                                   "ip -6 -details -json rule show"));
    for (std::string list; std::getline(lists, list);)
        for (const auto& entry : nlohmann::json::parse(list))
            if (entry.dump().find('"' + name + '"') != std::string::npos)
                lines.push_back(with("%", entry.dump(), name));
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// The one that is in the second and not in the first; each list of the kernel's has a sequence number of its
/// own.
KernelObject added(const Objects& before, const Objects& after)
{
    Objects added;
    for (const KernelObject& object : after)
        if (std::none_of(before.begin(), before.end(), [&object](const KernelObject& old) {
                return old.kind == object.kind && old.words == object.words;
            }))
            added.push_back(object);
    REQUIRE(added.size() == 1);
    return added.front();
}

void run(const MoveStep& step)
{
    for (const std::string& command : shell_commands(step))
        shell(command);
}

/// Until then the kernel may take an address of IPv6 for one that somebody else has.
void await_settled_addresses()
{
    shell("for i in $(seq 200); do [ -n \"$(ip -6 address show tentative)\" ] || exit 0; sleep 0.05; done; "
          "exit 1");
}

struct Words : TwoNics {
    KernelObject made_by(const std::string& command)
    {
        const Objects before = objects();
        shell(command);
        return added(before, objects());
    }

    /// Made by `ip NOUN add WORDS`, it is read as these words, taken away, and made again on the other NIC.
    void carry(const std::string& noun, const std::string& words)
    {
        CAPTURE(words);
        const Lines without = shown(nic);
        REQUIRE(shown(other) == without);
        const KernelObject object = made_by("ip " + noun + " add " + with(nic, words));
        CHECK(object.words == words);
        await_settled_addresses();
        const Lines there = shown(nic);
        run(Take{nic, object});
        CHECK(shown(nic) == without);
        run(Put{other, nic, object});
        if (object.kind == KernelObject::Kind::address && object.ipv6)
            run(Settle{other, object});
        CHECK(shown(other) == there);
        run(Take{other, object});
        CHECK(shown(other) == without);
    }
};

} // namespace

TEST_CASE_FIXTURE(Words, "an IPv4 address is made again by its words")
{
    carry("address", "192.0.2.9/24 dev % scope global");
    carry("address", "203.0.113.9/24 dev % broadcast 203.0.113.255 scope global metric 50 label %:1");
    carry("address", "203.0.113.9/25 dev % scope link noprefixroute label %':$b'");
    carry("address", "203.0.113.9 peer 203.0.113.10/32 dev % scope 200");
    carry("address", "203.0.113.9 peer 203.0.113.10/31 dev % broadcast 203.0.113.11 scope host");
}

TEST_CASE_FIXTURE(Words,
                  "an IPv6 address is made again by its words, and the route of its network afterwards")
{
    carry("address", "2001:db8:5::9/64 dev %");
    carry("address", "2001:db8:5::9/64 dev % metric 77 home nodad");
    carry("address", "2001:db8:5::9/128 dev % nodad noprefixroute");
    carry("address", "fe80::9/64 dev %");
}

TEST_CASE_FIXTURE(Words, "the words of an IPv6 address name the other end of its line")
{
    CHECK(made_by("ip address add 2001:db8:5::9 peer 2001:db8:6::1/64 dev eth0").words ==
          "2001:db8:5::9 peer 2001:db8:6::1/64 dev %");
}

TEST_CASE_FIXTURE(Words, "a neighbour is made again by its words")
{
    carry("neighbour", "192.0.2.7 dev % lladdr 02:00:00:00:00:07 nud permanent");
    carry("neighbour", "192.0.2.7 dev % lladdr 02:00:00:00:ab:07 nud stale protocol static");
    carry("neighbour", "2001:db8::7 dev % lladdr 02:00:00:00:00:07 nud permanent router extern_learn");
    carry("neighbour", "proxy 192.0.2.8 dev %");
    carry("neighbour", "proxy 2001:db8::8 dev % router");
}

TEST_CASE_FIXTURE(Words, "a nexthop is made again by its words")
{
    carry("nexthop", "id 7 via 192.0.2.254 dev %");
    carry("nexthop", "id 7 via 198.51.100.7 dev % onlink protocol static");
    carry("nexthop", "id 4000000000 dev % protocol 200");
    carry("-6 nexthop", "id 7 via 2001:db8::254 dev %");
    carry("-6 nexthop", "id 7 dev % protocol dhcp");
}

TEST_CASE_FIXTURE(Words, "an IPv4 route is made again by its words")
{
    for (const std::string words :
         {"default via 192.0.2.254 dev %", "default dev % proto dhcp src 192.0.2.1 metric 100",
          "10.0.0.0/8 dev %", "10.0.0.0/8 dev % scope global", "10.0.0.0/8 dev % scope host",
          "10.0.0.1/32 via 10.9.9.9 dev % onlink", "10.0.0.0/8 via 192.0.2.254 dev % scope 100",
          "10.0.0.0/8 via inet6 fe80::7 dev %",
          "10.0.0.0/8 tos 0x10 via 192.0.2.254 dev % table 1000 proto ra", "10.0.0.0/8 dev % table 255",
          "multicast 224.1.0.0/16 dev % table 254 scope link", "local 10.0.0.0/8 dev % table 255 scope host",
          "local 10.0.0.0/8 dev % table 254 scope host", "broadcast 10.0.0.255/32 dev % table 255 scope link",
          "anycast 10.0.0.255/32 dev % table 255 scope link", "10.0.0.0/8 dev % proto static realms 2/3"})
        carry("route", words);
}

TEST_CASE_FIXTURE(Words, "an IPv6 route is made again by its words")
{
    for (const std::string words :
         {"default via fe80::1 dev % metric 1024", "default via fe80::1 dev % proto ra metric 1024 pref high",
          "2001:db8:5::/48 dev % proto static metric 5 pref low",
          "2001:db8:5::/48 from 2001:db8:6::/48 dev % metric 1024",
          "2001:db8:5::1/128 via 2001:db8:7::1 dev % onlink table 77 src 2001:db8::1 metric 1024",
          "local 2001:db8:5::1/128 dev % table 255 metric 1024",
          "anycast 2001:db8:5::/128 dev % table 255 metric 1024",
          "multicast ff05::/16 dev % table 255 metric 1024"})
        carry("-6 route", words);
}

TEST_CASE_FIXTURE(Words, "a route is made again with its metrics, of which some are locked")
{
    const std::string plain =
        " mtu 1400 window 9000 rtt 160 rttvar 40 ssthresh 5 cwnd 6 advmss 1300 reordering "
        "7 hoplimit 8 initcwnd 9 rto_min 30 initrwnd 10 quickack 1 fastopen_no_cookie 1 "
        "features ecn congctl reno";
    carry("route", "10.0.0.0/8 dev %" + plain);
    carry("-6 route", "2001:db8:5::/48 dev % metric 1024" + plain);
    carry("route",
          "10.0.0.0/8 dev % mtu lock 1400 window lock 9000 rtt lock 160 rttvar lock 40 ssthresh lock 5 "
          "cwnd lock 6 advmss lock 1300 reordering lock 7 hoplimit lock 8 initcwnd lock 9 "
          "initrwnd lock 10 congctl lock reno");
}

TEST_CASE_FIXTURE(Words, "a route of several hops is made again, of which some are on other NICs")
{
    carry("route", "10.0.0.0/8 proto static metric 5 nexthop via 192.0.2.254 dev % weight 3 nexthop via "
                   "198.51.100.254 dev third0 onlink weight 1 realms 2/3");
    carry("route", "10.0.0.0/8 nexthop via inet6 fe80::7 dev % weight 1 nexthop dev third0 weight 256");
    carry("-6 route", "2001:db8:5::/48 metric 1024 nexthop via 2001:db8::254 dev % weight 2 nexthop via "
                      "2001:db8:1::254 dev third0 weight 1");
}

TEST_CASE_FIXTURE(Words, "a rule is made again by its words")
{
    for (const std::string words :
         {"iif % pref 100 lookup 254", "from 10.0.0.0/8 to 10.1.0.0/16 iif % pref 100 lookup 77",
          "fwmark 0x1/0xff oif % pref 100 lookup 77 suppress_prefixlength 0",
          "iif % pref 5 protocol static nop",
          "not from 10.0.0.0/8 tos 0x10 iif third0 oif % pref 100 lookup 4000000000",
          "iif % tun_id 5000000000 uidrange 5-77 ipproto 6 sport 10-20 dport 80-80 pref 100 blackhole",
          "iif % pref 100 unreachable", "iif % pref 100 prohibit realms 2/3", "iif % pref 100 goto 32766",
          "iif % pref 100 l3mdev suppress_ifgroup 7"})
        carry("rule", words);
    for (const std::string words :
         {"iif % pref 100 lookup 77",
          "not from 2001:db8::/32 to 2001:db8:1::/48 fwmark 0x2/0x2 iif % oif 'a;b' pref 100 lookup 254",
          "tos 0x8 oif % ipproto 17 dport 53-53 pref 100 lookup 77 suppress_prefixlength 64"})
        carry("-6 rule", words);
}

TEST_CASE_FIXTURE(Words, "an encapsulation is named and nothing more")
{
    CHECK(made_by("ip route add 10.0.0.0/8 encap ip id 5 dst 192.0.2.7 dev eth0").words ==
          "10.0.0.0/8 encap ip ... dev %");
}

TEST_CASE_FIXTURE(Words, "a label that would be too long on the other NIC is left out there")
{
    shell("ip link set third0 down name a-long-name-14 up");
    run(Put{"a-long-name-14", nic, made_by("ip address add 203.0.113.9/24 dev eth0 label eth0:1")});
    CHECK(ip("-4 address show dev a-long-name-14").at(0).at("addr_info").back().at("label") ==
          "a-long-name-14");
}
