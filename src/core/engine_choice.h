// SPDX-License-Identifier: GPL-2.0-or-later
// Which firewall engine applies a container's rules where option firewall says auto: that of whoever has
// rules here already, so that an administrator finds all of them with one tool.
#pragma once

#include "core/rule.h"

#include <optional>
#include <string>

namespace uplink
{

/// What the kernel has, of others than this program.
struct EngineFacts {
    bool legacy_tables = false; ///< it has legacy tables, whoever uses them
    bool legacy_rules = false;  ///< a rule, or a policy other than ACCEPT, in one of them
    bool nft_rules = false;     ///< a rule, or a policy other than accept, in nf_tables
};

/// A living container whose rules are in force.
struct EngineHolder {
    Engine engine = Engine::iptables;
    std::string container;
};

struct EngineChoice {
    Engine engine = Engine::iptables;
    std::string reason; ///< goes on from the engine's name: "since this kernel has no legacy tables"
    bool operator==(const EngineChoice&) const = default;
};

/// `asked`: option firewall; nothing: auto. Throws Error for iptables in a kernel without legacy tables.
EngineChoice choose_engine(std::optional<Engine> asked, const std::optional<EngineHolder>& holder,
                           const EngineFacts& facts);

/// "nftables, since this kernel has no legacy tables"
std::string to_string(const EngineChoice& choice);

} // namespace uplink
