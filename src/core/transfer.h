// SPDX-License-Identifier: GPL-2.0-or-later
// The order of steps in which all that a host has on one interface goes over to another without losing a
// packet: make before break, so that the host is reachable after each step.
#pragma once

#include "core/nic_config.h"
#include "core/resource.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace uplink
{

struct Set {
    std::string interface;
    std::string setting; ///< see NicConfig::settings
    std::string value;
    bool operator==(const Set&) const = default;
};

/// Puts a copy of what `from` has on `interface`; what is there already is left as it is.
struct Put {
    std::string interface;
    std::string from;
    KernelObject object;
    bool for_good = false; ///< without the lifetime that it may have
    bool operator==(const Put&) const = default;
};

/// Gives an IPv6 address the flags that it had where it was found: Put withholds duplicate address detection
/// and the route of its network. The route to the network of a peer that the kernel makes then goes again.
struct Settle {
    std::string interface;
    KernelObject object;
    bool for_good = false;
    bool operator==(const Settle&) const = default;
};

/// Takes it off `interface`; what is gone already is no error.
struct Take {
    std::string interface;
    KernelObject object;
    bool operator==(const Take&) const = default;
};

/// The NIC becomes a port of the bridge, which is then waited for until it carries packets.
struct Join {
    std::string nic;
    std::string bridge;
    BridgeType type = BridgeType::linux_bridge;
    bool operator==(const Join&) const = default;
};

/// The NIC is no longer a port of the bridge.
struct Leave {
    std::string nic;
    std::string bridge;
    BridgeType type = BridgeType::linux_bridge;
    bool operator==(const Leave&) const = default;
};

/// What comes in by the NIC reaches the bridge by another port, until CloseDetour.
struct OpenDetour {
    std::string nic;
    std::string bridge;
    bool operator==(const OpenDetour&) const = default;
};

struct CloseDetour {
    std::string nic;
    bool operator==(const CloseDetour&) const = default;
};

/// Tells the neighbours the MAC address under which the addresses are to be found now.
struct Announce {
    std::string interface;
    bool operator==(const Announce&) const = default;
};

using MoveStep = std::variant<Set, Put, Settle, Take, OpenDetour, Join, Leave, CloseDetour, Announce>;

/// What the NIC has goes to the bridge, and the NIC becomes its port.
std::vector<MoveStep> plan_move(const UplinkMove& move);

/// The way back, from what the bridge has `now`: all that it did not have before the move goes to the NIC, as
/// it was there where it comes from there, and the NIC stops being a port. When the move did not end (`moved`
/// is false), so does what the bridge has not got yet.
std::vector<MoveStep> plan_return(const UplinkMove& move, const NicConfig& now, bool moved);

/// What plan_return() brings back to the NIC.
NicConfig to_return(const UplinkMove& move, const NicConfig& now, bool moved);

/// What was moved and is not on the bridge any more; left out is what goes by itself in time, or comes with
/// an address.
std::vector<KernelObject> missing_on_bridge(const UplinkMove& move, const NicConfig& now);

/// Those of the missing that cut the host off, all of a family: none of the routes by a gateway that were
/// moved is left on the bridge, as when the bridge was down for a moment, and the host has no other default
/// route. What else is missing somebody may have deleted on purpose. `families`: those of which the host has
/// a default route (IPv6: true).
std::vector<KernelObject> cut_off_without(const UplinkMove& move, const NicConfig& now,
                                          const std::set<bool>& families);

/// Whether nobody has given the NIC addresses of its own since it was moved: none but those that are of the
/// link or have a lifetime, as the kernel makes them by itself.
bool is_bare(const NicConfig& nic);

/// Puts on the bridge again what is `missing` there. What the kernel has made for a NIC that was no port for
/// a while, `on_nic`, goes.
std::vector<MoveStep> plan_repair(const UplinkMove& move, const NicConfig& missing, const NicConfig& on_nic);

/// What is left on the bridge although somebody added it after the move: what cannot be carried.
std::vector<KernelObject> left_behind(const UplinkMove& move, const NicConfig& now);

/// Throws Error naming what cannot be carried to another interface.
void check_carriable(const NicConfig& config);

/// "address ", "route ": what comes before the words of an object.
const char* noun_for(KernelObject::Kind kind);

/// An object as ip(8) takes it on `interface`.
std::string words_on(const std::string& interface, const KernelObject& object);

/// Each with its noun: "address 192.0.2.10/24 dev br1".
std::vector<std::string> words_on_bridge(const std::vector<KernelObject>& objects, const std::string& bridge);

/// The shell commands that a step equals.
std::vector<std::string> shell_commands(const MoveStep& step);

} // namespace uplink
