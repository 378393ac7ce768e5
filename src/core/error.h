// SPDX-License-Identifier: GPL-2.0-or-later
// The exception type: thrown at the leaf with the bare reason, caught by the executor and at the top of a
// program.
#pragma once

#include <stdexcept>
#include <string>

namespace uplink
{

class Error : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// The same, from a step that failed before it changed anything: there is nothing of it to undo.
class NothingChanged : public Error
{
  public:
    using Error::Error;
};

/// From a rollback that could not take everything back: it must not be forgotten what was done.
class LeftBehind : public Error
{
  public:
    using Error::Error;
};

} // namespace uplink
