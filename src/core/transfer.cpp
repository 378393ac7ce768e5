// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/transfer.h"

#include "core/error.h"
#include "core/ip.h"

#include <algorithm>
#include <functional>
#include <set>

namespace uplink
{

namespace
{

using Kind = KernelObject::Kind;
using Objects = std::vector<KernelObject>;

template<typename Wanted>
Objects those(const NicConfig& config, Wanted wanted)
{
    Objects objects;
    std::copy_if(config.objects.begin(), config.objects.end(), std::back_inserter(objects), wanted);
    return objects;
}

Objects of_kind(const NicConfig& config, Kind kind)
{
    return those(config, [kind](const KernelObject& object) { return object.kind == kind; });
}

const KernelObject* find(const NicConfig& config, const KernelObject& wanted)
{
    const auto found =
        std::find_if(config.objects.begin(), config.objects.end(), [&wanted](const KernelObject& object) {
            return object.kind == wanted.kind && object.identity == wanted.identity;
        });
    return found == config.objects.end() ? nullptr : &*found;
}

/// The reverse path filter drops what comes in by another interface than the one that answers go out by,
/// which on the way is true for a moment: it is loose (2) then. The stricter of conf/all and conf/NAME
/// counts, in this order: 0, 1, 2 (Documentation/networking/ip-sysctl.rst).
constexpr const char* reverse_path_filter = "ipv4/conf/%/rp_filter";
constexpr const char* loose = "2";

/// On the way back the bridge hears no more router advertisements: the kernel would make a default route of
/// one, and prefer it to the NIC's copy, where the NIC is no port any more.
constexpr const char* accept_advertisements = "ipv6/conf/%/accept_ra";

/// Everything between two interfaces, in one direction; the NIC joins or leaves the bridge in the middle.
class Transfer
{
  public:
    /// What is in `kept` stays on the old interface as well.
    Transfer(NicConfig config, std::string from, std::string to, const NicConfig& kept, bool for_good)
        : config_(std::move(config)), from_(std::move(from)), to_(std::move(to)), kept_(kept),
          for_good_(for_good)
    {
    }

    /// Both interfaces have the addresses, the old one still all the traffic.
    void prepare()
    {
        set(to_, config_.settings);
        put(of_kind(config_, Kind::rule));
        put(addresses());
        put(of_kind(config_, Kind::neighbour));
    }

    /// Those that lead to a gateway come before those that go through it, nexthops among them. Nexthops are
    /// replaced: after them no route is left that goes the old way.
    /// What the kernel makes with an address is missing where a move was cut short between the two.
    void switch_routes(bool all)
    {
        const auto direct = those(config_, [](const KernelObject& object) {
            return object.kind == Kind::route && !object.via_gateway;
        });
        const auto indirect = those(config_, [](const KernelObject& object) {
            return object.kind == Kind::route && object.via_gateway;
        });
        put(those({direct, {}},
                  [all](const KernelObject& route) { return all || !route.comes_with_address; }));
        put(of_kind(config_, Kind::nexthop));
        put(indirect);
        take(indirect);
        take(direct);
    }

    void clear_the_old()
    {
        take(addresses());
        for (const KernelObject& address : addresses())
            if (address.ipv6)
                steps_.emplace_back(Settle{to_, address, for_good_});
        take(of_kind(config_, Kind::rule));
        take(those(config_, [](const KernelObject& object) {
            return object.kind == Kind::neighbour && object.permanent;
        }));
    }

    /// What is on the old interface goes nowhere.
    void discard()
    {
        take(of_kind(config_, Kind::route));
        take(addresses());
    }

    void set(const std::string& interface, const std::map<std::string, std::string>& settings)
    {
        for (const auto& [setting, value] : settings)
            steps_.emplace_back(Set{interface, setting, value});
    }

    /// On a Linux bridge a port is deaf for a moment when it joins and when it leaves.
    void by_a_detour(const UplinkMove& move, MoveStep step)
    {
        const bool deaf = move.type == BridgeType::linux_bridge;
        if (deaf)
            then(OpenDetour{move.nic, move.bridge});
        then(std::move(step));
        if (deaf)
            then(CloseDetour{move.nic});
    }

    void then(MoveStep step) { steps_.push_back(std::move(step)); }
    std::vector<MoveStep> steps() && { return std::move(steps_); }

  private:
    /// In the order in which they were made. The kernel lists the newest IPv6 address of a scope first
    /// (ipv6_link_dev_addr()), and prefers it as the source among equals.
    [[nodiscard]] Objects addresses() const
    {
        Objects objects = of_kind(config_, Kind::address);
        const auto ipv6 = std::stable_partition(objects.begin(), objects.end(),
                                                [](const KernelObject& address) { return !address.ipv6; });
        std::reverse(ipv6, objects.end());
        return objects;
    }

    void put(const Objects& objects)
    {
        for (const KernelObject& object : objects)
            steps_.emplace_back(Put{to_, from_, object, for_good_});
    }

    /// Last first, since the first IPv4 address of a network takes the others with it when it goes.
    void take(const Objects& objects)
    {
        for (const KernelObject& object : Objects(objects.rbegin(), objects.rend()))
            if (!object.replaced && find(kept_, object) == nullptr)
                steps_.emplace_back(Take{from_, object});
    }

