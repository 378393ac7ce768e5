// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/execute.h"

#include "core/describe.h"
#include "core/error.h"

namespace uplink
{

namespace
{

std::string failure(const Step& step, const std::exception& error)
{
    return "cannot " + describe(step) + ": " + error.what();
}

} // namespace

void execute_or_roll_back(const Plan& plan, const Keys& held_by_others, const Apply& apply)
{
    Plan begun;
    for (const Step& step : plan) {
        begun.push_back(step);
        try {
            apply(step);
        } catch (const std::exception& error) { // of a library, too
            if (dynamic_cast<const NothingChanged*>(&error) != nullptr)
                begun.pop_back();
            std::string text = failure(step, error);
            const auto failures = execute_best_effort(plan_post_stop(begun, held_by_others), apply);
            for (const std::string& left : failures)
                text += "; and on the way back " + left;
            if (!failures.empty())
                throw LeftBehind(text);
            throw Error(text);
        }
    }
}

std::vector<std::string> execute_best_effort(const Plan& plan, const Apply& apply)
{
    std::vector<std::string> failures;
    for (const Step& step : plan) {
        try {
            apply(step);
        } catch (const std::exception& error) {
            failures.push_back(failure(step, error));
        }
    }
    return failures;
}

} // namespace uplink
