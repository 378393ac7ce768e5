// SPDX-License-Identifier: GPL-2.0-or-later
// Moving the host's uplink into a bridge and back so that the host is reachable at every instant: the journal
// before the first change, a guardian beside the author, and the proof at the end.
#pragma once

#include "core/transfer.h"
#include "host/netlink.h"
#include "host/ovs.h"
#include "host/uplink_journal.h"

#include <string>
#include <vector>

namespace uplink
{

/// Whoever calls these holds the lock of the NIC (UplinkJournals::lock_file()); `lock` is its file
/// descriptor, which the guardian keeps until it has ended.
class Uplink
{
  public:
    explicit Uplink(const Viewpoint& here) : here_(here), journals_(here) {}

    /// Moves it. Throws Error, with everything as it was before, when a step fails, when something is missing
    /// afterwards, or when a default gateway that answered on the NIC does not answer on the bridge within
    /// `move.confirm_timeout`. Returns what the administrator should know, a sentence each.
    std::vector<std::string> move(const UplinkMove& move, const std::string& since, int lock);

    /// Brings back what was moved, or begun; nothing to do is no error. Throws Error.
    void bring_back(const std::string& nic, int lock);

  private:
    void make_true(const MoveStep& step, const NicConfig& moving);
    void join(const Join& step);
    void leave(const Leave& step);
    void await_running(const std::string& nic, const std::string& bridge, bool of_ovs);
    void undo(const UplinkJournal& journal);
    void undo_as_guardian(const std::string& nic) const;

    Viewpoint here_;
    UplinkJournals journals_;
    Netlink netlink_;
    Ovs ovs_;
};

} // namespace uplink
