// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace.h"

#include <algorithm>
#include <csignal>
#include <ctime>

namespace probe
{

namespace
{

volatile std::sig_atomic_t stop = 0;

} // namespace

void Pace::wait_for_tick()
{
    using namespace std::chrono;
    next_ += period_;
    const nanoseconds since_boot = next_.time_since_epoch();
    const auto whole = duration_cast<seconds>(since_boot);
    const timespec until{whole.count(), (since_boot - whole).count()};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

void LongestGap::note(Clock::time_point now)
{
    if (last_ != Clock::time_point{})
        longest_ = std::max(longest_, now - last_);
    last_ = now;
}

void catch_sigterm()
{
    struct sigaction action {
    };
    action.sa_handler = [](int) { stop = 1; };
    sigaction(SIGTERM, &action, nullptr);
}

bool told_to_stop()
{
    return stop != 0;
}

} // namespace probe
