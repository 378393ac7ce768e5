// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/check.h"

#include "core/check_looks.h"
#include "core/nat_networks.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// Each group is looked at only where those before found nothing, since what they find explains the rest.
const std::vector<std::vector<Look>>& looks_for(const NicWay& way)
{
    static const std::vector<std::vector<Look>> nat = {
        {look_at_link_inside, look_at_port, look_at_bridge, look_at_stray_uplinks},
        {look_at_addresses_inside},
        {look_at_gateway_inside, look_at_ipv6_gateway_inside},
        {look_at_forwarding, look_at_ipv6_forwarding},
        {look_at_neighbour, look_at_routes, look_at_drift, look_at_firewalls, look_at_sizes},
        {look_at_sources, look_at_masquerading},
        {look_at_name_servers},
    };
    static const std::vector<std::vector<Look>> direct = {
        {look_at_link_inside, look_at_port, look_at_bridge, look_at_uplink, look_at_stray_uplinks},
        {look_at_addresses_inside, look_at_addresses_of_the_host},
        {look_at_gateway_inside},
        {look_at_drift, look_at_firewalls, look_at_sizes},
        {look_at_answer_of_gateway},
        {look_at_name_servers},
    };
    static const std::vector<std::vector<Look>> macvlan = {
        {look_at_link_inside, look_at_uplink},
        {look_at_addresses_inside, look_at_addresses_of_the_host},
        {look_at_gateway_inside},
        {look_at_drift},
        {look_at_answer_of_gateway},
        {look_at_name_servers},
    };
    return way.mode == Mode::nat ? nat : way.is_macvlan ? macvlan : direct;
}

std::string question_of(const Passage& passage, const NicWay& way)
{
    switch (passage.obstacle) {
    case Obstacle::drops:
        return " passes";
    case Obstacle::untracks:
        return " is tracked, and therefore masqueraded";
    case Obstacle::diverts:
        return " gets to " + way.container;
    }
    return "";
}

bool is_open(const Passage& passage)
{
    return passage.judgement.fate == Fate::cannot_tell;
}

} // namespace

std::optional<IpAddress> address_of(const NicWay& way, bool ipv6)
{
    for (const IpInterface& wanted : static_addresses(way.nic, ipv6))
        if (std::find(way.inner.addresses.begin(), way.inner.addresses.end(), wanted) !=
            way.inner.addresses.end())
            return wanted.address;
    for (const IpInterface& each : way.inner.addresses)
        if (each.address.ipv6 == ipv6 && !is_link_local(each.address))
            return each.address;
    return std::nullopt;
}

std::vector<Finding> findings(const NicWay& way)
{
    Findings found;
    for (const auto& group : looks_for(way)) {
        if (!found.empty())
            break;
        for (const Look look : group)
            look(found, way);
    }
    look_at_published(found, way);
    return found;
}

bool may_be_traced(const NicWay& way)
{
    return std::any_of(way.passages.begin(), way.passages.end(), [](const Passage& passage) {
        return is_open(passage) && passage.obstacle == Obstacle::drops;
    });
}

std::vector<std::string> open_questions(const NicWay& way)
{
    std::vector<std::string> questions;
    if (way.default_route.unserved)
        questions.push_back(
            "whether what " + way.container +
            " sends gets out: its default route goes by another NIC, which is not served as lxc.net." +
            std::to_string(way.nic.index) + " is");
    for (const Passage& passage : way.passages)
        if (is_open(passage))
            questions.push_back("whether " + passage.what + question_of(passage, way) + ": that depends on " +
                                (passage.judgement.unjudged.empty()
                                     ? std::string("more than its rules say")
                                     : to_string(passage.judgement.unjudged.front())));
    return questions;
}

} // namespace uplink
