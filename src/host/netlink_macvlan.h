// SPDX-License-Identifier: GPL-2.0-or-later
// Making macvlans upon a NIC of one network namespace in another.
#pragma once

#include "host/owned.h"

#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string>

namespace uplink
{

/// Stays in the network namespace that it was made in, wherever this process goes then.
class MacvlanMaker
{
  public:
    /// Throws Error.
    MacvlanMaker();

    /// Makes a macvlan in mode VEPA, not yet up, with a MAC address of the kernel's choice. `lower` is the
    /// ifindex of a NIC in the maker's namespace, `there` an open file of the namespace that the macvlan is
    /// to be in and to die with. Throws Error with the bare reason.
    void make_vepa(const std::string& name, unsigned lower, int there);

  private:
    Owned<nl_sock, nl_socket_free> socket_;
};

} // namespace uplink
