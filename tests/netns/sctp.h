// SPDX-License-Identifier: GPL-2.0-or-later
// The first packet of an SCTP connection, made by hand, since the kernel may have no socket of SCTP.
#pragma once

#include "world.h"

#include <string>

namespace uplink
{

/// Skips where the kernel tracks no SCTP. Nobody is to look at the checksum, which this packet has not.
inline void need_tracked_sctp()
{
    if (shell("sysctl -n net.netfilter.nf_conntrack_sctp_timeout_established 2>/dev/null || true").empty())
        skip("this kernel does not track SCTP");
    shell("echo 0 >/proc/sys/net/netfilter/nf_conntrack_checksum");
}

/// An INIT chunk from port 1000 to port 8080; `to` is "IP4-SENDTO:192.0.2.1" or "IP6-SENDTO:[2001:db8::1]".
inline void send_sctp_init(const std::string& from, const std::string& to)
{
    shell("printf "
          "'\\003\\350\\037\\220\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\024\\000\\000\\000"
          "\\001\\000\\001\\000\\000\\000\\001\\000\\001\\000\\000\\000\\001' | " +
          from + "socat -u - " + to + ":132");
}

} // namespace uplink
