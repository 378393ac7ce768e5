// SPDX-License-Identifier: GPL-2.0-or-later
// The host as one thing: what it is like, and making a step true on it.
#pragma once

#include "core/host_state.h"
#include "core/plan.h"
#include "core/record.h"
#include "host/iptables_firewall.h"
#include "host/netlink.h"

#include <functional>
#include <string>
#include <vector>

namespace uplink
{

class Host
{
  public:
    explicit Host(Viewpoint here);

    [[nodiscard]] const Viewpoint& here() const { return here_; }

    /// Reads what a plan for `spec` depends on.
    HostState state_for(const ContainerSpec& spec);

    /// See Apply in core/execute.h.
    void apply(const Step& step);

    /// Fills in which links the ports of `plan` are: the host ends of the veths of the container whose init
    /// is `pid`. Throws Error when it has not `veth_count` veths.
    void name_ports(Plan& plan, int pid, unsigned veth_count);

    /// Names of the bridges that this program made.
    std::vector<std::string> own_bridges();

    std::vector<OwnedRule> owned_rules();

  private:
    void add(const Bridge& bridge);
    void remove(const Bridge& bridge);
    void add(const BridgePort& port);
    void remove(const BridgePort& port);
    Link existing(const std::string& name);

    /// Makes a change to a link whose failure counts only when the link still exists: the kernel takes a dead
    /// container's veths down in its own time.
    void unless_gone(unsigned ifindex, const std::function<void()>& change);

    Viewpoint here_;
    Netlink netlink_;
    IptablesFirewall firewall_;
    std::optional<Netlink> container_; ///< inside the container, once its ports are named
};

} // namespace uplink
