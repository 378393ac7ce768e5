// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/option_values.h"

#include "core/error.h"
#include "core/spec.h"

namespace uplink
{

void validate(boost::any& value, const std::vector<std::string>& words, InterfaceName*, int)
{
    const std::string& word = words.front();
    if (const auto fault = fault_of_interface_name(word))
        throw Error("\"" + word + "\" is not an interface name (" + *fault + "): write for example br0");
    value = InterfaceName{word};
}

void validate(boost::any& value, const std::vector<std::string>& words, YesNo*, int)
{
    const std::string& word = words.front();
    if (word != "yes" && word != "no")
        throw Error("\"" + word + "\" is neither yes nor no");
    value = YesNo{word == "yes"};
}

void validate(boost::any& value, const std::vector<std::string>& words, NicIndex*, int)
{
    const std::string& word = words.front();
    const auto index = parse_number(word, 4095);
    if (!index)
        throw Error("\"" + word + "\" is not the number of a NIC: write N of lxc.net.N, for example 0");
    value = NicIndex{static_cast<unsigned>(*index)};
}

void validate(boost::any& value, const std::vector<std::string>& words, Seconds*, int)
{
    const std::string& word = words.front();
    constexpr unsigned most = 300; // LXC waits for its hook
    const auto count = parse_number(word, most);
    if (!count || *count == 0)
        throw Error("\"" + word + "\" is not a number of seconds from 1 to 300: write for example 10");
    value = Seconds{static_cast<unsigned>(*count)};
}

void validate(boost::any& value, const std::vector<std::string>& words, BridgeType*, int)
{
    const std::string& word = words.front();
    if (word == to_string(BridgeType::linux_bridge))
        value = BridgeType::linux_bridge;
    else if (word == to_string(BridgeType::openvswitch))
        value = BridgeType::openvswitch;
    else
        throw Error("\"" + word + "\" is not a type of bridge: write linux or openvswitch");
}

void validate(boost::any& value, const std::vector<std::string>& words, No*, int)
{
    if (words.front() != "no")
        throw Error("\"" + words.front() + "\" is not served by this version: write no");
    value = No{};
}

void validate(boost::any& value, const std::vector<std::string>& words, Mode*, int)
{
    const std::string& word = words.front();
    if (word == "nat")
        value = Mode::nat;
    else if (word == "direct")
        value = Mode::direct;
    else if (word == "none")
        value = Mode::none;
    else
        throw Error("\"" + word + "\" is not a mode: write nat, direct or none");
}

BridgeAddress parse_bridge_address(const std::string& word)
{
    if (const auto ipv4 = parse_ipv4_interface(word)) {
        if (!is_host_address(*ipv4))
            throw Error("\"" + word + "\" is no address that a host can have: write for example 10.0.3.1/24");
        return *ipv4;
    }
    if (auto ipv6 = parse_ipv6_interface(word))
        return *std::move(ipv6);
    throw Error("\"" + word + "\" is not an address with a prefix length: write for example 10.0.3.1/24");
}

} // namespace uplink
