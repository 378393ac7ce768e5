// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/execute.h"

#include "core/describe.h"
#include "core/error.h"
#include "core/shared.h"
#include "printers.h"
#include "values.h"

#include <functional>
#include <stdexcept>

using namespace uplink;

namespace
{

const Bridge br0 = {"br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {}};
const MasqueradeRule own_rule = {network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag};
const MasqueradeRule shared_rule = {network("10.0.3.0/24"), network("10.0.3.0/24"), "", shared_tag("br0")};
const BridgePort port = {0, 0, "vethQ3", 12, "br0", false, false, false, std::nullopt};

const Plan plan = {{Action::add, br0},
                   {Action::add, RuleSet{{own_rule, shared_rule}}},
                   {Action::add, Ipv4Forwarding{}},
                   {Action::add, port}};

const Keys all_shared = {key_of(br0), *shared_key_of(shared_rule)};

/// Stands where the kernel would: keeps what was tried, and fails where it is told to.
struct Kernel {
    std::function<bool(const Step&)> fails = [](const Step&) { return false; };
    Plan tried;

    Apply apply()
    {
        return [this](const Step& step) {
            tried.push_back(step);
            if (fails(step))
                throw Error("Device or resource busy");
        };
    }
};

Plan first_steps(std::size_t count)
{
    return {plan.begin(), plan.begin() + static_cast<std::ptrdiff_t>(count)};
}

Plan operator+(Plan left, const Plan& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

} // namespace

TEST_CASE("a plan that succeeds is applied in order, once")
{
    Kernel kernel;
    execute_or_roll_back(plan, {}, kernel.apply());
    CHECK(kernel.tried == plan);
}

TEST_CASE("a failing step rolls back, last applied first, itself included")
{
    for (std::size_t n = 0; n < plan.size(); ++n) {
        CAPTURE(n);
        Kernel kernel;
        kernel.fails = [&](const Step& step) { return step == plan[n]; };
        CHECK(refusal_of([&] { execute_or_roll_back(plan, {}, kernel.apply()); }) ==
              "cannot " + describe(plan[n]) + ": Device or resource busy");
        CHECK(kernel.tried == first_steps(n + 1) + plan_post_stop(first_steps(n + 1), {}));
    }
}

TEST_CASE("a failing step that changed nothing is not undone, those before it are")
{
    for (std::size_t n = 0; n < plan.size(); ++n) {
        CAPTURE(n);
        Plan tried;
        const Apply apply = [&](const Step& step) {
            tried.push_back(step);
            if (step == plan[n])
                throw NothingChanged("Device or resource busy");
        };
        CHECK(refusal_of([&] { execute_or_roll_back(plan, {}, apply); }) ==
              "cannot " + describe(plan[n]) + ": Device or resource busy");
        CHECK(tried == first_steps(n + 1) + plan_post_stop(first_steps(n), {}));
    }
}

TEST_CASE("the way back in full")
{
    Kernel kernel;
    kernel.fails = [](const Step& step) { return step == plan.back(); };
    CHECK(refusal_of([&] { execute_or_roll_back(plan, {}, kernel.apply()); }) ==
          "cannot add port vethQ3 to bridge br0: Device or resource busy");
    CHECK(kernel.tried == plan + Plan{{Action::remove, port},
                                      {Action::remove, RuleSet{{own_rule, shared_rule}}},
                                      {Action::remove, br0}});
}

TEST_CASE("a rollback spares what others hold, at whatever step it begins")
{
    for (std::size_t n = 0; n < plan.size(); ++n) {
        CAPTURE(n);
        Kernel kernel;
        kernel.fails = [&](const Step& step) { return step == plan[n]; };
        CHECK_THROWS_AS(execute_or_roll_back(plan, all_shared, kernel.apply()), Error);
        Plan undone;
        if (n >= 3)
            undone.push_back({Action::remove, port});
        if (n >= 1)
            undone.push_back({Action::remove, RuleSet{{own_rule}}});
        CHECK(kernel.tried == first_steps(n + 1) + undone);
    }
}

TEST_CASE("who keeps records hears whether something is left")
{
    Kernel kernel;
    kernel.fails = [](const Step& step) { return step == plan.back(); };
    try {
        execute_or_roll_back(plan, {}, kernel.apply());
    } catch (const LeftBehind&) {
        FAIL("everything was taken back");
    } catch (const Error&) {
    }
    kernel.fails = [](const Step& step) { return step == plan.back() || step.action == Action::remove; };
    CHECK_THROWS_AS(execute_or_roll_back(plan, {}, kernel.apply()), LeftBehind);
}

TEST_CASE("what a library throws is rolled back from, too")
{
    Plan tried;
    const Apply apply = [&](const Step& step) {
        tried.push_back(step);
        if (step == plan.back())
            throw std::out_of_range("map::at");
    };
    CHECK_THROWS_AS(execute_or_roll_back(plan, {}, apply), Error);
    CHECK(tried == plan + plan_post_stop(plan, {}));
}

TEST_CASE("what cannot be undone is told behind what failed, and the way back goes on")
{
    Kernel kernel;
    kernel.fails = [](const Step& step) {
        return step == plan.back() || (step.action == Action::remove && step.resource != Resource(br0));
    };
    CHECK(refusal_of([&] { execute_or_roll_back(plan, {}, kernel.apply()); }) ==
          "cannot add port vethQ3 to bridge br0: Device or resource busy"
          "; and on the way back cannot release port vethQ3 of bridge br0: Device or resource busy"
          "; and on the way back cannot stop masquerading 10.0.3.10 leaving 10.0.3.0/24, 10.0.3.0/24 leaving "
          "it: "
          "Device or resource busy");
    CHECK(kernel.tried.back() == Step{Action::remove, br0});
}

TEST_CASE("an empty plan succeeds")
{
    Kernel kernel;
    execute_or_roll_back({}, {}, kernel.apply());
    CHECK(execute_best_effort({}, kernel.apply()).empty());
    CHECK(kernel.tried.empty());
}

TEST_CASE("best effort tries every step and tells each that failed")
{
    const Plan removals = plan_post_stop(plan, {});
    Kernel kernel;
    kernel.fails = [&](const Step& step) { return step == removals[0] || step == removals[2]; };
    CHECK(execute_best_effort(removals, kernel.apply()) ==
          std::vector<std::string>{"cannot release port vethQ3 of bridge br0: Device or resource busy",
                                   "cannot remove bridge br0: Device or resource busy"});
    CHECK(kernel.tried == removals);
}

TEST_CASE("best effort without a failure has nothing to tell")
{
    Kernel kernel;
    CHECK(execute_best_effort(plan, kernel.apply()).empty());
    CHECK(kernel.tried == plan);
}
