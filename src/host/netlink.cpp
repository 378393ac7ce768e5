// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "host/file.h"
#include "host/inside_namespace.h"
#include "host/netlink_message.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/socket.h>
#include <sched.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

Owned<nl_sock, nl_socket_free> connected_socket()
{
    Owned<nl_sock, nl_socket_free> socket(nl_socket_alloc());
    if (!socket)
        throw Error("out of memory");
    // An acknowledgement behind an answer would be taken for that of the next request.
    nl_socket_disable_auto_ack(socket.get());
    check(nl_connect(socket.get(), NETLINK_ROUTE));
    // Kernels since 4.12 and 4.20; older ones answer without these comforts.
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
        const int on = 1;
        ::setsockopt(nl_socket_get_fd(socket.get()), SOL_NETLINK, option, &on, sizeof on);
    }
    return socket;
}

struct Answer {
    const std::function<void(nlmsghdr*)>* on_message;
    int error = 0;
    std::string explanation;
};

/// The kernel's own sentence, which follows the error (linux/netlink.h: NLMSGERR_ATTR_MSG).
std::string explanation_of(nlmsghdr* header, nlmsgerr* error)
{
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return "";
    const bool capped = (header->nlmsg_flags & NLM_F_CAPPED) != 0;
    const std::size_t echoed = capped ? 0 : error->msg.nlmsg_len - sizeof(nlmsghdr);
    auto* first =
        reinterpret_cast<nlattr*>(reinterpret_cast<char*>(error) + sizeof *error + NLMSG_ALIGN(echoed));
    const auto used = reinterpret_cast<char*>(first) - reinterpret_cast<char*>(header);
    const auto* text = nla_find(first, static_cast<int>(header->nlmsg_len - used), NLMSGERR_ATTR_MSG);
    return text == nullptr ? "" : nla_get_string(const_cast<nlattr*>(text));
}

int on_valid(nl_msg* message, void* argument)
{
    const auto* answer = static_cast<Answer*>(argument);
    if (*answer->on_message)
        (*answer->on_message)(nlmsg_hdr(message));
    return NL_OK;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* argument)
{
    auto* answer = static_cast<Answer*>(argument);
    answer->error = -error->error;
    auto* header = reinterpret_cast<nlmsghdr*>(reinterpret_cast<char*>(error) - NLMSG_HDRLEN);
    answer->explanation = explanation_of(header, error);
    return NL_STOP;
}

int stop(nl_msg*, void*)
{
    return NL_STOP;
}

} // namespace

Netlink::Netlink() : socket_(connected_socket()) {}

Netlink Netlink::inside(pid_t pid)
{
    const InsideNamespace scope(pid);
    return {};
}

Fd Netlink::changes_inside(pid_t pid)
{
    const InsideNamespace scope(pid);
    Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl groups = {};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&groups), sizeof groups) != 0)
        throw Error("cannot watch the network of process " + std::to_string(pid) + ": " + error_text(errno));
    return socket;
}

int Netlink::transact(nl_msg* message, const OnMessage& on_message, std::string& explanation)
{
    Answer answer{&on_message, 0, ""};
    const Owned<nl_cb, nl_cb_put> callbacks(nl_cb_alloc(NL_CB_DEFAULT));
    if (!callbacks)
        throw Error("out of memory");
    nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &answer);
    nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, stop, nullptr);
    nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, stop, nullptr);
    nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &answer);
    nlmsg_hdr(message)->nlmsg_seq = NL_AUTO_SEQ; // a message that is sent again needs a new number
    check(nl_send_auto(socket_.get(), message));
    const int result = nl_recvmsgs(socket_.get(), callbacks.get());
    if (result == -NLE_DUMP_INTR)
        return EINTR;
    if (answer.error == 0) // else the result is the same error in libnl's numbers
        check(result);
    explanation = answer.explanation;
    return answer.error;
}

int Netlink::send(const std::string& request)
{
    std::string copy = request; // since libnl takes no constant one
    const Message message(nlmsg_convert(reinterpret_cast<nlmsghdr*>(copy.data())));
    if (!message)
        throw Error("out of memory");
    std::string explanation;
    return transact(message.get(), {}, explanation);
}

void Netlink::request(nl_msg* message, const OnMessage& on_message)
{
    std::string explanation;
    const int error = transact(message, on_message, explanation);
    if (error != 0)
        throw Error(error_text(error) + (explanation.empty() ? "" : " (" + explanation + ")"));
}

void Netlink::dump(nl_msg* message, const std::function<void()>& start_over, const OnMessage& on_message)
{
    // The kernel says so when a list changed while it was read; on a host where containers come and go it
    // often does.
    constexpr int most_tries = 100;
    for (int i = 0; i < most_tries; ++i) {
        start_over();
        std::string explanation;
        const int error = transact(message, on_message, explanation);
        if (error == 0)
            return;
        if (error != EINTR)
            throw Error(error_text(error));
    }
    throw Error("the kernel's list changed each time that it was read");
}

} // namespace uplink
