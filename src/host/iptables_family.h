// SPDX-License-Identifier: GPL-2.0-or-later
// What libiptc has twice, once for each family, so that the rest is written once.
#pragma once

#include <climits>
#include <libiptc/libiptc.h>

extern "C" { // which this header, unlike the other, does not say of itself
#include <libiptc/libip6tc.h>
}

namespace uplink
{

struct Ipv4Family {
    static constexpr bool ipv6 = false;
    using Entry = ipt_entry;
    using Header = ipt_ip;
    static Header& header(Entry& entry) { return entry.ip; }
    static const Header& header(const Entry& entry) { return entry.ip; }

    static constexpr auto init = iptc_init;
    static constexpr auto free = iptc_free;
    static constexpr auto commit = iptc_commit;
    static constexpr auto error_text = iptc_strerror;
    static constexpr auto first_chain = iptc_first_chain;
    static constexpr auto next_chain = iptc_next_chain;
    static constexpr auto is_chain = iptc_is_chain;
    static constexpr auto create_chain = iptc_create_chain;
    static constexpr auto delete_chain = iptc_delete_chain;
    static constexpr auto flush_chain = iptc_flush_entries;
    static constexpr auto references = iptc_get_references;
    static constexpr auto first_rule = iptc_first_rule;
    static constexpr auto next_rule = iptc_next_rule;
    static constexpr auto target = iptc_get_target;
    static constexpr auto append_rule = iptc_append_entry;
    static constexpr auto insert_rule = iptc_insert_entry;
    static constexpr auto delete_rule = iptc_delete_num_entry;
};

struct Ipv6Family {
    static constexpr bool ipv6 = true;
    using Entry = ip6t_entry;
    using Header = ip6t_ip6;
    static Header& header(Entry& entry) { return entry.ipv6; }
    static const Header& header(const Entry& entry) { return entry.ipv6; }

    static constexpr auto init = ip6tc_init;
    static constexpr auto free = ip6tc_free;
    static constexpr auto commit = ip6tc_commit;
    static constexpr auto error_text = ip6tc_strerror;
    static constexpr auto first_chain = ip6tc_first_chain;
    static constexpr auto next_chain = ip6tc_next_chain;
    static constexpr auto is_chain = ip6tc_is_chain;
    static constexpr auto create_chain = ip6tc_create_chain;
    static constexpr auto delete_chain = ip6tc_delete_chain;
    static constexpr auto flush_chain = ip6tc_flush_entries;
    static constexpr auto references = ip6tc_get_references;
    static constexpr auto first_rule = ip6tc_first_rule;
    static constexpr auto next_rule = ip6tc_next_rule;
    static constexpr auto target = ip6tc_get_target;
    static constexpr auto append_rule = ip6tc_append_entry;
    static constexpr auto insert_rule = ip6tc_insert_entry;
    static constexpr auto delete_rule = ip6tc_delete_num_entry;
};

} // namespace uplink
