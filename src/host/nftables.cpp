// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nftables.h"

#include "core/error.h"

namespace uplink
{

namespace
{

/// "Error: Could not process rule: Operation not supported\nadd table bridge x\n^^^" and the like.
std::string reason_in(std::string text)
{
    text = text.substr(0, text.find('\n'));
    const auto start = text.find("Error: ");
    if (start != std::string::npos)
        text.erase(0, start + std::string("Error: ").size());
    return text.empty() ? "nftables says no more" : text;
}

} // namespace

Nftables::Nftables(NftablesOutput output) : context_(nft_ctx_new(NFT_CTX_DEFAULT))
{
    if (!context_ || nft_ctx_buffer_output(context_.get()) != 0 || nft_ctx_buffer_error(context_.get()) != 0)
        throw Error("out of memory");
    nft_ctx_output_set_flags(context_.get(),
                             output == NftablesOutput::json
                                 ? NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_NUMERIC_ALL
                                 : NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
}

std::string Nftables::run(const std::string& commands)
{
    if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) != 0)
        throw Error(reason_in(nft_ctx_get_error_buffer(context_.get())));
    return nft_ctx_get_output_buffer(context_.get());
}

} // namespace uplink
