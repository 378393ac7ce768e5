// SPDX-License-Identifier: GPL-2.0-or-later
// A process that undoes what its author began, should the author die before it ends.
#pragma once

#include "host/owned.h"

#include <functional>
#include <set>
#include <sys/types.h>

namespace uplink
{

/// A forked child in a session of its own, with nothing open but a pipe's read end and `kept`: LXC waits for
/// the end of what it reads from a hook's output, and locks would be held on. It ends when it is told that
/// all is done, or after it has undone it all because its author closed the pipe without a word, as death
/// does.
class Guardian
{
  public:
    /// `undo` runs in the child and must open for itself what it needs. Throws NothingChanged when there can
    /// be no child.
    Guardian(const std::function<void()>& undo, const std::set<int>& kept);

    /// Lets it undo, unless done() was called, and waits for its end.
    ~Guardian();
    Guardian(const Guardian&) = delete;
    Guardian& operator=(const Guardian&) = delete;

    void done();

  private:
    Fd pipe_;
    pid_t child_ = 0;
};

} // namespace uplink
