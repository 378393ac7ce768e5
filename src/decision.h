// SPDX-License-Identifier: GPL-2.0-or-later
// What the start of a container comes to, on this host and beside the other containers: looked at and thought
// through by the hook, which then acts, and by `lxc-uplink plan`, which prints it.
#pragma once

#include "core/plan.h"
#include "host/host.h"
#include "host/record_store.h"

#include <string>
#include <vector>

namespace uplink
{

struct Decision {
    Plan steps;  ///< of pre-start
    Keys shared; ///< what the steps share with other containers
    Keys claims; ///< what no other container may have beside this one
    std::vector<std::string> notices;
    std::string firewall; ///< the engine of mode nat and why, a sentence for status
    BridgeType bridge_type = BridgeType::linux_bridge;
};

/// Changes nothing. Throws Error when host, configuration or another container stand in its way. Another life
/// of the same container does not: its old post-stop may still be running.
Decision decide(Host& host, const RecordStore& store, const ContainerSpec& spec, const std::string& tag);

} // namespace uplink
