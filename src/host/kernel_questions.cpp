// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_questions.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <sys/socket.h>

namespace uplink
{

namespace
{

std::string padded(std::string_view data)
{
    std::string bytes(data);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
    return bytes;
}

/// The errno value that a message ends an answer with; nothing when it does not end it.
std::optional<int> end_of_answer(const nlmsghdr* header)
{
    int error = 0; // the first field of nlmsgerr, and all that a list's end may hold
    if (header->nlmsg_type != NLMSG_DONE && header->nlmsg_type != NLMSG_ERROR)
        return std::nullopt;
    if (header->nlmsg_len >= NLMSG_HDRLEN + sizeof error)
        std::memcpy(&error, header + 1, sizeof error);
    return -error;
}

} // namespace

std::string netlink_request(int type, int flags, std::string_view header, std::string_view attributes)
{
    nlmsghdr start = {};
    start.nlmsg_type = static_cast<std::uint16_t>(type);
    start.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    start.nlmsg_len =
        static_cast<std::uint32_t>(sizeof start + NLMSG_ALIGN(header.size()) + attributes.size());
    return std::string(bytes_of(start)) + padded(header) + std::string(attributes);
}

std::string netlink_attribute(int type, std::string_view data)
{
    nlattr start = {};
    start.nla_type = static_cast<std::uint16_t>(type);
    start.nla_len = static_cast<std::uint16_t>(sizeof start + data.size());
    return std::string(bytes_of(start)) + padded(data);
}

int KernelQuestions::ask(std::string request, const OnAnswer& on_answer)
{
    if (!socket_)
        socket_ = Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
    if (!socket_)
        return errno;
    ++sequence_;
    std::memcpy(request.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence_, sizeof sequence_);
    if (::send(socket_.get(), request.data(), request.size(), 0) < 0)
        return errno;
    return read_answers(on_answer);
}

int KernelQuestions::read_answers(const OnAnswer& on_answer)
{
    constexpr std::size_t most_of_a_dump = 32768; // NLMSG_GOODSIZE is no more than that
    alignas(nlmsghdr) std::array<std::byte, most_of_a_dump> buffer{};
    for (;;) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        auto size = static_cast<std::size_t>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, size);
             header = NLMSG_NEXT(header, size)) {
            if (const auto error = end_of_answer(header))
                return *error;
            if (on_answer && !on_answer(header)) {
                socket_ = Fd();
                return 0;
            }
        }
    }
}

} // namespace uplink