    NicConfig config_;
    std::string from_;
    std::string to_;
    const NicConfig& kept_;
    bool for_good_;
    std::vector<MoveStep> steps_;
};

/// The settings that are not what `target` has already.
std::map<std::string, std::string> differing(const std::map<std::string, std::string>& settings,
                                             const std::map<std::string, std::string>& target)
{
    std::map<std::string, std::string> different;
    for (const auto& [setting, value] : settings) {
        const auto there = target.find(setting);
        if (there == target.end() || there->second != value)
            different.emplace(setting, value);
    }
    return different;
}

std::string value_of(const NicConfig& config, const char* setting)
{
    const auto found = config.settings.find(setting);
    return found == config.settings.end() ? "0" : found->second;
}

Objects added_since(const UplinkMove& move, const NicConfig& now)
{
    return those(now, [&move](const KernelObject& object) {
        return find(move.was, object) == nullptr && find(move.before, object) == nullptr;
    });
}

} // namespace

void check_carriable(const NicConfig& config)
{
    for (const KernelObject& object : config.objects)
        if (!object.carriable)
            throw Error("route " + words_on(object.interface, object) +
                        " is of a type that cannot be carried to another interface: delete it first");
}

Objects missing_on_bridge(const UplinkMove& move, const NicConfig& now)
{
    return those(move.was, [&now](const KernelObject& object) {
        const bool lasts = object.lasting && object.kind != Kind::neighbour && !object.advertised &&
                           !object.comes_with_address;
        return lasts && find(now, object) == nullptr;
    });
}

Objects cut_off_without(const UplinkMove& move, const NicConfig& now, const std::set<bool>& families)
{
    Objects objects = missing_on_bridge(move, now);
    const auto by_gateway = [](const Objects& among, bool ipv6) {
        return std::any_of(among.begin(), among.end(), [ipv6](const KernelObject& object) {
            return object.kind == Kind::route && object.ipv6 == ipv6 && object.via_gateway;
        });
    };
    const Objects left =
        those(move.was, [&now](const KernelObject& object) { return find(now, object) != nullptr; });
    std::erase_if(objects, [&, gone = objects](const KernelObject& object) {
        return families.contains(object.ipv6) || by_gateway(left, object.ipv6) ||
               !by_gateway(gone, object.ipv6);
    });
    return objects;
}

bool is_bare(const NicConfig& nic)
{
    return std::none_of(nic.objects.begin(), nic.objects.end(), [](const KernelObject& object) {
        const auto address = parse_ip_address(object.words.substr(0, object.words.find_first_of("/ ")));
        return object.kind == Kind::address && object.lasting && !(address && is_link_local(*address));
    });
}

std::vector<KernelObject> left_behind(const UplinkMove& move, const NicConfig& now)
{
    Objects objects = added_since(move, now);
    std::erase_if(objects, [](const KernelObject& object) { return object.carriable; });
    return objects;
}

NicConfig to_return(const UplinkMove& move, const NicConfig& now, bool moved)
{
    NicConfig config;
    for (const KernelObject& object : move.was.objects)
        if (!moved || find(now, object) != nullptr) // else somebody has removed it from the bridge
            config.objects.push_back(object);
    for (const KernelObject& object : added_since(move, now))
        if (object.carriable)
            config.objects.push_back(object);
    if (moved)
        config.settings = differing(now.settings, move.was.settings);
    return config;
}

std::vector<MoveStep> plan_move(const UplinkMove& move)
{
    NicConfig config = move.was;
    config.settings = differing(move.was.settings, move.before.settings);
    config.settings[reverse_path_filter] = loose;
    const NicConfig nothing;
    Transfer transfer(std::move(config), move.nic, move.bridge, nothing, true);
    transfer.prepare();
    transfer.by_a_detour(move, Join{move.nic, move.bridge, move.type});
    transfer.switch_routes(false);
    transfer.clear_the_old();
    transfer.then(Set{move.bridge, reverse_path_filter, value_of(move.was, reverse_path_filter)});
    if (move.new_mac)
        transfer.then(Announce{move.bridge});
    return std::move(transfer).steps();
}

std::vector<MoveStep> plan_return(const UplinkMove& move, const NicConfig& now, bool moved)
{
    Transfer transfer(to_return(move, now, moved), move.bridge, move.nic, move.before, false);
    transfer.then(Set{move.bridge, reverse_path_filter, loose});
    transfer.then(Set{move.bridge, accept_advertisements, "0"});
    transfer.prepare();
    transfer.switch_routes(!moved);
    transfer.by_a_detour(move, Leave{move.nic, move.bridge, move.type});
    transfer.clear_the_old();
    NicConfig bridge = now;
    bridge.settings[reverse_path_filter] = loose;
    bridge.settings[accept_advertisements] = "0";
    transfer.set(move.bridge, differing(move.before.settings, bridge.settings));
    if (move.new_mac)
        transfer.then(Announce{move.nic});
    return std::move(transfer).steps();
}

std::vector<MoveStep> plan_repair(const UplinkMove& move, const NicConfig& missing, const NicConfig& on_nic)
{
    const NicConfig nothing;
    Transfer of_nic(on_nic, move.nic, move.bridge, nothing, true);
    of_nic.discard();
    std::vector<MoveStep> steps = std::move(of_nic).steps();
    Transfer transfer(missing, move.nic, move.bridge, nothing, true);
    transfer.prepare();
    transfer.switch_routes(true);
    transfer.clear_the_old();
    for (MoveStep& step : std::move(transfer).steps())
        steps.push_back(std::move(step));
    return steps;
}

} // namespace uplink
