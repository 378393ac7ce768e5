// SPDX-License-Identifier: GPL-2.0-or-later
// What netlink's numbers are called on the command line of ip(8): by name where the name is built into it,
// and by number where files in /etc/iproute2 name it.
#pragma once

#include "host/netlink_attributes.h"

#include <cstdint>
#include <string>

namespace uplink
{

/// The words of a command, as sh takes them.
class IpWords
{
  public:
    void add(const std::string& word) { text_ += (text_.empty() ? "" : " ") + word; }
    void add(const std::string& keyword, const std::string& value) { add(keyword + " " + value); }
    void add(const std::string& keyword, std::uint32_t value) { add(keyword, std::to_string(value)); }
    void add_if(bool said, const std::string& word)
    {
        if (said)
            add(word);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

/// The interface that is called %. Others are called by the names that they have in this network namespace.
struct Placeholder {
    std::string name;
    unsigned ifindex = 0;

    [[nodiscard]] std::string word_for(const std::string& interface) const;
    [[nodiscard]] std::string word_for(unsigned interface) const;
};

/// An IPv4 or IPv6 address of 4 or 16 bytes in network order.
std::string address_word(const std::string& bytes);

/// A MAC address, or what stands for it on links of other types: "02:00:00:00:00:01".
std::string link_address_word(const std::string& bytes);

std::string hexadecimal(std::uint32_t number);

/// RTPROT_*, RT_SCOPE_* and RTN_* of linux/rtnetlink.h. The actions of rules from FR_ACT_BLACKHOLE on
/// (linux/fib_rules.h) have the numbers of the types of routes.
std::string protocol_word(std::uint32_t protocol);
std::string scope_word(std::uint32_t scope);
std::string type_word(std::uint32_t type);

/// The value of RTA_FLOW and FRA_FLOW: "2/3".
std::string realms_word(std::uint32_t realms);

/// The kind of a lightweight tunnel (linux/lwtunnel.h) when an attribute of this type names one:
/// "encap mpls ...", where the dots stand for what is left out, so that nobody takes it for all.
void add_encapsulation(IpWords& words, const Attributes& attributes, int type);

} // namespace uplink
