// SPDX-License-Identifier: GPL-2.0-or-later
// Reading our table of nf_tables by its own messages (linux/netfilter/nf_tables.h): libnftables reads all
// elements of all tables before it answers for a single one.
#pragma once

#include "host/owned.h"

#include <cstdint>
#include <functional>
#include <map>
#include <netlink/socket.h>
#include <optional>
#include <string>

struct nl_msg;
struct nlmsghdr;

namespace uplink
{

struct ChainInTable {
    bool hooked = false;
    unsigned rules = 0; ///< that are in it
    unsigned uses = 0;  ///< these, and what leads to it
};

struct ElementInTable {
    std::string value; ///< as in NftablesValue::bytes
    std::string comment;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
};

class NftablesReader
{
  public:
    /// Throws Error.
    NftablesReader();

    /// The chains of our table by name; nothing when there is no such table. Throws Error.
    std::optional<std::map<std::string, ChainInTable>> chains();

    /// The element that holds this key (see NftablesValue::bytes). Throws Error.
    std::optional<ElementInTable> element(const std::string& map, const std::string& key);

  private:
    using OnMessage = std::function<void(nlmsghdr*)>;
    bool ask(nl_msg* question, const OnMessage& on_message);
    bool table_exists();
    std::map<std::string, ChainInTable> read_chains();

    Owned<nl_sock, nl_socket_free> socket_;
};

} // namespace uplink
