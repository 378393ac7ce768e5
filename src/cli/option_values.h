// SPDX-License-Identifier: GPL-2.0-or-later
// The values that options take, each as a type of its own, so that a bad one is refused where it is read.
#pragma once

#include "core/address.h"
#include "core/options.h"

#include <boost/any.hpp>
#include <string>
#include <variant>
#include <vector>

namespace uplink
{

struct InterfaceName {
    std::string text;
};

/// A NIC of the host's, as opposed to a bridge.
struct NicName {
    std::string text;
};

struct YesNo {
    bool yes = false;
};

struct AutoOff {
    bool automatic = false;
};

struct NicIndex {
    unsigned index = 0;
};

struct Seconds {
    unsigned count = 0;
};

struct Ports {
    PortRange range;
};

using BridgeAddress = std::variant<Ipv4Interface, Ipv6Interface>;

// Found by Boost.Program_options through argument-dependent lookup. Each throws uplink::Error: "X is not
// ...".
void validate(boost::any& value, const std::vector<std::string>& words, InterfaceName*, int);
void validate(boost::any& value, const std::vector<std::string>& words, NicName*, int);
void validate(boost::any& value, const std::vector<std::string>& words, YesNo*, int);
void validate(boost::any& value, const std::vector<std::string>& words, AutoOff*, int);
void validate(boost::any& value, const std::vector<std::string>& words, NicIndex*, int);
void validate(boost::any& value, const std::vector<std::string>& words, Seconds*, int);
void validate(boost::any& value, const std::vector<std::string>& words, BridgeType*, int);
void validate(boost::any& value, const std::vector<std::string>& words, std::optional<Engine>*, int);
void validate(boost::any& value, const std::vector<std::string>& words, Inbound*, int);
void validate(boost::any& value, const std::vector<std::string>& words, Ports*, int);
void validate(boost::any& value, const std::vector<std::string>& words, Mode*, int);

/// Reads "10.0.3.1/24" or "fd00::1/64"; throws Error.
BridgeAddress parse_bridge_address(const std::string& word);

/// Reads "8080:80", "192.0.2.1:8080:80/tcp", "[2001:db8::1]:8000-8010:9000-9010/udp"; throws Error.
Publication parse_publication(const std::string& word);

/// Reads an address that packets can have as their source; throws Error.
IpAddress parse_source_address(const std::string& word);

} // namespace uplink
