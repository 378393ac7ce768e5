// SPDX-License-Identifier: GPL-2.0-or-later
// Adds or removes the rules of many containers, each with an address and one published port, in one change;
// prints how long that took, in microseconds. For the scripts beside it.
#include "core/error.h"
#include "host/host.h"
#include "host/process.h"

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace
{

using namespace uplink;

/// Containers 0 to 9,999 are at 10.9.0.2 and on, 250 to a /24.
std::vector<Rule> rules_of_container(unsigned number)
{
    const Ipv4Address address{(10U << 24U) + (9U << 16U) + ((number / 250) << 8U) + number % 250 + 2};
    const IpNetwork inside = network_of(IpAddress(address), 24);
    const auto port = static_cast<std::uint16_t>(10000 + number);
    const std::string tag = "lxc-uplink:0123456789abcdef:1-1-1:c" + std::to_string(number);
    return {MasqueradeRule{host_of(address), inside, "", tag, {}},
            PublishedPort{Protocol::tcp, std::nullopt, {port, port}, address, {80, 80}, inside, tag}};
}

Plan plan_for(Action action, Engine engine, unsigned first, unsigned count)
{
    RuleSet set;
    set.engine = engine;
    for (unsigned i = 0; i < count; ++i)
        for (Rule& rule : rules_of_container(first + i))
            set.rules.push_back(std::move(rule));
    return {{action, set}};
}

unsigned number(const char* text)
{
    return static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::cerr << "usage: container-rules iptables|nftables add|remove FIRST COUNT\n";
        return 2;
    }
    const Engine engine = std::string_view(argv[1]) == "nftables" ? Engine::nftables : Engine::iptables;
    const Action action = std::string_view(argv[2]) == "add" ? Action::add : Action::remove;
    try {
        const Plan plan = plan_for(action, engine, number(argv[3]), number(argv[4]));
        const auto begin = std::chrono::steady_clock::now();
        {
            Host host(viewpoint()); // its end counts: the kernel makes who closes its socket wait
            host.apply(plan.front());
        }
        const auto took = std::chrono::steady_clock::now() - begin;
        std::cout << std::chrono::duration_cast<std::chrono::microseconds>(took).count() << "\n";
    } catch (const Error& error) {
        std::cerr << "container-rules: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
