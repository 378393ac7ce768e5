// SPDX-License-Identifier: GPL-2.0-or-later
// Small files: the kernel's, the administrator's and our own.
#pragma once

#include "core/options.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// "No such file or directory" and the like, for an errno value.
std::string error_text(int error);

/// The whole of a file; nothing when it does not exist. Throws Error for any other failure.
std::optional<std::string> read_file(const std::string& path);

/// The text of a file as those see it whose root folder is `root`: a link that is followed leads nowhere
/// else. Nothing when there is no regular file of at most `limit` bytes, which is then as much as is read of
/// what somebody else may have put there. openat2(2), Linux 5.6.
std::optional<std::string> read_file_below(const std::string& root, const std::string& path,
                                           std::size_t limit);

/// Writes a value to a file of the kernel below /proc/sys; throws Error with the bare reason.
void write_sysctl(const std::string& path, const std::string& value);

/// Replaces `path` with `text` so that a reader sees the old or the new text and a crash leaves one of the
/// two: temporary file, fsync, rename. Mode 0600. Throws Error.
void replace_file(const std::string& path, const std::string& text);

/// Removes the file, and what a replace_file() of it left that was killed.
void remove_file(const std::string& path);

/// Whether replace_file() would leave a file of this name when it is killed.
bool is_temporary(const std::string& name);

/// Makes a folder with mode 0700, and its missing parents. Throws Error.
void make_folders(const std::string& path);

/// The names in a folder, sorted; none when it does not exist. Throws Error when it cannot be listed.
std::vector<std::string> names_in(const std::string& folder);

/// Reads an option file; nothing when it does not exist. It is trusted only when it is a regular file
/// and no link, that belongs to root or to `owner` and that nobody else may write; else
/// throws Error.
std::optional<OptionFile> read_option_file(const std::string& path, uid_t owner);

} // namespace uplink
