// SPDX-License-Identifier: GPL-2.0-or-later
// /run/lxc-uplink/uplinks: what is being moved, or has been, so that whoever comes next can put it back.
//
//   uplinks/NETNS:NIC.json   the journal of a move, from before its first change until after its last undoing
//   uplinks/NETNS:NIC.lock   held by whoever moves this NIC, or looks whether it may
#pragma once

#include "core/record.h"
#include "core/resource.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

struct UplinkJournal {
    UplinkMove move;
    unsigned nic_ifindex = 0;
    std::string boot_id;
    std::string since;     ///< ISO 8601, UTC: when it was moved
    bool moved = false;    ///< all of it is on the bridge
    bool complete = false; ///< and has proved itself there; else the move or the way back has not ended
};

class UplinkJournals
{
  public:
    /// Those of the network namespace of `here`.
    explicit UplinkJournals(const Viewpoint& here, std::string root = "/run/lxc-uplink/uplinks");

    /// Nothing when there is none of this boot. Throws Error when it is damaged.
    [[nodiscard]] std::optional<UplinkJournal> read(const std::string& nic) const;

    /// "journal FILE is damaged (REASON)"; nothing when it is fine, or gone.
    [[nodiscard]] std::optional<std::string> damage_of(const std::string& nic) const;

    /// Durable before it returns (fsync). Throws Error.
    void write(const UplinkJournal& journal) const;
    /// And what a write() left that was killed.
    void remove(const std::string& nic) const;

    /// The NICs that have a journal, sorted.
    [[nodiscard]] std::vector<std::string> nics() const;

    /// Removes the journals of other boots, of whichever network namespace, and returns the names of their
    /// files.
    [[nodiscard]] std::vector<std::string> drop_other_boots() const;

    /// Makes the folder. Throws Error.
    [[nodiscard]] std::string lock_file(const std::string& nic) const;

  private:
    [[nodiscard]] std::string path_of(const std::string& nic) const;

    std::string root_;
    std::string prefix_; ///< "NETNS:"
    std::string boot_id_;
};

} // namespace uplink
