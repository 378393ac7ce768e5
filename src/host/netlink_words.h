// SPDX-License-Identifier: GPL-2.0-or-later
// What a netlink message of the kernel's lists says, in the words of ip(8).
#pragma once

#include <string>

namespace uplink
{

/// What `ip address|neighbour|nexthop|route|rule add` takes to make the same thing again on another
/// interface, from an RTM_NEWADDR, RTM_NEWNEIGH, RTM_NEWNEXTHOP, RTM_NEWROUTE or RTM_NEWRULE message, header
/// included: % stands where the name of the interface `name` (with this ifindex) belongs, and in a label that
/// begins with it. Lifetimes are left out. Other interfaces of a multipath route appear by the names that
/// they have now.
std::string words_of(const std::string& message, const std::string& name, unsigned ifindex);

} // namespace uplink
