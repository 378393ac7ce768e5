// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/firewall_model.h"

namespace uplink
{

std::string to_string(FirewallFlavour flavour)
{
    switch (flavour) {
    case FirewallFlavour::legacy:
        return "iptables-legacy";
    case FirewallFlavour::iptables_nft:
        return "iptables-nft";
    case FirewallFlavour::nft:
        return "nft";
    }
    return "";
}

AddressIn address_in(bool destination, const IpNetwork& network)
{
    constexpr unsigned bits_of_a_byte = 8;
    AddressIn all = {destination, network.base, network.base};
    for (unsigned bit = network.prefix_length; bit < full_length(network.base); ++bit)
        all.last.bytes.at(bit / bits_of_a_byte) |= static_cast<std::uint8_t>(0x80U >> bit % bits_of_a_byte);
    return all;
}

} // namespace uplink
