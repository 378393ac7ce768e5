// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/options.h"

namespace uplink
{

std::string to_string(Mode mode)
{
    switch (mode) {
    case Mode::nat:
        return "nat";
    case Mode::direct:
        return "direct";
    case Mode::none:
        return "none";
    }
    return "";
}

std::string to_string(BridgeType type)
{
    return type == BridgeType::openvswitch ? "openvswitch" : "linux";
}

std::string to_string(Inbound inbound)
{
    return inbound == Inbound::published ? "published" : "any";
}

std::string to_string(const Publication& publication)
{
    return text_of_place(publication.address, publication.ports) + ":" + to_string(publication.to) + "/" +
           to_string(publication.protocol);
}

} // namespace uplink
