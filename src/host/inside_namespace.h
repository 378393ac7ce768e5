// SPDX-License-Identifier: GPL-2.0-or-later
// What a container's network looks like from within: sockets that are made while this lasts belong to it.
#pragma once

#include "host/owned.h"

#include <string>
#include <sys/types.h>

namespace uplink
{

/// This process in the network namespace of another one, until the end of the scope.
class InsideNamespace
{
  public:
    /// Throws Error.
    explicit InsideNamespace(pid_t pid);
    ~InsideNamespace();
    InsideNamespace(const InsideNamespace&) = delete;
    InsideNamespace& operator=(const InsideNamespace&) = delete;

  private:
    Fd home_;
    Fd there_;
};

} // namespace uplink
