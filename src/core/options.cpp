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

} // namespace uplink
