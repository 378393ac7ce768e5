// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/file.h"

#include "core/error.h"
#include "core/shell_word.h"
#include "host/owned.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace uplink
{

namespace
{

constexpr std::string_view temporary_suffix = ".new";
constexpr mode_t private_file = 0600;
constexpr mode_t private_folder = 0700;
constexpr mode_t others_write = S_IWGRP | S_IWOTH;

std::string read_all(int fd, const std::string& path)
{
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count == 0)
            return text;
        if (count > 0)
            text.append(buffer.data(), static_cast<std::size_t>(count));
        else if (errno != EINTR)
            throw Error("cannot read " + path + ": " + error_text(errno));
    }
}

void write_all(int fd, const std::string& text, const std::string& path)
{
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
        if (count >= 0)
            written += static_cast<std::size_t>(count);
        else if (errno != EINTR)
            throw Error("cannot write " + path + ": " + error_text(errno));
    }
}

Error no_regular_file(const std::string& path)
{
    return Error("option file " + path + " is not a regular file: put one there or remove it");
}

} // namespace

std::string error_text(int error)
{
    return std::strerror(error);
}

std::optional<std::string> read_file(const std::string& path)
{
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT)
        return std::nullopt;
    if (!fd)
        throw Error("cannot read " + path + ": " + error_text(errno));
    return read_all(fd.get(), path);
}

std::optional<std::string> read_file_below(const std::string& root, const std::string& path,
                                           std::size_t limit)
{
    const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how = {};
    how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const Fd fd(static_cast<int>(::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how)));
    struct stat status = {};
    if (!folder || !fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > static_cast<off_t>(limit))
        return std::nullopt;
    std::string text(limit, '\0');
    const ssize_t count = ::read(fd.get(), text.data(), limit);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

void write_sysctl(const std::string& path, const std::string& value)
{
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), value.data(), value.size()) < 0)
        throw Error(path + ": " + error_text(errno));
}

void replace_file(const std::string& path, const std::string& text)
{
    const std::string temporary = path + std::string(temporary_suffix);
    try {
        const Fd fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, private_file));
        if (!fd)
            throw Error("cannot write " + temporary + ": " + error_text(errno));
        write_all(fd.get(), text, temporary);
        if (::fsync(fd.get()) != 0)
            throw Error("cannot write " + temporary + ": " + error_text(errno));
        if (::rename(temporary.c_str(), path.c_str()) != 0)
            throw Error("cannot write " + path + ": " + error_text(errno));
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void remove_file(const std::string& path)
{
    ::unlink(path.c_str());
    ::unlink((path + std::string(temporary_suffix)).c_str());
}

bool is_temporary(const std::string& name)
{
    return name.size() > temporary_suffix.size() &&
           name.compare(name.size() - temporary_suffix.size(), temporary_suffix.size(), temporary_suffix) ==
               0;
}

void make_folders(const std::string& path)
{
    for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), private_folder) != 0 && errno != EEXIST)
            throw Error("cannot make folder " + folder + ": " + error_text(errno));
        if (slash == std::string::npos)
            return;
    }
}

std::vector<std::string> names_in(const std::string& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        names.push_back(entry->path().filename());
    if (error && error != std::errc::no_such_file_or_directory)
        throw Error("cannot list " + folder + ": " + error.message());
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<OptionFile> read_option_file(const std::string& path, uid_t owner)
{
    // O_NONBLOCK: a named pipe in its place must not hang the container's start.
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!fd && errno == ENXIO) // a socket
        throw no_regular_file(path);
    if (!fd && errno == ELOOP)
        throw Error("option file " + path + " is a symbolic link: put the file itself there");
    if (!fd)
        throw Error("cannot read option file " + path + ": " + error_text(errno));
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        throw Error("cannot read option file " + path + ": " + error_text(errno));
    if (!S_ISREG(status.st_mode))
        throw no_regular_file(path);
    if (status.st_uid != 0 && status.st_uid != owner)
        throw Error("option file " + path + " belongs to user " + std::to_string(status.st_uid) +
                    ", who could then change the host's network: run \"chown root " + shell_word(path) +
                    "\"");
    if ((status.st_mode & others_write) != 0)
        throw Error("option file " + path + " may be written by others than its owner: run \"chmod go-w " +
                    shell_word(path) + "\"");
    return OptionFile{path, read_all(fd.get(), path), false};
}

} // namespace uplink
