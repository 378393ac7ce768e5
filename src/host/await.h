// SPDX-License-Identifier: GPL-2.0-or-later
// For what no file descriptor tells of, so that it has to be asked for again.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace uplink
{

/// Asks whether something `has_happened`, at once and again after pauses that double up to `longest_pause`;
/// once at the least. Says whether it has, within `patience`. Passes on what `has_happened` throws.
template<typename Condition>
bool await(std::chrono::microseconds patience, const Condition& has_happened,
           std::chrono::microseconds longest_pause = std::chrono::milliseconds(2))
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (std::chrono::microseconds pause(50); !has_happened(); pause = std::min(pause * 2, longest_pause)) {
        if (std::chrono::steady_clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

} // namespace uplink
