// SPDX-License-Identifier: GPL-2.0-or-later
// What a firewall engine is asked for, whichever it is: rules as plain values. How they are written is the
// engines' own: core/iptables_rules.h, core/nftables_rules.h.
#pragma once

#include "core/ip.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace uplink
{

/// Who applies the rules: the kernel's legacy tables, by libiptc, or nf_tables, by libnftables. Rules that
/// open somebody else's firewall may also be in the tables that iptables-nft keeps in nf_tables, by that
/// command, or in firewalld's run-time configuration, by D-Bus.
enum class Engine { iptables, nftables, iptables_nft, firewalld };

std::string to_string(Engine engine);

std::optional<Engine> parse_engine(std::string_view word);

enum class Protocol { tcp, udp, sctp };

std::string to_string(Protocol protocol);

std::optional<Protocol> parse_protocol(std::string_view word);

/// Ports from `first` to `last`, both included, in host byte order.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    auto operator<=>(const PortRange&) const = default;
};

/// "80" or "8000-8010".
std::string to_string(const PortRange& ports);

/// Reads these; nothing when the text is anything else, or the last is before the first, or 0.
std::optional<PortRange> parse_ports(std::string_view text);

/// How the source of what leaves is rewritten.
struct SourceNat {
    std::optional<IpAddress> to;    ///< SNAT to this one; nothing: MASQUERADE
    std::optional<PortRange> ports; ///< of tcp, udp and sctp; nothing: the kernel keeps the port if it can
    bool random_fully = false;
    bool operator==(const SourceNat&) const = default;
};

/// What `source` sends outside `inside` takes the address of the interface that it leaves by. Multicast and
/// the limited broadcast (IPv6: multicast) do not.
struct MasqueradeRule {
    IpNetwork source; ///< a container's own address, or the network of the bridge
    IpNetwork inside;
    std::string out; ///< leaving by this interface only; empty: by any
    std::string tag;
    SourceNat nat = {};
    bool operator==(const MasqueradeRule&) const = default;
};

/// A port of the host's that leads into a container: from outside, from the host itself (IPv4: its loopback
/// address included), from other containers and from the container itself.
struct PublishedPort {
    Protocol protocol = Protocol::tcp;
    std::optional<IpAddress> address; ///< of the host's; nothing: all of them of the family of `to`
    PortRange ports;
    IpAddress to;
    PortRange to_ports; ///< as many as `ports`
    IpNetwork inside;   ///< the network of the bridge: what comes from there is masqueraded, to come back
    std::string tag;
    bool operator==(const PublishedPort&) const = default;
};

/// New connections that are forwarded to `destination` from elsewhere than its bridge are dropped, unless
/// some DNAT rule brought them there (`open` false); or left alone, whatever wider rule says otherwise
/// (`open` true).
struct InboundRule {
    IpNetwork destination; ///< a container's own address, or the network of the bridge
    std::string bridge;
    bool open = false;
    std::string tag;
    bool operator==(const InboundRule&) const = default;
};

/// What comes in by `bridge` from or for 127.0.0.0/8 is dropped, which net.ipv4.conf.BRIDGE.route_localnet
/// would else let in.
struct LoopbackGuard {
    std::string bridge;
    std::string tag;
    bool operator==(const LoopbackGuard&) const = default;
};

/// Programs that drop what the host forwards unless it is let through in the place that they keep for that.
enum class Gatekeeper { docker, ufw, firewalld };

/// The gatekeeper lets through what a container sends out of its bridge, and what belongs to it or is brought
/// by some DNAT rule. Of firewalld: what the host itself gets from the container too.
struct ForwardOpening {
    Gatekeeper gatekeeper = Gatekeeper::docker;
    IpNetwork container; ///< its own address, or the network of its bridge; of length 0: all on the bridge
    std::string bridge;
    bool bridged = false; ///< what goes from port to port of the bridge, both ways, and is not forwarded
    bool open = false;    ///< new connections from outside too
    std::string zone;     ///< of firewalld, that what is opened is bound to
    std::string tag;
    bool operator==(const ForwardOpening&) const = default;
};

/// The gatekeeper lets the containers on a bridge ask a server of the host's.
struct ServiceOpening {
    Gatekeeper gatekeeper = Gatekeeper::ufw;
    std::string bridge;
    bool ipv6 = false;
    Protocol protocol = Protocol::udp;
    std::uint16_t port = 0; ///< in host byte order
    std::string tag;
    bool operator==(const ServiceOpening&) const = default;
};

using Rule =
    std::variant<MasqueradeRule, PublishedPort, InboundRule, LoopbackGuard, ForwardOpening, ServiceOpening>;

/// All rules of a container, since one change of a table costs as much as many.
struct RuleSet {
    std::vector<Rule> rules;
    std::optional<Engine> engine = Engine::iptables; ///< nothing, to remove: wherever they are
    bool operator==(const RuleSet&) const = default;
};

const std::string& tag_of(const Rule& rule);

/// "docker".
std::string to_string(Gatekeeper gatekeeper);

std::optional<Gatekeeper> parse_gatekeeper(std::string_view word);

/// Those rules that publish a port.
std::vector<PublishedPort> published_ports(const std::vector<Rule>& rules);

/// Whether the rule is for somebody else's firewall.
bool is_opening(const Rule& rule);

/// "8080", "192.0.2.1:8080", "[fd00::1]:8080-8090".
std::string text_of_place(const std::optional<IpAddress>& address, const PortRange& ports);

/// "192.0.2.1:8080/tcp"
std::string text_of_port(const std::optional<IpAddress>& address, const PortRange& ports, Protocol protocol);

} // namespace uplink
