// SPDX-License-Identifier: GPL-2.0-or-later
// Packets and other people's firewalls as plain values, whoever wrote the rules: iptables in either flavour
// or nft. What they make of each other: core/judge.h.
#pragma once

#include "core/ip.h"
#include "core/rule.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace uplink
{

/// What the kernel's tracking makes of a packet. Related is the first of another flow.
enum class ConnectionState { fresh, established, related, invalid, untracked };

/// What the host's routing tables make of an address.
enum class AddressKind { unicast, local, broadcast, multicast };

/// A packet as far as it is known, forwarded or for the host itself. It is an ordinary one: whole, without
/// options or extension headers, a new flow of TCP begins with SYN alone, and the way back to its source is
/// the way it came.
struct FirewallPacket {
    bool ipv6 = false;
    bool to_host = false;
    std::optional<std::string> in;
    std::optional<std::string> out;
    std::optional<IpAddress> source;
    std::optional<IpAddress> destination;        ///< behind any DNAT
    std::optional<AddressKind> destination_kind; ///< nothing: as address and `to_host` say
    std::optional<std::uint8_t> protocol;
    std::optional<std::uint16_t> source_port;
    std::optional<std::uint16_t> destination_port; ///< behind any DNAT
    std::optional<std::uint8_t> icmp_type;
    std::optional<ConnectionState> state = ConnectionState::fresh;
    bool redirected = false;           ///< some DNAT brought its flow here
    std::optional<std::uint32_t> mark; ///< nothing: 0, unless some rule of the host's sets marks
    bool bridged = false;              ///< from port to port of a bridge, which is `in` and `out`
    bool bridge_calls_ip = true;       ///< then: whether net.bridge.bridge-nf-call-iptables (ip6tables) is on
    std::optional<std::string> in_port; ///< of a bridge that it came by, bridged or not
    std::optional<std::string> out_port;
};

// What a condition asks for. Of a name, address or port it is the packet's source or way in, unless it says
// otherwise.

struct InterfaceIs {
    bool out = false;
    std::string name;
    bool prefix = false; ///< `name` is what it begins with
    bool operator==(const InterfaceIs&) const = default;
};

struct PortOfBridgeIs {
    bool out = false;
    std::string name;
    bool prefix = false;
    bool operator==(const PortOfBridgeIs&) const = default;
};

struct AddressIn {
    bool destination = false;
    IpAddress first;
    IpAddress last;
    bool operator==(const AddressIn&) const = default;
};

struct AddressKindIs {
    bool destination = false;
    AddressKind kind = AddressKind::unicast;
    bool of_interface = false; ///< as seen from the interface: another one's address is not local
    bool operator==(const AddressKindIs&) const = default;
};

struct FamilyIs {
    bool ipv6 = false;
    bool operator==(const FamilyIs&) const = default;
};

struct ProtocolIs {
    std::uint8_t number = 0;
    bool operator==(const ProtocolIs&) const = default;
};

struct PortIn {
    bool destination = false;
    PortRange ports;
    bool operator==(const PortIn&) const = default;
};

struct IcmpTypeIs {
    std::uint8_t number = 0;
    bool operator==(const IcmpTypeIs&) const = default;
};

struct TcpFlagsAre {
    std::uint8_t mask = 0;
    std::uint8_t value = 0;
    bool operator==(const TcpFlagsAre&) const = default;
};

struct StateIs {
    ConnectionState state = ConnectionState::fresh;
    bool operator==(const StateIs&) const = default;
};

struct MarkIs {
    std::uint32_t mask = UINT32_MAX;
    std::uint32_t value = 0;
    bool operator==(const MarkIs&) const = default;
};

struct IsRedirected {
    bool operator==(const IsRedirected&) const = default;
};

struct IsBridged {
    bool operator==(const IsBridged&) const = default;
};

/// Whether it is what every ordinary packet is (such as without extension headers), or is not.
struct IsUsual {
    bool usual = true;
    bool operator==(const IsUsual&) const = default;
};

/// What nobody can tell of a packet in advance, such as a rate, or what is not understood.
struct NotToBeTold {
    std::string text;
    bool operator==(const NotToBeTold&) const = default;
};

using PacketTest =
    std::variant<InterfaceIs, PortOfBridgeIs, AddressIn, AddressKindIs, FamilyIs, ProtocolIs, PortIn,
                 IcmpTypeIs, TcpFlagsAre, StateIs, MarkIs, IsRedirected, IsBridged, IsUsual, NotToBeTold>;

/// The elements of a set, of which a packet has to pass all tests of one; `negated`: of none.
struct PacketCondition {
    std::vector<std::vector<PacketTest>> any_of;
    bool negated = false;
    bool operator==(const PacketCondition&) const = default;
};

enum class RuleVerdict {
    none, ///< it counts, logs, marks
    accept,
    drop,  ///< or reject
    leave, ///< back to where a jump led here
    jump,
    go_to,
    unknown ///< it hands the packet to a program, or is not understood
};

/// What a rule does to a flow besides its verdict.
enum class RuleEffect {
    none,
    redirects, ///< DNAT and its kin
    untracks   ///< the kernel's tracking, and with it all translation, leaves the flow alone
};

struct FirewallRule {
    std::vector<PacketCondition> conditions;
    RuleVerdict verdict = RuleVerdict::none;
    std::string target; ///< the chain that it leads to
    std::string text;   ///< as its owner's tool prints it
    RuleEffect effect = RuleEffect::none;
    std::uint64_t handle = 0; ///< by which nft deletes it; 0: none
    bool operator==(const FirewallRule&) const = default;
};

/// Whose tools show it: `iptables-legacy`, `iptables-nft`, `nft`.
enum class FirewallFlavour { legacy, iptables_nft, nft };

enum class PacketHook { prerouting, input, forward, postrouting };

/// Of the kernel's own hooks, from linux/netfilter_ipv4.h: NF_IP_PRI_CONNTRACK, _NAT_DST and _NAT_SRC.
constexpr int tracking_priority = -200;
constexpr int destination_nat_priority = -100;
constexpr int source_nat_priority = 100;

/// Where the kernel hands packets to a chain.
struct ChainBase {
    PacketHook hook = PacketHook::forward;
    int priority = 0;
    bool drops = false; ///< its policy
    bool operator==(const ChainBase&) const = default;
};

struct FirewallChain {
    FirewallFlavour flavour = FirewallFlavour::nft;
    std::string family; ///< ip, ip6, inet, bridge
    std::string table;
    std::string name;
    std::optional<ChainBase> base; ///< nothing: rules lead here, or none of its packets is ever dropped
    std::vector<FirewallRule> rules;
    bool translates = false; ///< it sees the first packet of a flow alone, and decides on its addresses
    bool operator==(const FirewallChain&) const = default;
};

/// All that is on a host.
struct HostFirewall {
    std::vector<FirewallChain> chains;
    bool sets_marks = false; ///< some rule sets a mark, of packets or of flows
    bool operator==(const HostFirewall&) const = default;
};

std::string to_string(FirewallFlavour flavour);

/// All addresses of a network.
AddressIn address_in(bool destination, const IpNetwork& network);

} // namespace uplink
