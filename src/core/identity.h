// SPDX-License-Identifier: GPL-2.0-or-later
// Who a container is (lxcpath and name), which of its lives this is (the instance), and the tag that says
// both in the kernel's own objects, so that a lost record is no lost rule.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace uplink
{

/// A container. `lxcpath` is the folder that holds NAME/config; for a container started with `lxc-start -f
/// FILE`, whose lxcpath LXC does not tell its hooks, it is the configuration file itself.
struct ContainerId {
    std::string lxcpath;
    std::string name;
    auto operator<=>(const ContainerId&) const = default;
};

/// A process, told apart from later ones with the same pid by its start.
struct Process {
    int pid = 0;
    std::uint64_t start_time = 0; ///< clock ticks since boot: field 22 of /proc/PID/stat (proc(5))
    auto operator<=>(const Process&) const = default;
};

/// One life of a container, named by its monitor; pids mean nothing outside their pid namespace, so it is
/// part of the name.
struct Instance {
    Process monitor;
    std::uint64_t pid_namespace = 0; ///< inode of /proc/self/ns/pid
    auto operator<=>(const Instance&) const = default;
};

/// What is alive, what is surely gone, and what cannot be judged from here (and is left alone).
enum class Life { alive, dead, unknown };

/// 64-bit FNV-1a.
std::uint64_t hash_of(std::string_view text);

/// Sixteen hex digits that stand for lxcpath and name.
std::string hash_of(const ContainerId& container);

/// "PID-START-PIDNS"
std::string to_string(const Instance& instance);
std::optional<Instance> parse_instance(std::string_view text);

/// The name of an instance's record and of its holder files: "HASH.PID-START-PIDNS".
std::string record_name(const ContainerId& container, const Instance& instance);

/// The instance in a record's name; nothing when the text is no such name.
std::optional<Instance> instance_of_record_name(std::string_view record_name);

/// "lxc-uplink:HASH:PID-START-PIDNS:NAME", NAME cut to 64 bytes, with ? for what is not printable ASCII: 128
/// bytes at most, what an nft comment holds (an xt comment holds 256).
std::string tag_of(const ContainerId& container, const Instance& instance);

/// Whether a comment is a tag of ours, of a container or shared.
bool is_tag(std::string_view comment);

/// The tag of a rule that all containers on a bridge share: "lxc-uplink:shared:BRIDGE".
std::string shared_tag(const std::string& bridge);

/// The bridge in such a tag; nothing for any other text.
std::optional<std::string> bridge_of_shared_tag(std::string_view tag);

/// The record name in a container's tag; nothing for any other text.
std::optional<std::string> record_name_of_tag(std::string_view tag);

/// The container's name in its tag, as the tag has it; nothing for any other text.
std::optional<std::string> container_of_tag(std::string_view tag);

} // namespace uplink
