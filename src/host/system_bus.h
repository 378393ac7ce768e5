// SPDX-License-Identifier: GPL-2.0-or-later
// The system's D-Bus, by sd-bus of libsystemd. The library is loaded when it is first needed, since only
// hosts with firewalld need it and every hook would pay for it.
#pragma once

#include "host/owned.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct sd_bus;

namespace uplink
{

/// What is called: a method of an object of somebody's.
struct BusMethod {
    std::string destination;
    std::string path;
    std::string interface;
    std::string member;
};

class SystemBus
{
  public:
    /// Throws Error where there is no such library or no bus.
    explicit SystemBus(std::chrono::seconds patience);

    /// Calls a method that takes texts and answers a text, or a truth value. Throws Error with what the other
    /// side says.
    std::string text_of(const BusMethod& method, const std::vector<std::string>& arguments);
    bool truth_of(const BusMethod& method, const std::vector<std::string>& arguments);

    /// Whether anybody has this name on the bus. Throws Error.
    bool has_owner(const std::string& name);

  private:
    void call(const BusMethod& method, const std::vector<std::string>& arguments, char type, void* answer);

    struct Library;
    std::shared_ptr<const Library> library_;
    std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)> bus_;
};

} // namespace uplink
