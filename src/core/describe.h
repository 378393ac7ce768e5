// SPDX-License-Identifier: GPL-2.0-or-later
// A step in words, and as the shell command that it equals: the dry run, the log and every error speak from
// here.
#pragma once

#include "core/plan.h"

#include <string>
#include <vector>

namespace uplink
{

/// An infinitive without "to": "add port vethQ3 to bridge br0".
std::string describe(const Step& step);

/// The same with the container in front of it where it is about rules of one: "web1: publish 8080/tcp to
/// 10.0.3.10:80"; and "web1: would publish ..." where `would` is in front of the verb.
std::string describe_with_container(const Step& step, const std::string& would = "");

/// Commands for sh(1), as root. `$VETH_N` stands for the host end of lxc.net.N where its name is not known
/// yet.
std::vector<std::string> shell_commands(const Step& step);

} // namespace uplink
