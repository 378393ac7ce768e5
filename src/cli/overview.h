// SPDX-License-Identifier: GPL-2.0-or-later
// All that there is for containers on this host, and how it stands: what `lxc-uplink status` shows.
#pragma once

#include "host/host.h"
#include "host/record_store.h"
#include "unheld.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace uplink
{

/// A rule that a record speaks of, and how it stands.
struct RuleInForce {
    Rule rule;
    Engine engine = Engine::iptables;
    Standing standing;
};

/// All that status shows, read once.
struct Overview {
    std::vector<Record> records;
    std::map<std::string, Life> lives;                      ///< by record name
    std::map<std::string, std::vector<RuleInForce>> rules;  ///< by record name
    std::map<std::string, std::vector<std::string>> closed; ///< by record name: openings that are missing
    std::map<std::string, std::vector<std::string>>
        undone; ///< by record name: other steps that are no longer so
    std::vector<Unrecorded> unrecorded;
    std::vector<std::string> unheld;     ///< what gc would do about things that nobody holds, in words
    std::set<std::string> bridges_amiss; ///< a sentence for each that mode nat serves, with the remedy
    std::map<std::string, std::vector<std::string>> shared; ///< key to names of its holders
    std::map<std::string, std::string> switched_on;
    std::vector<UplinkJournal> uplinks;
    std::map<std::string, UplinkStanding> standings; ///< of the uplinks that were moved, by NIC
    Keys guards_lost;
    std::vector<std::string> mute_bridges; ///< that have lost the flow by which they switch
    std::set<std::string> unanswered;      ///< why something could not be looked at
    std::set<std::string> firewall;        ///< engines, each with the reason for its choice
    std::vector<std::string> damages;      ///< a sentence for each record or journal that cannot be read
    bool forwarding = false;               ///< net.ipv4.ip_forward
    bool ipv6_forwarding = false;
    bool needs_forwarding = false; ///< some container here, by IPv4
    bool needs_ipv6_forwarding = false;
};

/// Throws Error where host or records cannot be read.
Overview look(Host& host, const RecordStore& store);

/// The masquerade rules that serve a NIC: its own by address, or those that its bridge shares.
std::vector<RuleInForce> rules_for(const NicSpec& nic, const Record& record, const Overview& overview);

/// Whether the rule is there and packets come to it.
inline bool is_in_force(const RuleInForce& each)
{
    return each.standing.there && each.standing.reached;
}

/// The rules of a record that are of one kind.
template<typename Kind>
std::vector<std::pair<Kind, RuleInForce>> rules_of_kind(const Record& record, const Overview& overview)
{
    std::vector<std::pair<Kind, RuleInForce>> rules;
    for (const RuleInForce& each : overview.rules.at(record_name(record)))
        if (const auto* rule = std::get_if<Kind>(&each.rule))
            rules.emplace_back(*rule, each);
    return rules;
}

// Words for people and programs alike.

std::string word_for(Life life);

/// The host end of its veth; empty where none is known.
std::string port_for(const NicSpec& nic, const Record& record);

/// Its static addresses, of both families.
std::vector<std::string> texts_of(const NicSpec& nic);

/// Addresses, routes and rules, as ip(8) words them on the bridge.
std::vector<std::string> things_moved(const UplinkJournal& journal);

/// Prints it for programs, with what faults_of() says of it.
void print_status_json(const Overview& overview, const std::vector<std::string>& faults);

} // namespace uplink
