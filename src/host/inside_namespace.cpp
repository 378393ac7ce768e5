// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/inside_namespace.h"

#include "core/error.h"
#include "host/file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>

namespace uplink
{

namespace
{

Fd open_namespace(const std::string& process)
{
    const std::string path = "/proc/" + process + "/ns/net";
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        throw Error("cannot open " + path + ": " + error_text(errno));
    return fd;
}

} // namespace

InsideNamespace::InsideNamespace(pid_t pid)
    : home_(open_namespace("self")), there_(open_namespace(std::to_string(pid)))
{
    if (::setns(there_.get(), CLONE_NEWNET) != 0)
        throw Error("cannot enter the network namespace of process " + std::to_string(pid) + ": " +
                    error_text(errno));
}

InsideNamespace::~InsideNamespace()
{
    // To go on in the wrong namespace would change somebody else's network.
    if (::setns(home_.get(), CLONE_NEWNET) != 0)
        std::abort();
}

} // namespace uplink
