// SPDX-License-Identifier: GPL-2.0-or-later
// Open vSwitch by its own programs: bridges and ports in its database (ovs-vsctl), DHCP guards as OpenFlow
// flows (ovs-ofctl).
#pragma once

#include "host/child.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// What a bridge or port of ours carries in external_ids, as `lxc-uplink` and `lxc-uplink-boot`. The database
/// outlives a reboot, so that the boot belongs to it.
struct OvsMark {
    std::string tag;
    std::string boot_id;
    bool operator==(const OvsMark&) const = default;
};

/// A bridge or port of ours.
struct OvsOwned {
    std::string bridge;
    std::string port; ///< empty: the bridge itself
    OvsMark mark;
    bool operator==(const OvsOwned&) const = default;
};

/// Every function throws Error with the bare reason, also when a daemon does not answer within `patience`.
/// What adds asks first whether ovs-vswitchd answers: it would else stand in the database all the same.
class Ovs
{
  public:
    /// Whether there is a database to be asked, and a program that asks it.
    static bool is_there();

    explicit Ovs(std::chrono::seconds patience = std::chrono::seconds(5)) : patience_(patience) {}

    /// Answers without asking where ovs-vsctl is not installed or there is no socket of a database
    /// (OVS_RUNDIR, else /var/run/openvswitch): then there are no bridges, no ports, nothing owned.
    [[nodiscard]] bool is_bridge(const std::string& name) const;

    /// The bridge of an interface, be it a port by itself or a member of a bond. Nothing for the bridge's own
    /// port.
    [[nodiscard]] std::optional<std::string> bridge_of(const std::string& interface) const;

    /// Without the bridge's own port.
    [[nodiscard]] std::vector<std::string> ports(const std::string& bridge) const;

    [[nodiscard]] bool vswitchd_answers() const;

    /// Makes a bridge and reads back that it is there with this MAC address; one that we have made already
    /// stays. Its datapath is the kernel's, or the userspace's where all other bridges have that: it is never
    /// a fallback, since beside a userspace bridge the host's own stack hears the uplink too. Its interface
    /// is left down.
    void make_bridge(const std::string& name, const std::string& mac, const OvsMark& mark) const;

    /// Leaves alone a bridge that we have not made. Without ovs-vswitchd it and remove_port() take the thing
    /// out of the database and throw Error, since what holds it in the kernel goes when ovs-vswitchd is back.
    void delete_bridge(const std::string& name) const;

    /// Makes an interface a port and reads back that it is one, since ovs-vsctl ends well without; else takes
    /// it out again. One that is our port on this bridge already stays. The port is transient: it is not
    /// meant to survive a reboot (ovs-ctl(8), delete-transient-ports). `number` is asked for and insisted on;
    /// 0: any.
    void add_port(const std::string& bridge, const std::string& port, const OvsMark& mark,
                  unsigned number = 0) const;

    /// Only from this bridge.
    void remove_port(const std::string& bridge, const std::string& port) const;

    /// No frames between protected ports: the isolation of a Linux bridge's port.
    void set_protected(const std::string& port) const;

    /// The OpenFlow number of a port; 0 when it is none.
    [[nodiscard]] unsigned port_number(const std::string& port) const;

    /// Ports before their bridge.
    [[nodiscard]] std::vector<OvsOwned> owned() const;

    /// Removes what we made in another boot and returns it. Works without ovs-vswitchd too, which then finds
    /// it gone.
    [[nodiscard]] std::vector<OvsOwned> remove_of_other_boots(const std::string& boot_id) const;

    /// Keeps servers of DHCP, DHCPv6 and router advertisements on the host's side of the port `nic` from the
    /// LAN; see core/openflow_guard.h for the flows. Before the NIC is a port it names uplink_port_number,
    /// for which add_port() must then ask; after that the number that the port has. Takes the place of an
    /// earlier guard of this bridge. ovs-vswitchd forgets it when it dies.
    void add_dhcp_guard(const std::string& bridge, const std::string& nic) const;

    /// Removes exactly our flows.
    void remove_dhcp_guard(const std::string& bridge) const;

    /// Whether its flows are there, all and as they should be.
    [[nodiscard]] bool has_dhcp_guard(const std::string& bridge, const std::string& nic) const;

    /// Whether a bridge that is to switch by itself, without a controller, has lost the flow by which it does
    /// (NORMAL), and has no others but the guard's.
    [[nodiscard]] bool has_only_guard(const std::string& bridge) const;
    void let_it_switch(const std::string& bridge) const;

  private:
    using Words = std::vector<std::string>;

    [[nodiscard]] Ended vsctl(const Words& options, const Words& commands) const;

    /// A question: answered by ovsdb-server alone.
    [[nodiscard]] Ended ask(const Words& commands) const;

    /// The rows that commands such as `list` print: of each command, and of a single one.
    [[nodiscard]] std::vector<nlohmann::json> tables(const Words& commands) const;
    [[nodiscard]] nlohmann::json rows(const Words& command) const;
    [[nodiscard]] std::optional<std::string> find_bridge_of(const std::string& interface) const;

    /// Commands as one transaction, in force before this returns.
    void change(const Words& commands) const;
    void change_or_undo(const Words& commands, const Words& undo, const std::function<void()>& verify) const;
    void require_vswitchd() const;
    void verify_bridge(const std::string& name, const std::string& mac) const;
    void verify_port(const std::string& port, unsigned number) const;

    /// Takes things out of the database in any case. False when ovs-vswitchd has not followed.
    [[nodiscard]] bool take_back(const Words& commands) const;
    void remove(const Words& commands) const;
    [[nodiscard]] std::string ofctl(const Words& arguments, const std::string& flows = "") const;

    std::chrono::seconds patience_;
};

} // namespace uplink
