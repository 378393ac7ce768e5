// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel in netlink protocols other than rtnetlink: sockets, connections, rules of
// nf_tables. Answers are handed on as they come and nothing is kept, so that a long list can be left at any
// message.
#pragma once

#include "host/owned.h"

#include <cstdint>
#include <cstring>
#include <functional>
#include <linux/netlink.h>
#include <string>
#include <string_view>

namespace uplink
{

/// A whole message: `header` is the kernel's of that type (inet_diag_req_v2, nfgenmsg), `attributes` what
/// netlink_attribute() gave, one behind the other.
std::string netlink_request(int type, int flags, std::string_view header, std::string_view attributes = "");

/// The bytes of a header of the kernel's, with what lies between its fields.
template<typename Header>
std::string_view bytes_of(const Header& header)
{
    return {reinterpret_cast<const char*>(&header), sizeof header};
}

std::string netlink_attribute(int type, std::string_view data);

/// The header of the kernel's that an answer begins with, and the bytes of the attributes behind it; zeros
/// and nothing where the answer is too short.
template<typename Header>
Header header_of(const nlmsghdr* answer)
{
    Header header = {};
    if (answer->nlmsg_len >= NLMSG_HDRLEN + sizeof header)
        std::memcpy(&header, answer + 1, sizeof header);
    return header;
}
template<typename Header>
std::string_view attributes_of(const nlmsghdr* answer)
{
    constexpr std::size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Header));
    if (answer->nlmsg_len < start)
        return {};
    return {reinterpret_cast<const char*>(answer) + start, answer->nlmsg_len - start};
}

class KernelQuestions
{
  public:
    /// Returns whether it wants to hear more.
    using OnAnswer = std::function<bool(const nlmsghdr*)>;

    /// `protocol` is NETLINK_SOCK_DIAG or NETLINK_NETFILTER.
    explicit KernelQuestions(int protocol) : protocol_(protocol) {}

    /// Sends a request that asks for a list (NLM_F_DUMP) or an acknowledgement (NLM_F_ACK), and hands on what
    /// answers it. Returns 0 or the kernel's errno.
    int ask(std::string request, const OnAnswer& on_answer = {});

  private:
    int read_answers(const OnAnswer& on_answer);

    int protocol_;
    Fd socket_; ///< one that a list was left on is not used again: the kernel would go on with it
    std::uint32_t sequence_ = 0;
};

} // namespace uplink
