// SPDX-License-Identifier: GPL-2.0-or-later
// Building and parsing rtnetlink messages with libnl; for the files of class Netlink alone.
#pragma once

#include "core/error.h"
#include "host/owned.h"

#include <array>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string>

namespace uplink
{

using Message = Owned<nl_msg, nlmsg_free>;

/// Throws Error for the return value of a libnl function: these are negative libnl codes, not errno values.
inline void check(int result)
{
    if (result < 0)
        throw Error(nl_geterror(result));
}

/// A message of `type` that begins with a header of the kernel's (ifinfomsg, ifaddrmsg, rtmsg).
template<typename Header>
Message message_with(int type, int flags, Header header)
{
    Message message(nlmsg_alloc_simple(type, flags));
    if (!message)
        throw Error("out of memory");
    check(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO));
    return message;
}

/// 0 stands for a link that is named by an attribute, or for all of them.
inline ifinfomsg about_link(unsigned ifindex)
{
    ifinfomsg header = {};
    header.ifi_index = static_cast<int>(ifindex);
    return header;
}

/// `address`: 4 or 16 bytes, of IPv4 or IPv6.
inline ndmsg about_neighbour(unsigned ifindex, const std::string& address)
{
    ndmsg header = {};
    header.ndm_family = address.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
    header.ndm_ifindex = static_cast<int>(ifindex);
    return header;
}

/// A nested attribute that ends with its scope.
class Nested
{
  public:
    Nested(nl_msg* message, int type)
        : message_(message), attribute_(nla_nest_start(message, type | NLA_F_NESTED))
    {
        if (attribute_ == nullptr)
            throw Error("out of memory");
    }
    ~Nested() { nla_nest_end(message_, attribute_); }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

  private:
    nl_msg* message_;
    nlattr* attribute_;
};

/// The attributes of a message, by type; false when they are malformed.
template<std::size_t size>
bool parse(nlmsghdr* header, int header_size, std::array<nlattr*, size>& attributes)
{
    return nlmsg_parse(header, header_size, attributes.data(), size - 1, nullptr) >= 0;
}

} // namespace uplink
