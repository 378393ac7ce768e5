// SPDX-License-Identifier: GPL-2.0-or-later
// The keys under which containers hold what they share, and claim what only one may have.
#include "core/shared.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

MasqueradeRule shared_rule(const std::string& bridge, const std::string& inside, const std::string& out = "")
{
    return {network(inside), network(inside), out, shared_tag(bridge)};
}

const MasqueradeRule own_rule = {network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag};
const Bridge br0 = {"br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {{"fd00::1", 64}}};

} // namespace

TEST_CASE("a bridge and a shared rule have keys that are folder names")
{
    CHECK(key_of(br0) == "bridge:br0");
    CHECK(shared_key_of(shared_rule("br0", "10.0.3.0/24")) == "masquerade:br0:10.0.3.0-24:");
    CHECK(shared_key_of(shared_rule("br0", "10.0.3.0/24", "eth0")) == "masquerade:br0:10.0.3.0-24:eth0");
}

TEST_CASE("a container's own rule has no key")
{
    CHECK(shared_key_of(own_rule) == std::nullopt);
}

TEST_CASE("a plan holds its bridge and its shared rules, each once")
{
    const Plan plan = {{Action::add, br0},
                       {Action::add, RuleSet{{own_rule, shared_rule("br0", "10.0.3.0/24"),
                                              shared_rule("br1", "10.0.4.0/24", "eth0")}}},
                       {Action::add, Ipv4Forwarding{}},
                       {Action::add, BridgePort{}},
                       {Action::add, br0}};
    CHECK(shared_keys(plan) == Keys{"bridge:br0", "engine:iptables",
                                    "masquerade:br0:10.0.3.0-24:", "masquerade:br1:10.0.4.0-24:eth0"});
    CHECK(shared_keys({}).empty());
}

TEST_CASE("a key alone is enough to remove what it stands for")
{
    CHECK(removal_of("bridge:br0") == Step{Action::remove, Bridge{"br0", "", {}, {}, true}});
    for (const MasqueradeRule& rule : {shared_rule("br0", "10.0.3.0/24"), shared_rule("br-1.2", "0.0.0.0/0"),
                                       shared_rule("lxcbr0", "192.0.2.128/25", "eth0.100"),
                                       shared_rule("br0", "10.0.3.0/24", "en-p3s0")}) {
        const auto key = shared_key_of(rule);
        REQUIRE(key);
        CAPTURE(*key);
        CHECK(removal_of(*key) == Step{Action::remove, RuleSet{{rule}, std::nullopt}});
    }
}

TEST_CASE("what is removed by key is what holders of the key share")
{
    const auto removal = removal_of(*shared_key_of(shared_rule("br0", "10.0.3.0/24")));
    REQUIRE(removal);
    CHECK(shared_keys({{Action::add, removal->resource}}) == Keys{"masquerade:br0:10.0.3.0-24:"});
}

TEST_CASE("a claim or a text that is no key removes nothing")
{
    for (const char* key :
         {"address:br0:10.0.3.10", "", "bridge", "bridge:br0:1", "masquerade:br0:10.0.3.0-24",
          "masquerade:br0:10.0.3.0:", "masquerade:br0:10.0.3.0-33:", "masquerade:br0::", "other:x"}) {
        CAPTURE(key);
        CHECK(removal_of(key) == std::nullopt);
    }
}

TEST_CASE("a shared thing has a name for people, and a claim keeps its key")
{
    CHECK(name_of_key("bridge:br0") == "bridge br0");
    CHECK(name_of_key("masquerade:br0:10.0.3.0-24:") == "masquerading of 10.0.3.0/24");
    CHECK(name_of_key("masquerade:br0:10.0.3.0-24:eth0") == "masquerading of 10.0.3.0/24 by eth0");
    CHECK(name_of_key("address:br0:10.0.3.10") == "address:br0:10.0.3.10");
}
