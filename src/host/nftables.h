// SPDX-License-Identifier: GPL-2.0-or-later
// nf_tables by libnftables: commands in, text or JSON out. Nothing is forked and nothing cached.
#pragma once

#include "host/owned.h"

#include <nftables/libnftables.h>
#include <string>

namespace uplink
{

/// What lists are printed as: JSON with all numbers, or text as nft(8) prints it, with handles and without
/// counters.
enum class NftablesOutput { json, text };

/// A connection to nf_tables in the network namespace of this process.
class Nftables
{
  public:
    /// Throws Error.
    explicit Nftables(NftablesOutput output = NftablesOutput::json);

    /// Runs commands of nft(8), a line each, as one transaction: all of them or none. Returns what they
    /// print. Throws Error with nft's own first line.
    std::string run(const std::string& commands);

  private:
    Owned<nft_ctx, nft_ctx_free> context_;
};

} // namespace uplink
