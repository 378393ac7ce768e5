// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <ctime>
#include <string>

namespace uplink
{

/// ISO 8601, UTC: "2026-01-31T12:00:00Z".
inline std::string now()
{
    const std::time_t seconds = std::time(nullptr);
    std::tm utc = {};
    ::gmtime_r(&seconds, &utc);
    std::string text(sizeof "2026-01-31T12:00:00Z", '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
    return text;
}

} // namespace uplink
