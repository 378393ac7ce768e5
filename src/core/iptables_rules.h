// SPDX-License-Identifier: GPL-2.0-or-later
// How rules are laid out in the legacy tables, as data that adapter and messages share. The same for both
// families; a block is a /24, of IPv6 a /64.
//
//   nat     POSTROUTING ─► LXC-UPLINK ─► LXC-UPLINK-10.0.3.0/24 ─► the containers of that block
//           PREROUTING, OUTPUT ─ for an address of the host ─► LXC-UPLINK-PORTS ─► published ports
//           POSTROUTING ─ what some DNAT brought ─► LXC-UPLINK-HAIRPIN ─► the ways back of published ports
//   filter  FORWARD ─ new connections ─► LXC-UPLINK ─► LXC-UPLINK-10.0.3.0/24 ─► what may not come in there
//   raw     PREROUTING ─► LXC-UPLINK ─► guards of the loopback address
//
// A new flow that goes out walks the jumps and one sub-chain, so that its cost stays flat however many
// containers there are.
#pragma once

#include "core/rule.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

inline constexpr const char* main_chain = "LXC-UPLINK";
inline constexpr const char* ports_chain = "LXC-UPLINK-PORTS";
inline constexpr const char* hairpin_chain = "LXC-UPLINK-HAIRPIN";

struct IptablesTable {
    bool ipv6 = false;
    std::string name;
    bool nft = false; ///< that of iptables-nft
    auto operator<=>(const IptablesTable&) const = default;
};

/// What MASQUERADE, SNAT or DNAT make of an address and a port.
struct NatRange {
    std::optional<IpAddress> address;
    std::optional<PortRange> ports;
    std::optional<std::uint16_t> base; ///< the port that becomes the first of `ports`, the next the second
    bool random_fully = false;
    bool operator==(const NatRange&) const = default;
};

/// --ctstate NEW; DNAT; RELATED,ESTABLISHED,DNAT
enum class FlowState { any, fresh, redirected, expected };

/// Where a flow was going before a DNAT rule led it elsewhere.
struct OriginalDestination {
    std::optional<IpAddress> address;
    PortRange ports;
    bool operator==(const OriginalDestination&) const = default;
};

/// One rule in a chain; a field that is empty matches all.
struct IptablesRule {
    std::string chain;
    std::optional<IpNetwork> source;
    std::optional<IpNetwork> destination;
    bool not_destination = false; ///< anything but `destination`
    std::string in;
    bool not_in = false;
    std::string out;
    std::optional<Protocol> protocol;
    std::optional<PortRange> ports; ///< of the destination; only with `protocol`
    FlowState state = FlowState::any;
    std::optional<OriginalDestination> original;
    bool to_host = false; ///< to an address of the host
    bool bridged = false; ///< from port to port of a bridge
    std::string comment;
    std::string target; ///< a verdict, a chain, or one of MASQUERADE, SNAT, DNAT
    NatRange nat = {};
    std::optional<unsigned> position = {}; ///< where it is inserted, counted from 0; nothing: at the end
    bool before_return = false;            ///< at the end, but before a RETURN of all that ends the chain
    bool operator==(const IptablesRule&) const = default;
};

/// A chain of ours.
struct IptablesChain {
    std::string name;
    std::vector<IptablesRule> jumps;   ///< that lead there
    std::vector<IptablesRule> entries; ///< that it begins with, whoever uses it
    bool operator==(const IptablesChain&) const = default;
};

/// A rule of ours as the legacy tables have it.
struct IptablesForm {
    IptablesTable table;
    std::vector<IptablesChain> chains; ///< that it needs, each behind the one that leads to it
    std::vector<IptablesRule> rules;   ///< the first, and those in the same chain, count its flows
    bool operator==(const IptablesForm&) const = default;
};

/// The network that a rule for `network` is filed under: its /24, or itself when that is wider. Of IPv6 its
/// /64, or when it is wider its /56, /48, ... /0.
IpNetwork block_of(const IpNetwork& network);

/// "LXC-UPLINK-10.0.3.0/24", "LXC-UPLINK-fd00000000000001" for fd00:0:0:1::/64, "LXC-UPLINK-fd0000000000/48":
/// at most 28 characters, as many as a chain's name may have.
std::string chain_of(const IpNetwork& block);

/// A chain of ours by its name. That of a block has its block not yet in its jump.
IptablesChain chain_named(const IptablesTable& table, const std::string& name);

IptablesForm iptables_form(const Rule& rule);

/// The RETURN of all that may end a chain.
IptablesRule closing_return(const std::string& chain);

/// The chain of table filter in which Docker or ufw lets others be heard of what it forwards.
std::string forward_chain_of(Gatekeeper gatekeeper, bool ipv6);

/// That firewalld makes in table filter where its FirewallBackend is iptables.
inline constexpr const char* chain_of_firewalld = "FORWARD_direct";

/// All such chains, those for what comes to the host among them.
std::vector<std::string> gate_chains(bool ipv6);

/// In the order in which they are to be added: those that are inserted backwards, so that they stand as they
/// were given.
std::vector<IptablesForm> iptables_forms(const std::vector<Rule>& rules);

} // namespace uplink
