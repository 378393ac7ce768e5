// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/legacy_tables.h"

#include "core/error.h"
#include "host/file.h"
#include "host/owned.h"

#include <netinet/in.h> // before the kernel's own headers, which leave out then what it has

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace uplink
{

namespace
{

struct Ipv4 {
    using Entry = ipt_entry;
    using Info = ipt_getinfo;
    using Entries = ipt_get_entries;
    static constexpr const char* names = "/proc/net/ip_tables_names";
    static constexpr int family = AF_INET;
    static constexpr int level = IPPROTO_IP;
    static constexpr int get_info = IPT_SO_GET_INFO;
    static constexpr int get_entries = IPT_SO_GET_ENTRIES;
};

struct Ipv6 {
    using Entry = ip6t_entry;
    using Info = ip6t_getinfo;
    using Entries = ip6t_get_entries;
    static constexpr const char* names = "/proc/net/ip6_tables_names";
    static constexpr int family = AF_INET6;
    static constexpr int level = IPPROTO_IPV6;
    static constexpr int get_info = IP6T_SO_GET_INFO;
    static constexpr int get_entries = IP6T_SO_GET_ENTRIES;
};

/// A table as the kernel keeps it: chains one behind the other, each a run of entries. A built-in chain ends
/// with its policy, another begins with an entry that names it and ends with a RETURN
/// (linux/netfilter_ipv4/ip_tables.h).
template<typename Family>
class Snapshot
{
  public:
    using Entry = typename Family::Entry;

    Snapshot(const typename Family::Info& info, std::string entries) : info_(info), bytes_(std::move(entries))
    {
    }

    [[nodiscard]] std::set<std::string> chains() const
    {
        std::set<std::string> names;
        for (unsigned at = 0; at < bytes_.size(); at += entry(at).next_offset)
            if (const auto name = chain_named_at(at))
                names.emplace(*name);
        names.erase(XT_ERROR_TARGET); // what the table ends with is named so
        return names;
    }

    [[nodiscard]] bool has_anything_of_others() const
    {
        std::string_view chain;
        for (unsigned at = 0; at < bytes_.size(); at += entry(at).next_offset) {
            if (const auto name = chain_named_at(at))
                chain = *name;
            else if (is_policy(at) ? verdict_at(at) != accept
                                   : !is_ours(chain) && is_rule(at) && !leads_to_us(at))
                return true;
        }
        return false;
    }

  private:
    static constexpr int accept = -NF_ACCEPT - 1; // as verdicts are written in a standard target
    static constexpr unsigned size_of_naming_entry = sizeof(Entry) + sizeof(xt_error_target);

    [[nodiscard]] const Entry& entry(unsigned at) const
    {
        return *reinterpret_cast<const Entry*>(bytes_.data() + at);
    }
    template<typename Target>
    [[nodiscard]] const Target& target(unsigned at) const
    {
        return *reinterpret_cast<const Target*>(bytes_.data() + at + entry(at).target_offset);
    }
    [[nodiscard]] std::optional<std::string_view> chain_named_at(unsigned at) const
    {
        const auto& found = target<xt_error_target>(at);
        if (std::string_view(found.target.u.user.name) != XT_ERROR_TARGET)
            return std::nullopt;
        return found.errorname;
    }
    [[nodiscard]] int verdict_at(unsigned at) const { return target<xt_standard_target>(at).verdict; }

    [[nodiscard]] bool is_policy(unsigned at) const
    {
        for (unsigned hook = 0; hook < NF_INET_NUMHOOKS; ++hook)
            if ((info_.valid_hooks & 1U << hook) != 0 && info_.underflow[hook] == at)
                return true;
        return false;
    }
    /// The RETURN that ends a chain stands before the entry that names the next one, or the table's last.
    [[nodiscard]] bool is_rule(unsigned at) const { return !chain_named_at(at + entry(at).next_offset); }

    static bool is_ours(std::string_view chain) { return chain.starts_with("LXC-UPLINK"); }

    [[nodiscard]] bool leads_to_us(unsigned at) const
    {
        const auto& found = target<xt_standard_target>(at);
        if (found.target.u.user.name[0] != '\0' || found.verdict < static_cast<int>(size_of_naming_entry))
            return false;
        const auto name = chain_named_at(static_cast<unsigned>(found.verdict) - size_of_naming_entry);
        return name && is_ours(*name);
    }

    typename Family::Info info_;
    std::string bytes_;
};

/// Returns 0 or an errno value.
int ask(const Fd& socket, int level, int option, void* answer, std::size_t size)
{
    auto length = static_cast<socklen_t>(size);
    return ::getsockopt(socket.get(), level, option, answer, &length) == 0 ? 0 : errno;
}

/// Nothing when the table grew or shrank between the two questions.
template<typename Family>
std::optional<Snapshot<Family>> read_table(const Fd& socket, const std::string& name)
{
    typename Family::Info info = {};
    name.copy(info.name, sizeof info.name - 1);
    const int unknown = ask(socket, Family::level, Family::get_info, &info, sizeof info);
    if (unknown != 0)
        throw Error("cannot read the legacy table " + name + ": " + error_text(unknown));
    constexpr std::size_t start = offsetof(typename Family::Entries, entrytable);
    std::string answer(start + info.size, '\0');
    name.copy(answer.data(), sizeof info.name - 1);
    std::memcpy(answer.data() + offsetof(typename Family::Entries, size), &info.size, sizeof info.size);
    const int error = ask(socket, Family::level, Family::get_entries, answer.data(), answer.size());
    if (error == EAGAIN)
        return std::nullopt;
    if (error != 0)
        throw Error("cannot read the legacy table " + name + ": " + error_text(error));
    return Snapshot<Family>(info, answer.substr(start));
}

template<typename Family>
Snapshot<Family> snapshot_of(const std::string& table)
{
    const Fd socket(::socket(Family::family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    if (!socket)
        throw Error("cannot read the legacy tables: " + error_text(errno));
    constexpr int most_tries = 100;
    for (int i = 0; i < most_tries; ++i)
        if (auto snapshot = read_table<Family>(socket, table))
            return *std::move(snapshot);
    throw Error("the legacy table " + table + " changed each time that it was read");
}

/// Those that somebody has made the kernel instantiate.
template<typename Family>
std::vector<std::string> tables_in_use()
{
    std::istringstream names(read_file(Family::names).value_or(""));
    std::vector<std::string> tables;
    for (std::string name; std::getline(names, name);)
        tables.push_back(name);
    return tables;
}

template<typename Family>
bool others_use_tables()
{
    const auto tables = tables_in_use<Family>();
    return std::any_of(tables.begin(), tables.end(), [](const std::string& table) {
        return snapshot_of<Family>(table).has_anything_of_others();
    });
}

template<typename Family>
std::set<std::string> filter_chains()
{
    const auto tables = tables_in_use<Family>();
    if (std::find(tables.begin(), tables.end(), "filter") == tables.end())
        return {};
    return snapshot_of<Family>("filter").chains();
}

} // namespace

bool has_legacy_tables()
{
    return read_file(Ipv4::names).has_value();
}

std::set<std::string> legacy_filter_chains(bool ipv6)
{
    return ipv6 ? filter_chains<Ipv6>() : filter_chains<Ipv4>();
}

bool others_use_legacy_tables()
{
    return others_use_tables<Ipv4>() || others_use_tables<Ipv6>();
}

} // namespace uplink
