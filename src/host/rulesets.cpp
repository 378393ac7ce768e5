// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/rulesets.h"

#include "core/iptables_save.h"
#include "host/child.h"
#include "host/file.h"
#include "host/nft_probe.h"
#include "host/nft_ruleset.h"
#include "host/nftables.h"

#include <iterator>
#include <sstream>

namespace uplink
{

namespace
{

constexpr std::chrono::seconds patience_with_tools{10};

void append(HostFirewall& all, HostFirewall more)
{
    all.chains.insert(all.chains.end(), std::make_move_iterator(more.chains.begin()),
                      std::make_move_iterator(more.chains.end()));
    all.sets_marks = all.sets_marks || more.sets_marks;
}

HostFirewall unreadable_table(const std::string& family, const std::string& table, const std::string& reason)
{
    HostFirewall firewall;
    firewall.sets_marks = true;
    const FirewallRule rule = {{}, RuleVerdict::unknown, "", "the table cannot be read: " + reason};
    for (const auto& [name, hook] :
         {std::pair("PREROUTING", PacketHook::prerouting), std::pair("INPUT", PacketHook::input),
          std::pair("FORWARD", PacketHook::forward)})
        firewall.chains.push_back(
            {FirewallFlavour::legacy, family, table, name, ChainBase{hook, 0, false}, {rule}});
    return firewall;
}

HostFirewall legacy_table(const std::string& table, bool ipv6)
{
    try {
        return read_iptables_save(
            output_of({ipv6 ? "ip6tables-legacy-save" : "iptables-legacy-save", "-t", table},
                      patience_with_tools),
            ipv6, FirewallFlavour::legacy);
    } catch (const Error& error) {
        return unreadable_table(ipv6 ? "ip6" : "ip", table, error.what());
    }
}

void append_legacy_tables(HostFirewall& all, bool ipv6)
{
    std::istringstream names(
        read_file(ipv6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names").value_or(""));
    for (std::string name; std::getline(names, name);)
        append(all, legacy_table(name, ipv6));
}

/// Nothing where the tool is missing or does not know what to make of the table: nft does.
HostFirewall table_of_iptables_nft(const NftTable& table)
{
    const bool ipv6 = table.first == "ip6";
    const std::string program = ipv6 ? "ip6tables-nft-save" : "iptables-nft-save";
    if (!program_path(program))
        return {};
    try {
        return read_iptables_save(output_of({program, "-t", table.second}, patience_with_tools), ipv6,
                                  FirewallFlavour::iptables_nft);
    } catch (const Error&) {
        return {};
    }
}

void append_nftables(HostFirewall& all)
{
    const std::string json = Nftables().run("list ruleset");
    const std::string listing = Nftables(NftablesOutput::text).run("list ruleset");
    std::set<NftTable> printed;
    for (const NftTable& table : iptables_nft_tables(json)) {
        HostFirewall firewall = table_of_iptables_nft(table);
        if (!firewall.chains.empty())
            printed.insert(table);
        append(all, std::move(firewall));
    }
    append(all, read_nft_ruleset(json, listing, printed));
}

} // namespace

HostFirewall read_host_firewall()
{
    HostFirewall all;
    for (const bool ipv6 : {false, true})
        append_legacy_tables(all, ipv6);
    if (has_nftables_tables())
        append_nftables(all);
    return all;
}

} // namespace uplink
