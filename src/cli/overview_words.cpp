// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/overview.h"

#include "core/nat_networks.h"
#include "core/transfer.h"

namespace uplink
{

std::string word_for(Life life)
{
    switch (life) {
    case Life::alive:
        return "alive";
    case Life::dead:
        return "dead";
    case Life::unknown:
        return "unknown";
    }
    return "";
}

std::string port_for(const NicSpec& nic, const Record& record)
{
    for (const Step& step : record.steps)
        if (const auto* port = std::get_if<BridgePort>(&step.resource);
            port != nullptr && port->nic == nic.index)
            return port->port;
    return "";
}

std::vector<std::string> texts_of(const NicSpec& nic)
{
    std::vector<std::string> texts;
    for (const bool ipv6 : {false, true})
        for (const IpInterface& interface : static_addresses(nic, ipv6))
            texts.push_back(to_string(interface));
    return texts;
}

std::vector<std::string> things_moved(const UplinkJournal& journal)
{
    std::vector<KernelObject> things = journal.move.was.objects;
    std::erase_if(things, [](const KernelObject& object) {
        return object.comes_with_address || object.kind == KernelObject::Kind::neighbour ||
               object.kind == KernelObject::Kind::nexthop;
    });
    return words_on_bridge(things, journal.move.bridge);
}

} // namespace uplink
