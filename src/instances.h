// SPDX-License-Identifier: GPL-2.0-or-later
// Taking instances down, by one function for post-stop, the next start and gc; and finding the dead ones
// among them. The caller holds our lock.
#pragma once

#include "core/execute.h"
#include "host/host.h"
#include "host/record_store.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

/// Which of `keys` are held by others that live, or may live; each with the name of one such container.
/// `self`, who does not count, is an instance (its record's name) or a container with all its lives (its
/// hash).
std::map<std::string, std::string> held_by_others(const RecordStore& store, const Keys& keys,
                                                  const std::string& self, const Viewpoint& here);

Keys keys_of(const std::map<std::string, std::string>& holders);

/// Undoes what `record` says, by `apply`, and forgets it; when something stays behind it keeps the record and
/// returns a sentence for each such thing.
std::vector<std::string> tear_down(Host& host, RecordStore& store, const Record& record, const Apply& apply);

/// The same for an instance without a record, by the tags on its rules and the keys that it holds.
std::vector<std::string> tear_down_lost(Host& host, RecordStore& store, const std::string& record_name,
                                        const Apply& apply);

/// Whether a guard is not in force, though its bridge, if it has one, is there. Throws Error.
bool is_lost(Host& host, const DhcpGuard& guard);

/// The guards that living containers hold and that are no longer in force, to be added again: ovs-vswitchd
/// forgets them when it is restarted, and others flush the ruleset.
Plan lost_guards(Host& host, const RecordStore& store);

/// The same for all that living containers have: rules, guards and switches of the kernel, by their records
/// and keys. Others flush rulesets (nft flush ruleset, iptables-restore) and turn switches off. Throws Error.
/// Of what was moved with an uplink: everything, or, where nobody has asked for it, what the host is cut off
/// without.
enum class Restoring { all, what_cuts_off };
Plan lost_things(Host& host, const RecordStore& store, Restoring restoring);

/// Whether a move or a way back has not ended and nobody is at it any more.
bool was_cut_short(const UplinkJournal& journal, const Viewpoint& here);

/// What is left of an instance: its record's name and, where the record can be read, the record.
struct Leftover {
    std::string name;
    std::optional<Record> record;
};

/// The record names of all instances that have a record, hold something, or are in one of `tags`.
std::set<std::string> instances_seen(const RecordStore& store, const std::set<std::string>& tags);

/// Records, holders and tagged rules of instances that are surely dead.
std::vector<Leftover> find_leftovers(Host& host, const RecordStore& store);

/// The same among records alone, for a hook: one system call for each living instance. Those of the container
/// with this hash are all looked at in full.
std::vector<Leftover> find_dead_records(const RecordStore& store, const Viewpoint& here,
                                        const std::string& hash);

std::vector<std::string> tear_down(Host& host, RecordStore& store, const Leftover& leftover,
                                   const Apply& apply);

} // namespace uplink
