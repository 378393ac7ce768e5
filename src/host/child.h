// SPDX-License-Identifier: GPL-2.0-or-later
// Other people's programs: run to their end, or to their deadline, with a plain environment.
#pragma once

#include "core/error.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// How a program ended and what it said.
struct Ended {
    int status = 0; ///< its exit status; 128 + N when signal N ended it, as shells count
    std::string output;
    std::string errors;
};

/// A program that did not end in its time.
class Overdue : public Error
{
  public:
    using Error::Error;
};

/// Where a program is, below /usr/sbin, /usr/bin, /sbin or /bin; nothing when it is in none. PATH is not
/// asked: LXC starts hooks with the one of whoever started the container.
std::optional<std::string> program_path(const std::string& name);

/// Runs a program to its end. Of our environment it gets LXC_* and OVS_* alone, beside a fixed PATH; it reads
/// `input` (at most 64 KiB, what a pipe holds), or /dev/null when that is empty. Throws Overdue when it has
/// not ended by `deadline`: it is killed then. Throws Error when it is not installed or cannot be started.
Ended run_program(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                  const std::string& input = "");

/// What a program prints that is to succeed; likewise. Throws Error with the first line of its errors when it
/// fails.
std::string output_of(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                      const std::string& input = "");

} // namespace uplink
