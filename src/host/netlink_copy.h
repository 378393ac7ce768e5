// SPDX-License-Identifier: GPL-2.0-or-later
// Copies of rtnetlink messages in which some attributes are others; for kernel_object.cpp and
// kernel_route.cpp.
#pragma once

#include "host/netlink_message.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace uplink
{

/// What a copy of a message is for.
enum class Verb { put, put_in_place, settle, take, compare };

struct Purpose {
    Verb verb = Verb::compare;
    bool for_good = false;
};

/// The bytes of a netlink message, as libnl's functions take them.
class Parsed
{
  public:
    Parsed(std::string message, int header_size) : bytes_(std::move(message))
    {
        int left = nlmsg_attrlen(header(), header_size);
        for (nlattr* attribute = nlmsg_attrdata(header(), header_size); nla_ok(attribute, left) != 0;
             attribute = nla_next(attribute, &left))
            attributes_.push_back(attribute);
    }

    Parsed(const Parsed&) = delete; // the attributes point into the bytes
    Parsed& operator=(const Parsed&) = delete;

    template<typename Header>
    [[nodiscard]] const Header& payload() const
    {
        return *static_cast<const Header*>(nlmsg_data(header()));
    }
    [[nodiscard]] const std::vector<nlattr*>& attributes() const { return attributes_; }
    [[nodiscard]] nlattr* find(int type) const
    {
        const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                        [type](nlattr* attribute) { return nla_type(attribute) == type; });
        return found == attributes_.end() ? nullptr : *found;
    }
    [[nodiscard]] std::uint32_t number(int type) const
    {
        nlattr* attribute = find(type);
        return attribute == nullptr ? 0 : nla_get_u32(attribute);
    }
    [[nodiscard]] std::string text(int type) const
    {
        nlattr* attribute = find(type);
        return attribute == nullptr ? "" : nla_get_string(attribute);
    }

  private:
    [[nodiscard]] nlmsghdr* header() const
    {
        return reinterpret_cast<nlmsghdr*>(const_cast<char*>(bytes_.data()));
    }

    std::string bytes_;
    std::vector<nlattr*> attributes_;
};

inline std::string data_of(nlattr* attribute)
{
    if (attribute == nullptr)
        return "";
    return {static_cast<const char*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute))};
}

/// What becomes of one attribute: true when `put` has put something in its place, or nothing.
using Replace = std::function<bool(nl_msg* copy, nlattr* attribute)>;

inline std::string bytes_of_message(nl_msg* message)
{
    const nlmsghdr* header = nlmsg_hdr(message);
    return {reinterpret_cast<const char*>(header), header->nlmsg_len};
}

template<typename Header>
Message copy_of(const Parsed& original, int type, int flags, const Header& header, const Replace& replace)
{
    Message copy = message_with(type, flags, header);
    for (nlattr* attribute : original.attributes())
        if (!replace(copy.get(), attribute))
            check(nla_put(copy.get(), attribute->nla_type, nla_len(attribute), nla_data(attribute)));
    return copy;
}

constexpr int to_put = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
constexpr int to_take = NLM_F_REQUEST | NLM_F_ACK;

inline int type_of(const std::string& message)
{
    nlmsghdr header = {};
    std::memcpy(&header, message.data(), sizeof header);
    return header.nlmsg_type;
}

} // namespace uplink
