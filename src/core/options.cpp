// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/options.h"

namespace uplink
{

std::string to_string(Mode mode)
{
    switch (mode) {
    case Mode::nat:
        return "nat";
    case Mode::none:
        return "none";
    }
    return "";
}

} // namespace uplink
