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

bool overlap(const Publication& left, const Publication& right)
{
    return left.protocol == right.protocol && left.ports.first <= right.ports.last &&
           right.ports.first <= left.ports.last &&
           (!left.address || !right.address || left.address == right.address);
}

std::string to_string(const Publication& publication)
{
    return text_of_place(publication.address, publication.ports) + ":" + to_string(publication.to) + "/" +
           to_string(publication.protocol);
}

} // namespace uplink
