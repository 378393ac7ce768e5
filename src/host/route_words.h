// SPDX-License-Identifier: GPL-2.0-or-later
// A route in the words of ip(8); for netlink_words.cpp alone.
#pragma once

#include "host/ip_words.h"

#include <linux/rtnetlink.h>
#include <string>

namespace uplink
{

/// What `ip route add` takes; see words_of().
std::string route_words(const rtmsg& header, const Attributes& route, const Placeholder& interface);

} // namespace uplink
