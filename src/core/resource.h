// SPDX-License-Identifier: GPL-2.0-or-later
// The kinds of things that this program puts into the kernel, as plain values. A new kind is one struct here
// and one arm wherever the compiler then complains.
#pragma once

#include "core/address.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace uplink
{

/// A Linux bridge that is made because it was missing. Shared by the containers that name it.
struct Bridge {
    std::string name;
    std::string
        mac; ///< "02:00:00:00:00:01"; fixed, since a bridge else takes the lowest address of its ports
    std::vector<Ipv4Interface> ipv4;
    std::vector<Ipv6Interface> ipv6; ///< set without duplicate address detection, so that they serve at once
    bool kept = false;               ///< it is there already, made for an earlier container
    bool operator==(const Bridge&) const = default;
};

/// net.ipv4.ip_forward = 1. Never undone: others come to rely on it, and turning it off wipes per-interface
/// settings.
struct Ipv4Forwarding {
    bool operator==(const Ipv4Forwarding&) const = default;
};

/// One MASQUERADE rule: what `source` sends outside `inside` takes the address of the interface it leaves by.
struct MasqueradeRule {
    Ipv4Network source;
    Ipv4Network inside;
    std::string out; ///< leaving by this interface only; empty: by any
    std::string tag;
    bool operator==(const MasqueradeRule&) const = default;
};

/// All rules of a container, since one change of a legacy table costs as much as many.
struct Masquerade {
    std::vector<MasqueradeRule> rules;
    bool operator==(const Masquerade&) const = default;
};

/// The host end of a container's veth as a port of a bridge, with the port's flags.
struct BridgePort {
    unsigned nic = 0;      ///< N of lxc.net.N
    unsigned position = 0; ///< it is the k-th veth of the container, counted from 0
    std::string port;      ///< name of the host end; empty until the container's network exists
    unsigned ifindex = 0;  ///< of the host end, since its name may come back; 0 as long as it is not known
    std::string bridge;
    bool linked = false;         ///< LXC has made it a port: check it, do not add it
    bool hairpin = false;        ///< frames may leave through the port that they came in by
    bool isolate = false;        ///< no frames to or from other isolated ports
    std::optional<unsigned> mtu; ///< bytes, when the configuration says it; else the bridge's
    bool operator==(const BridgePort&) const = default;
};

using Resource = std::variant<Bridge, Ipv4Forwarding, Masquerade, BridgePort>;

/// For std::visit with a set of lambdas.
template<typename... Arms>
struct overloaded : Arms... {
    using Arms::operator()...;
};
template<typename... Arms>
overloaded(Arms...) -> overloaded<Arms...>;

} // namespace uplink
