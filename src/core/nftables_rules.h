// SPDX-License-Identifier: GPL-2.0-or-later
// How rules are laid out in nf_tables: one table of our own, whose chains look containers up in maps, so that
// a new flow costs the same however many there are. A rule is an element of one map or two.
//
//   postrouting ─► map own4, network4 ... ─► leaving-10.0.3.0/24: masquerade what leaves that network
//               └► map hairpin4 ...       ─► hairpin-10.0.3.0/24: masquerade what was led back into it
//   prerouting, output ─► map published4, bound4 ... : DNAT
//   forward     ─► map inbound4 ...       ─► guard-br0: drop what does not come in by br0
//   localnet    ─► map loopback           ─► refuse-loopback
//
// The chains whose names have a hyphen are policies: each comes with the first element that leads to it and
// goes with the last, and the table with the last policy.
#pragma once

#include "core/rule.h"

#include <string>
#include <vector>

namespace uplink
{

/// Of family inet.
inline constexpr const char* nftables_table = "lxc_uplink";

/// A key, or what it leads to: as nft(8) writes it and as the kernel holds it, in network byte order and each
/// part padded to four bytes.
struct NftablesValue {
    std::string text;
    std::string bytes; ///< of a range: its first; of a verdict: the name of the chain
    bool operator==(const NftablesValue&) const = default;
};

struct NftablesElement {
    std::string map;
    NftablesValue key;
    NftablesValue value;
    std::string tag;
    std::string policy; ///< the chain that it leads to; empty when it leads to an address
    bool operator==(const NftablesElement&) const = default;
};

struct NftablesChain {
    std::string name;
    std::string hook; ///< "type nat hook output priority -100"; empty: jumps lead there
    std::vector<std::string> rules;
    bool operator==(const NftablesChain&) const = default;
};

/// The chains that are always there; the first packet of a flow comes to all that have a hook.
std::vector<NftablesChain> nftables_base_chains();

bool is_nftables_policy(const std::string& chain);

/// The policies of these rules, each once.
std::vector<NftablesChain> nftables_policies(const std::vector<Rule>& rules);

/// The elements that a rule consists of; none for an opening of somebody else's firewall. Throws
/// NothingChanged for a name or a tag that nft cannot read.
std::vector<NftablesElement> nftables_elements(const Rule& rule);

/// The table with its maps, its base chains and `policies`, for one transaction with what follows. Where
/// chains are there already, put text that flushes them before it.
std::string nftables_table_text(const std::vector<NftablesChain>& policies);

/// A single chain, rules included, likewise.
std::string nftables_chain_text(const NftablesChain& chain);

/// "COMMAND chain inet lxc_uplink NAME", a command being flush or delete.
std::string nftables_chain_command(const std::string& command, const std::string& name);

std::string nftables_add_text(const NftablesElement& element);
std::string nftables_delete_text(const std::string& map, const std::string& key);

/// In short, for `status`: "own4 { 10.0.3.10 : jump leaving-10.0.3.0/24 }".
std::string nftables_words(const Rule& rule);

/// Shell commands that add these rules, or remove them and what then leads nowhere.
std::vector<std::string> nftables_commands_to_add(const std::vector<Rule>& rules);
std::vector<std::string> nftables_commands_to_remove(const std::vector<Rule>& rules);

} // namespace uplink
