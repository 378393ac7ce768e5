// SPDX-License-Identifier: GPL-2.0-or-later
// A world of its own for a case, and the commands by which it is read back: never by what is being tested.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// A fresh network namespace, with a /run and a /sys to match, in which this process is until the end of the
/// scope. No link-local IPv6 addresses appear in it by themselves, since they come in the kernel's own time.
class World
{
  public:
    World();
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
};

/// A world for cases that need the legacy nat table: they are skipped where the kernel has none.
class WorldWithNat : public World
{
  public:
    WorldWithNat();
};

/// Why there can be no world here; nothing when there can.
std::optional<std::string> why_no_world();

/// Ends the program as CTest's SKIP_RETURN_CODE has it: each case is run by a process of its own.
[[noreturn]] void skip(const std::string& reason);

/// Runs commands with `sh -e` and returns what they print; when one fails, so does the case.
std::string shell(const std::string& commands);

/// What `ip -details -json ARGUMENTS` says.
nlohmann::json ip(const std::string& arguments);

/// A link as `ip` shows it.
nlohmann::json ip_link(const std::string& name);

/// The ifindex that `ip` shows.
unsigned ifindex_of(const std::string& name);

/// The nat table as iptables-legacy-save prints it, without its comments.
std::string nat_table(const std::string& option = "");

/// The same as it is before anybody adds to it.
extern const std::string empty_nat_table;

/// A command that runs beside the case, killed at the end of the scope. It has said what is to be waited for,
/// with `echo ready`, before the constructor returns; it can wait for its own end with `read _` or `cat`.
class Background
{
  public:
    explicit Background(const std::string& command);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill();
    void wait(); ///< for its own end, with success

  private:
    pid_t pid_ = 0;
    int input_ = -1;
    int output_ = -1;
};

} // namespace uplink
