// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes of an rtnetlink message, or of what is nested in one, for those who only read them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <linux/rtnetlink.h>
#include <map>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string>
#include <string_view>
#include <vector>

namespace uplink
{

/// The header of the kernel's that a message begins with, and the bytes of the attributes behind it; zeros
/// and nothing where it is too short.
template<typename Header>
Header header_of(const nlmsghdr* message)
{
    Header header = {};
    if (message->nlmsg_len >= NLMSG_HDRLEN + sizeof header)
        std::memcpy(&header, message + 1, sizeof header);
    return header;
}
template<typename Header>
std::string_view attributes_of(const nlmsghdr* message)
{
    constexpr std::size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Header));
    if (message->nlmsg_len < start)
        return {};
    return {reinterpret_cast<const char*>(message) + start, message->nlmsg_len - start};
}

/// They point into the message.
class Attributes
{
  public:
    /// Of `length` bytes.
    Attributes(const nlattr* first, int length)
    {
        for (const nlattr* attribute = first; nla_ok(attribute, length) != 0;
             attribute = nla_next(attribute, &length))
            attributes_.emplace(nla_type(attribute), attribute);
    }

    explicit Attributes(std::string_view bytes)
        : Attributes(reinterpret_cast<const nlattr*>(bytes.data()), static_cast<int>(bytes.size()))
    {
    }

    [[nodiscard]] bool has(int type) const { return attributes_.contains(type); }

    /// Of one, two or four bytes in the host's order; 0 when there is none.
    [[nodiscard]] std::uint32_t number(int type) const
    {
        const nlattr* attribute = find(type);
        switch (attribute == nullptr ? 0 : nla_len(attribute)) {
        case sizeof(std::uint8_t):
            return nla_get_u8(attribute);
        case sizeof(std::uint16_t):
            return nla_get_u16(attribute);
        case sizeof(std::uint32_t):
            return nla_get_u32(attribute);
        default:
            return 0;
        }
    }

    /// Empty when there is none.
    [[nodiscard]] std::string bytes(int type) const
    {
        const nlattr* attribute = find(type);
        if (attribute == nullptr)
            return "";
        return {static_cast<const char*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute))};
    }

    /// The same without the zero byte at its end.
    [[nodiscard]] std::string text(int type) const
    {
        const std::string data = bytes(type);
        return data.substr(0, data.find('\0'));
    }

    /// A struct of the kernel's; zeros when there is none.
    template<typename Value>
    [[nodiscard]] Value value(int type) const
    {
        Value value = {};
        const std::string data = bytes(type);
        std::memcpy(&value, data.data(), std::min(sizeof value, data.size()));
        return value;
    }

    [[nodiscard]] Attributes nested(int type) const
    {
        const nlattr* attribute = find(type);
        return {static_cast<const nlattr*>(attribute == nullptr ? nullptr : nla_data(attribute)),
                attribute == nullptr ? 0 : nla_len(attribute)};
    }

  private:
    [[nodiscard]] const nlattr* find(int type) const
    {
        const auto found = attributes_.find(type);
        return found == attributes_.end() ? nullptr : found->second;
    }

    std::map<int, const nlattr*> attributes_;
};

/// The hops of a multipath route, whose RTA_MULTIPATH has `length` bytes from `hop` on; they point into it.
/// RTNH_OK() alone would read the length of a hop behind the last one.
template<typename Hop>
std::vector<Hop*> hops_in(Hop* hop, int length)
{
    constexpr int header = sizeof(rtnexthop);
    std::vector<Hop*> hops;
    while (length >= header && RTNH_OK(hop, length)) {
        hops.push_back(hop);
        length -= static_cast<int>(RTNH_ALIGN(hop->rtnh_len));
        hop = RTNH_NEXT(hop);
    }
    return hops;
}

/// The same of the attribute itself.
inline std::vector<rtnexthop*> hops_of(const nlattr* multipath)
{
    return hops_in(static_cast<rtnexthop*>(nla_data(multipath)), nla_len(multipath));
}

} // namespace uplink
