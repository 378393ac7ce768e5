// SPDX-License-Identifier: GPL-2.0-or-later
// What an administrator can ask for, after the hook line, the container's file and the host's file have been
// merged.
#pragma once

#include "core/address.h"
#include "core/resource.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

enum class Mode { nat, direct, none };

std::string to_string(Mode mode);

/// What may open connections into a masqueraded bridge from outside it.
enum class Inbound { published, any };

std::string to_string(Inbound inbound);

/// A port that a container wants published, by one of its NICs.
struct Publication {
    Protocol protocol = Protocol::tcp;
    std::optional<IpAddress> address; ///< of the host's; nothing: all of them
    PortRange ports;                  ///< of the host's
    PortRange to;                     ///< of the container's, as many
    bool operator==(const Publication&) const = default;
};

/// Whether a connection to one may be meant for the other: the same address, or all of the host's.
bool overlap(const Publication& left, const Publication& right);

/// As option publish takes it: "192.0.2.1:8080:80/tcp".
std::string to_string(const Publication& publication);

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
    std::optional<Engine> firewall;
    std::optional<bool> ipv6;
    std::vector<Publication> publish;
    std::optional<Inbound> inbound;
    std::vector<IpAddress> snat_to; ///< one of each family at most
    std::optional<PortRange> masquerade_ports;
    std::optional<bool> random_fully;
    std::optional<bool> coexist;
    std::set<std::string> host_wide; ///< names of those that the host's file alone said
    bool operator==(const Options&) const = default;
};

/// The text of an option file, and its path for the messages.
struct OptionFile {
    std::string path;
    std::string text;
    bool of_host = false; ///< what it says is for those containers that have a use for it
};

/// Merges the words of the hook line with option files, earlier sources winning. Throws Error naming the
/// source.
using OptionReader = Options (*)(const std::vector<std::string>& hook_line,
                                 const std::vector<OptionFile>& files);

} // namespace uplink
