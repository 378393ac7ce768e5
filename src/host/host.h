// SPDX-License-Identifier: GPL-2.0-or-later
// The host as one thing: what it is like, and making a step true on it.
#pragma once

#include "core/engine_choice.h"
#include "core/host_state.h"
#include "core/plan.h"
#include "core/record.h"
#include "host/firewalld.h"
#include "host/iptables_firewall.h"
#include "host/iptables_nft_firewall.h"
#include "host/lock.h"
#include "host/netlink.h"
#include "host/nftables_firewall.h"
#include "host/ovs.h"
#include "host/uplink_journal.h"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

/// What somebody, or the kernel, has done to an uplink since it was moved.
struct UplinkStanding {
    bool is_port = false;
    bool can_join = false;    ///< it is no port, and may become one again
    bool is_stranded = false; ///< its bridge is gone, and nobody has given it another, or addresses
    std::vector<KernelObject> missing;
    std::vector<KernelObject> cutting_off; ///< see cut_off_without(); none of a bridge that is down
};

class Host
{
  public:
    explicit Host(Viewpoint here);

    [[nodiscard]] const Viewpoint& here() const { return here_; }

    /// Reads what a plan for `spec` depends on.
    HostState state_for(const ContainerSpec& spec);

    /// Waits for a firewalld that has just started.
    void settle_firewalld() { firewalld_.settle(); }

    /// The firewalls of others that are at work here, through which containers may have to be let.
    std::vector<Gate> gates();

    /// Reads which of them are on the way of `spec`, and what opening them depends on.
    void read_gates(HostState& state, const ContainerSpec& spec);
    void read_gates(HostState& state, const ContainerSpec& spec, const std::vector<Gate>& gates);

    /// Which engine is to have the rules of `spec`; `holders`: containers that live, by keys of engines.
    [[nodiscard]] static EngineChoice engine_for(const ContainerSpec& spec,
                                                 const std::map<std::string, std::string>& holders);

    /// Waits for our lock, under which a run looks at the host, decides and acts. It lasts as long as this
    /// object, but for the time in which a moved uplink proves itself. Throws Error.
    void lock(std::chrono::seconds patience);

    /// See Apply in core/execute.h. Moving an uplink needs our lock.
    void apply(const Step& step);

    /// Fills in which links the ports of `plan` are: the host ends of the veths of the container whose init
    /// is `pid`. Throws Error when it has not `veth_count` veths.
    void name_ports(Plan& plan, int pid, unsigned veth_count);

    /// Those of `plan` that added rules, made a bridge of Linux with addresses or a port of one, or turned on
    /// a switch of the kernel, and are no longer so; others may have undone them. No other kinds of things,
    /// and nothing in a firewall that has gone itself. Throws Error.
    Plan lost(const Plan& plan);

    /// Those whose router advertisements this host would disregard once it forwards; see HostState.
    static std::vector<std::string> advertised();

    /// Names of the bridges that this program made.
    std::vector<std::string> own_bridges();

    /// See class Firewall; of all rules of the plan, in its order. An engine takes its tables out for every
    /// question: it is asked once.
    std::vector<Standing> standing(const Plan& plan);

    /// Those of ours in Open vSwitch that have lost the flow by which they switch.
    std::vector<Bridge> bridges_without_flows();

    /// Of all engines.
    std::set<std::string> tags();

    /// Whether a rule of ours, of whichever engine, guards the loopback address against a bridge.
    bool guards_loopback(const std::string& bridge);

    /// Linux unless Open vSwitch knows the bridge.
    BridgeType type_of_bridge(const std::string& name);

    /// For mode direct: nobody else moves the uplink of `spec`, nor looks whether it may, as long as this
    /// object lives. Waits for whoever does for `patience` and the time that his move may take. Before our
    /// lock, which he must be able to take meanwhile. Throws Error.
    void lock_uplink(const ContainerSpec& spec, std::chrono::seconds patience);

    /// Undoes the moves of locked uplinks that were cut short. Needs our lock. Throws Error.
    void undo_what_was_cut_short();

    /// What has been moved, or is being moved, by the journals that can be read.
    [[nodiscard]] std::vector<UplinkJournal> moved_uplinks() const;

    /// A sentence for each journal that cannot be read, without the remedy.
    [[nodiscard]] std::vector<std::string> damaged_journals() const;

    /// Uplinks in bridges that we made of them, without a journal that can be read. A bridge of ours that has
    /// the MAC address of one of its ports was made of it.
    std::vector<UplinkMove> unwritten_moves();

    /// Writes the journal of such a move anew: all that the bridge has is what was moved.
    void write_anew(UplinkMove move);

    /// Whether the bridge is there. Where Open vSwitch does not answer it counts as there.
    bool has_bridge(const std::string& name, BridgeType type);

    /// Whether the bridge has this port, and whether it has others than `nics`, as far as their interfaces
    /// are there.
    bool has_port(const std::string& bridge, const std::string& nic);
    bool has_ports_besides(const std::string& bridge, const std::set<std::string>& nics);

    /// How it stands with one that has been moved.
    UplinkStanding standing_of(const UplinkJournal& journal);

    /// Whether the NIC is still a port of the bridge, and whether a guard is still in force: somebody may
    /// have taken either away.
    bool is_in_place(const UplinkMove& move);
    [[nodiscard]] bool is_in_force(const DhcpGuard& guard) const;

    /// Guards in force on Linux bridges, for whom nobody may answer any more.
    [[nodiscard]] static std::vector<DhcpGuard> guards_in_force();

  private:
    void add(const Bridge& bridge);
    void remove(const Bridge& bridge);
    bool is_lost(const Bridge& bridge);
    bool is_lost(const BridgePort& port);
    Firewall& firewall(Engine engine);
    void add(const RuleSet& set);
    void remove(const RuleSet& set);
    void remove(const TaggedRules& tagged);
    static void add(const Ipv6Forwarding& forwarding);
    static void add(const RouteLocalnet& localnet);
    void remove(const RouteLocalnet& localnet);
    void add(const BridgePort& port);
    void remove(const BridgePort& port);
    void check(const Macvlan& macvlan);
    void add(const DhcpGuard& guard);
    void remove(const DhcpGuard& guard);
    void add(const UplinkMove& move);
    void repair(const UplinkMove& move);
    void remove(const UplinkMove& move);
    void make_ovs_bridge(const Bridge& bridge);
    void add_to_ovs(const BridgePort& port, const Link& link);
    std::string uplink_of(const ContainerSpec& spec);
    [[nodiscard]] std::optional<UplinkJournal> readable_journal(const std::string& nic) const;
    std::vector<Link> ports_of(const std::string& bridge);
    DirectState direct_state_for(const ContainerSpec& spec);
    ParentState parent_state_of(const std::string& name);
    void ask_ovs(UplinkState& found, const ContainerSpec& spec);

    /// Makes a change to a link whose failure counts only when the link still exists: the kernel takes a dead
    /// container's veths down in its own time.
    void unless_gone(unsigned ifindex, const std::function<void()>& change);

    Viewpoint here_;
    Netlink netlink_;
    IptablesFirewall iptables_;
    std::optional<NftablesFirewall> nftables_; ///< from its first use on
    IptablesNftFirewall iptables_nft_;
    FirewalldFirewall firewalld_;
    Ovs ovs_;
    UplinkJournals journals_;
    std::optional<Lock> lock_;
    std::map<std::string, Lock> uplink_locks_; ///< by NIC
    std::optional<Netlink> container_;         ///< inside the container, once its ports are named
};

} // namespace uplink
