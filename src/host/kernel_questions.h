// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel in netlink protocols other than rtnetlink: sockets, connections, rules of
// nf_tables. Answers are handed on as they come and nothing is kept, so that a long list can be left at any
// message.
#pragma once

#include "host/owned.h"

#include <cstdint>
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
