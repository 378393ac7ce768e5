// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/identity.h"

#include "core/address.h"

#include <array>
#include <charconv>

namespace uplink
{

namespace
{

constexpr std::string_view tag_prefix = "lxc-uplink:";
constexpr std::size_t hash_digits = 16;
constexpr std::size_t tagged_name_bytes = 64;

/// A comment in the kernel is read by many programs, not all of which bear other bytes, half characters or
/// quotes.
std::string printable(std::string text)
{
    for (char& c : text)
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            c = '?';
    return text;
}

} // namespace

std::uint64_t hash_of(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return hash;
}

std::string hash_of(const ContainerId& container)
{
    // A newline, which LXC allows in neither, keeps ("a", "bc") apart from ("ab", "c").
    const std::uint64_t hash = hash_of(container.lxcpath + "\n" + container.name);
    std::array<char, hash_digits> digits{};
    auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
    const std::string text(digits.data(), end);
    return std::string(hash_digits - text.size(), '0') + text;
}

std::string to_string(const Instance& instance)
{
    return std::to_string(instance.monitor.pid) + "-" + std::to_string(instance.monitor.start_time) + "-" +
           std::to_string(instance.pid_namespace);
}

std::optional<Instance> parse_instance(std::string_view text)
{
    const auto first = text.find('-');
    const auto second = text.find('-', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos)
        return std::nullopt;
    const auto pid = parse_number(text.substr(0, first), INT32_MAX);
    const auto start_time = parse_number(text.substr(first + 1, second - first - 1));
    const auto pid_namespace = parse_number(text.substr(second + 1));
    if (!pid || !start_time || !pid_namespace)
        return std::nullopt;
    return Instance{{static_cast<int>(*pid), *start_time}, *pid_namespace};
}

std::string record_name(const ContainerId& container, const Instance& instance)
{
    return hash_of(container) + "." + to_string(instance);
}

std::optional<Instance> instance_of_record_name(std::string_view record_name)
{
    if (record_name.size() <= hash_digits || record_name[hash_digits] != '.')
        return std::nullopt;
    return parse_instance(record_name.substr(hash_digits + 1));
}

std::string tag_of(const ContainerId& container, const Instance& instance)
{
    return std::string(tag_prefix) + hash_of(container) + ":" + to_string(instance) + ":" +
           printable(container.name.substr(0, tagged_name_bytes));
}

bool is_tag(std::string_view comment)
{
    return comment.starts_with(tag_prefix);
}

std::string shared_tag(const std::string& bridge)
{
    return std::string(tag_prefix) + "shared:" + bridge;
}

std::optional<std::string> bridge_of_shared_tag(std::string_view tag)
{
    const std::string prefix = shared_tag("");
    if (tag.substr(0, prefix.size()) != prefix)
        return std::nullopt;
    return std::string(tag.substr(prefix.size()));
}

std::optional<std::string> record_name_of_tag(std::string_view tag)
{
    if (tag.substr(0, tag_prefix.size()) != tag_prefix)
        return std::nullopt;
    tag.remove_prefix(tag_prefix.size());
    const auto hash_end = tag.find(':');
    const auto instance_end = tag.find(':', hash_end == std::string_view::npos ? hash_end : hash_end + 1);
    if (hash_end != hash_digits || instance_end == std::string_view::npos)
        return std::nullopt;
    const auto instance = tag.substr(hash_end + 1, instance_end - hash_end - 1);
    if (!parse_instance(instance))
        return std::nullopt;
    return std::string(tag.substr(0, hash_end)) + "." + std::string(instance);
}

std::optional<std::string> container_of_tag(std::string_view tag)
{
    const auto name = record_name_of_tag(tag);
    if (!name)
        return std::nullopt;
    return std::string(tag.substr(tag_prefix.size() + name->size() + 1));
}

} // namespace uplink
