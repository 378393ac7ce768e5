// SPDX-License-Identifier: GPL-2.0-or-later
// What others have in the legacy tables and in nf_tables, read without a trace.
#include "host/engine_probe.h"

#include "printers.h"
#include "world.h"

#include <chrono>

namespace uplink
{

bool operator==(const EngineFacts& left, const EngineFacts& right)
{
    return left.legacy_tables == right.legacy_tables && left.legacy_rules == right.legacy_rules &&
           left.nft_rules == right.nft_rules;
}

std::ostream& operator<<(std::ostream& out, const EngineFacts& facts)
{
    return out << "legacy tables " << facts.legacy_tables << ", legacy rules " << facts.legacy_rules
               << ", nft rules " << facts.nft_rules;
}

} // namespace uplink

using namespace uplink;

namespace
{

constexpr EngineFacts nothing_there = {true, false, false};
constexpr EngineFacts legacy = {true, true, false};
constexpr EngineFacts nft = {true, false, true};

/// A kernel with legacy tables, in the words of the kernel itself.
struct WorldWithTables : World {
    WorldWithTables()
    {
        if (shell("ls /proc/net").find("ip_tables_names") == std::string::npos)
            skip("this kernel has no legacy tables");
    }
};

std::string instantiated()
{
    return shell(
        "sort /proc/net/ip_tables_names /proc/net/ip6_tables_names; nft list ruleset; cat /proc/modules "
        "2>/dev/null | wc -l");
}

/// Whether a probe leaves what it found.
EngineFacts facts()
{
    const std::string before = instantiated();
    const EngineFacts found = engine_facts();
    CHECK(instantiated() == before);
    return found;
}

double cost_of_facts()
{
    const auto start = std::chrono::steady_clock::now();
    engine_facts();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

TEST_CASE_FIXTURE(WorldWithTables, "where nobody has rules nothing is found, and no table is instantiated")
{
    CHECK(facts() == nothing_there);
    CHECK(shell("cat /proc/net/ip_tables_names").empty());
}

TEST_CASE_FIXTURE(WorldWithTables, "tables that were merely looked at are not in use")
{
    shell("iptables-legacy -t nat -S; iptables-legacy -S; ip6tables-legacy -S; iptables-legacy -N empty;"
          "iptables-nft -S; iptables-nft -N empty; nft add table inet t; nft add chain inet t c '{ type "
          "filter hook input priority 0; }'");
    CHECK(facts() == nothing_there);
}

TEST_CASE_FIXTURE(WorldWithTables, "a rule of others in any legacy table is found")
{
    for (const std::string command :
         {"iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT",
          "iptables-legacy -t nat -A POSTROUTING -j MASQUERADE",
          "iptables-legacy -t raw -A PREROUTING -j RETURN", "ip6tables-legacy -A FORWARD -j DROP"}) {
        const World fresh;
        shell(command);
        CAPTURE(command);
        CHECK(facts() == legacy);
    }
}

TEST_CASE_FIXTURE(WorldWithTables, "a rule in a chain of others is found though nothing leads there")
{
    shell("iptables-legacy -N THEIRS; iptables-legacy -A THEIRS -j RETURN");
    CHECK(facts() == legacy);
}

TEST_CASE_FIXTURE(WorldWithTables, "a legacy policy other than ACCEPT is found")
{
    shell("iptables-legacy -P FORWARD DROP");
    CHECK(facts() == legacy);
    shell("iptables-legacy -P FORWARD ACCEPT; ip6tables-legacy -P INPUT DROP");
    CHECK(facts() == legacy);
}

TEST_CASE_FIXTURE(WorldWithTables,
                  "our own legacy chains and what leads to them do not count, whoever follows")
{
    shell("for t in iptables-legacy ip6tables-legacy; do $t -t nat -N LXC-UPLINK; $t -t nat -N LXC-UPLINK-1; "
          "$t -t nat -N THEIRS;"
          "$t -t nat -A LXC-UPLINK -j LXC-UPLINK-1; $t -t nat -A LXC-UPLINK-1 -j MASQUERADE;"
          "$t -t nat -A POSTROUTING -m comment --comment x -j LXC-UPLINK; done");
    CHECK(facts() == nothing_there);
    shell("iptables-legacy -t nat -A POSTROUTING -j THEIRS");
    CHECK(facts() == legacy);
}

TEST_CASE_FIXTURE(WorldWithTables, "a rule or a policy of others in nf_tables is found, in whatever family")
{
    for (const std::string command :
         {"nft 'table inet t { chain c { accept; }; }'", "iptables-nft -A INPUT -j ACCEPT",
          "ip6tables-nft -P FORWARD DROP", "nft 'table bridge t { chain c { counter; }; }'",
          "nft 'table ip t { chain c { type filter hook forward priority 0; policy drop; }; }'"}) {
        const World fresh;
        shell(command);
        CAPTURE(command);
        CHECK(facts() == nft);
    }
}

TEST_CASE_FIXTURE(WorldWithTables, "our own nft tables do not count, however many rules they hold")
{
    for (const std::string table : {"inet lxc_uplink", "bridge lxc-uplink"})
        shell("{ echo 'add table " + table + "'; echo 'add chain " + table +
              " c { type filter hook input priority 0; policy drop; }';"
              "for i in $(seq 5000); do echo 'add rule " +
              table + " c counter'; done; } | nft -f -");
    CHECK(facts() == nothing_there);
    MESSAGE("beside 10,000 rules of ours: ", cost_of_facts(), " ms");
    shell("nft 'table ip t { chain c { accept; }; }'");
    CHECK(facts() == nft);
}

TEST_CASE_FIXTURE(WorldWithTables, "ten thousand rules of others are read up to the first")
{
    MESSAGE("without any: ", cost_of_facts(), " ms");
    shell("{ echo 'add table ip t'; echo 'add chain ip t c'; for i in $(seq 10000); do echo 'add rule ip t c "
          "counter'; "
          "done; } | nft -f -");
    CHECK(facts() == nft);
    MESSAGE("beside 10,000 nft rules: ", cost_of_facts(), " ms");
    shell("{ echo '*filter'; for i in $(seq 10000); do echo '-A INPUT -s 10.0.0.1 -j ACCEPT'; done; echo "
          "COMMIT; } | "
          "iptables-legacy-restore");
    CHECK(facts() == legacy);
    MESSAGE("beside 10,000 legacy rules: ", cost_of_facts(), " ms");
}
