// SPDX-License-Identifier: GPL-2.0-or-later
// Moving the host's uplink into a bridge and back so that the host is reachable at every instant: the journal
// before the first change, a guardian beside the author, and the proof at the end.
#pragma once

#include "core/transfer.h"
#include "host/lock.h"
#include "host/netlink.h"
#include "host/ovs.h"
#include "host/uplink_journal.h"

#include <string>
#include <vector>

namespace uplink
{

/// Whoever calls these holds two locks, which the guardian keeps until it has ended: ours, since a route may
/// lead through several uplinks, and that of the NIC (UplinkJournals::lock_file()).
class Uplink
{
  public:
    Uplink(const Viewpoint& here, const Lock& ours) : here_(here), our_lock_(ours), journals_(here) {}

    /// Moves it. Throws Error, with everything as it was before, when a step fails, when something is missing
    /// afterwards, or when a default gateway that answered on the NIC does not answer on the bridge within
    /// `move.confirm_timeout`, in which others may have our lock. Returns what the administrator should know,
    /// a sentence each.
    std::vector<std::string> move(const UplinkMove& move, const std::string& since, const Lock& of_nic);

    /// Puts on the bridge again what is `missing` there of a complete move; before that the NIC `joins` it
    /// again as its port. Throws Error.
    void repair(const UplinkMove& move, const NicConfig& missing, bool joins);

    /// Brings back what was moved, or begun; nothing to do is no error. Throws Error.
    void bring_back(const std::string& nic, const Lock& of_nic);

  private:
    void make_true(const MoveStep& step, const NicConfig& moving);
    void join(const Join& step);
    void leave(const Leave& step);
    void join_linux_bridge(const Link& nic, const Link& bridge);
    void await_running(const std::string& nic, const std::string& bridge, bool of_ovs);
    void prove(const UplinkMove& move, const std::vector<std::string>& gateways);
    void undo(const UplinkJournal& journal);
    void undo_as_guardian(const std::string& nic) const;

    Viewpoint here_;
    const Lock& our_lock_;
    UplinkJournals journals_;
    Netlink netlink_;
    Ovs ovs_;
};

} // namespace uplink
