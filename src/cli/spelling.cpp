// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/spelling.h"

#include <algorithm>
#include <numeric>

namespace uplink
{

namespace
{

std::size_t edit_distance(const std::string& from, const std::string& to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (const char c : from) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 0; i < to.size(); ++i) {
            const std::size_t changed = diagonal + (c == to[i] ? 0 : 1);
            diagonal = row[i + 1];
            row[i + 1] = std::min({changed, diagonal + 1, row[i] + 1});
        }
    }
    return row.back();
}

std::string all_of(const std::vector<std::string>& names, const std::string& dashes)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool last = i + 1 == names.size();
        text += (i == 0 ? "" : last ? " and " : ", ") + dashes + names[i];
    }
    return text;
}

} // namespace

std::string nearest_or_all(const std::string& word, const std::vector<std::string>& names,
                           const std::string& dashes)
{
    const auto nearest = std::min_element(names.begin(), names.end(),
                                          [&word](const std::string& one, const std::string& other) {
                                              return edit_distance(word, one) < edit_distance(word, other);
                                          });
    const std::size_t slips = std::max<std::size_t>(1, word.size() / 3);
    if (edit_distance(word, *nearest) <= slips)
        return "the nearest is " + dashes + *nearest;
    return "there are " + all_of(names, dashes);
}

} // namespace uplink
