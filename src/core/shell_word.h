// SPDX-License-Identifier: GPL-2.0-or-later
// Quoting for sh, and back, since the kernel allows names like "a;b", "$x" and "it's" for an interface.
#pragma once

#include <string>
#include <vector>

namespace uplink
{

/// `text` as one word of a shell command, which stands for just these bytes: as it is when it has only
/// letters, digits and _@%+=:,./- and else in single quotes, within which nothing has a meaning (POSIX
/// sh, 2.2.2).
std::string shell_word(const std::string& text);

/// The words of a simple command, as the shell splits them by blanks and quotes. What it would do beyond
/// that, as with $x and *, is left as it is.
std::vector<std::string> words_of_shell(const std::string& line);

} // namespace uplink
