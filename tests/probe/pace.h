// SPDX-License-Identifier: GPL-2.0-or-later
// When to send, when to stop, and how long things took, all on one clock that nobody sets.
#pragma once

#include <chrono>

namespace probe
{

using Clock = std::chrono::steady_clock;

/// Ticks at times fixed in advance, so that a late one does not move those after it.
class Pace
{
  public:
    explicit Pace(int rate) : period_(std::chrono::nanoseconds(std::chrono::seconds(1)) / rate) {}

    /// Sleeps until the next tick, not at all if that is past, or until a signal comes.
    void wait_for_tick();

  private:
    std::chrono::nanoseconds period_;
    Clock::time_point next_ = Clock::now();
};

/// The longest time from one call of note() to the next.
class LongestGap
{
  public:
    void note(Clock::time_point now);
    [[nodiscard]] double milliseconds() const
    {
        return std::chrono::duration<double, std::milli>(longest_).count();
    }

  private:
    Clock::time_point last_{};
    Clock::duration longest_{};
};

/// From here on SIGTERM ends nothing by itself: told_to_stop() says that it has come.
void catch_sigterm();
bool told_to_stop();

} // namespace probe
