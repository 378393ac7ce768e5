// SPDX-License-Identifier: GPL-2.0-or-later
// Advisory locks (flock) with a deadline, so that no hook hangs the start of a container for ever.
#pragma once

#include "host/owned.h"

#include <chrono>
#include <string>

namespace uplink
{

/// Our own: held while a hook looks at the host, decides and acts.
inline constexpr const char* our_lock = "/run/lxc-uplink/lock";

/// How long a hook waits for others of its kind.
inline constexpr std::chrono::seconds lock_patience(20);

/// The lock of every program that changes legacy tables (iptables(8), "--wait").
inline constexpr const char* xtables_lock = "/run/xtables.lock";

class Lock
{
  public:
    /// Makes the file where it is missing (mode 0600) and waits for the lock. Throws Error naming the holder
    /// when it cannot be had within `patience`.
    Lock(const std::string& path, std::chrono::milliseconds patience);

    /// Of the locked file: the lock lasts as long as one copy of it is open.
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Lets others have it. Whoever has a copy of the file descriptor gives it up with us, and gets it with
    /// us.
    void release() const;

    /// Waits for it as the constructor does; nothing to do when it is held. Throws Error.
    void take(std::chrono::milliseconds patience) const;

  private:
    std::string path_;
    Fd fd_;
};

/// Whether somebody has the lock now; nobody has that of a missing file.
bool is_locked(const std::string& path);

} // namespace uplink
