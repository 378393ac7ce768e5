// SPDX-License-Identifier: GPL-2.0-or-later
// Running plans: all of it or nothing on the way up, as much as can be done on the way down.
#pragma once

#include "core/plan.h"

#include <functional>
#include <string>
#include <vector>

namespace uplink
{

/// Makes one step true in the kernel; throws Error with the bare reason. Doing a step twice does no harm.
using Apply = std::function<void(const Step&)>;

/// Applies the steps in order. When one fails it undoes what was begun, last first, sparing what others hold;
/// the failed step included, which may be half done, unless it threw NothingChanged. Then throws Error
/// "cannot STEP: REASON", with what could not be undone.
void execute_or_roll_back(const Plan& plan, const Keys& held_by_others, const Apply& apply);

/// Applies every step whatever becomes of the others; returns a sentence for each that failed.
std::vector<std::string> execute_best_effort(const Plan& plan, const Apply& apply);

} // namespace uplink
