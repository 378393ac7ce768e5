// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink_macvlan.h"

#include "host/netlink_message.h"

#include <linux/if_link.h>

namespace uplink
{

MacvlanMaker::MacvlanMaker() : socket_(nl_socket_alloc())
{
    if (!socket_)
        throw Error("out of memory");
    check(nl_connect(socket_.get(), NETLINK_ROUTE));
}

void MacvlanMaker::make_vepa(const std::string& name, unsigned lower, int there)
{
    Message message =
        message_with(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, about_link(0));
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    check(nla_put_u32(message.get(), IFLA_LINK, lower));
    check(nla_put_u32(message.get(), IFLA_NET_NS_FD, static_cast<std::uint32_t>(there)));
    {
        const Nested linkinfo(message.get(), IFLA_LINKINFO);
        check(nla_put_string(message.get(), IFLA_INFO_KIND, "macvlan"));
        const Nested data(message.get(), IFLA_INFO_DATA);
        check(nla_put_u32(message.get(), IFLA_MACVLAN_MODE, MACVLAN_MODE_VEPA));
    }
    check(nl_send_sync(socket_.get(), message.release())); // which releases it
}

} // namespace uplink
