// SPDX-License-Identifier: GPL-2.0-or-later
// What an administrator can ask for, after the hook line, the container's file and the host's file have been
// merged.
#pragma once

#include "core/address.h"
#include "core/resource.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

enum class Mode { nat, direct, none };

std::string to_string(Mode mode);

/// Nothing in a field means that nobody said anything; the defaults are make_spec()'s.
struct Options {
    std::optional<Mode> mode;
    std::optional<std::string> bridge;
    std::vector<Ipv4Interface> bridge_ipv4;
    std::vector<Ipv6Interface> bridge_ipv6;
    std::optional<unsigned> nic; ///< N of lxc.net.N
    std::optional<std::string> uplink;
    std::optional<bool> hairpin;
    std::optional<bool> isolate;
    std::optional<bool> dhcp_guard;
    std::optional<BridgeType> bridge_type;
    std::optional<unsigned> confirm_timeout; ///< seconds
    bool bridge_is_default = false;          ///< said by the host's file alone: for NICs without a link
    bool bridge_address_is_default = false;  ///< said by the host's file alone: for bridges that are missing
    bool bridge_type_is_default = false;     ///< said by the host's file alone: for containers with a bridge
    bool operator==(const Options&) const = default;
};

/// The text of an option file, and its path for the messages.
struct OptionFile {
    std::string path;
    std::string text;
    bool of_host = false; ///< what it says of bridges fills gaps and contradicts nobody
};

/// Merges the words of the hook line with option files, earlier sources winning. Throws Error naming the
/// source.
using OptionReader = Options (*)(const std::vector<std::string>& hook_line,
                                 const std::vector<OptionFile>& files);

} // namespace uplink
