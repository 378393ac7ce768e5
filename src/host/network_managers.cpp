// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/network_managers.h"

#include "core/address.h"
#include "core/error.h"
#include "host/file.h"
#include "host/process.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace uplink
{

namespace
{

bool is_dhcp_client(const Program& program)
{
    return program.name == "dhclient" || program.name == "dhcpcd" || program.name == "udhcpc";
}

/// The value of "KEY=value" in a state file; empty when there is none.
std::string value_in(const std::string& path, const std::string& key)
{
    std::istringstream lines(read_file(path).value_or(""));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(key + "="))
            return line.substr(key.size() + 1);
    return "";
}

std::string networkd_file(unsigned ifindex, const std::string& run_root)
{
    return run_root + "/systemd/netif/links/" + std::to_string(ifindex);
}

void add_networkd(unsigned ifindex, const std::string& run_root, std::vector<Program>& managers)
{
    const std::string state = networkd_state(ifindex, run_root);
    if (state == "configured" || state == "configuring" || state == "failed")
        managers.push_back({"systemd-networkd", value_in(networkd_file(ifindex, run_root), "NETWORK_FILE")});
}

/// Source: nm_config_device_state_write() in NetworkManager, src/core/nm-config.c.
void add_network_manager(unsigned ifindex, const std::string& run_root, std::vector<Program>& managers)
{
    const std::string file = run_root + "/NetworkManager/devices/" + std::to_string(ifindex);
    if (value_in(file, "managed") == "true")
        managers.push_back({"NetworkManager", value_in(file, "connection-uuid")});
}

std::vector<std::string> arguments_of(std::string command_line)
{
    std::replace(command_line.begin(), command_line.end(), '\0', ' '); // dhcpcd writes a title of its own
    std::istringstream stream(command_line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

/// A client that names no NIC serves them all.
bool serves(const std::vector<std::string>& words, const std::string& nic, const std::string& sysfs_root)
{
    if (std::find(words.begin(), words.end(), nic) != words.end())
        return true;
    return std::none_of(words.begin(), words.end(), [&](const std::string& word) {
        std::error_code error;
        return word.find('/') == std::string::npos &&
               std::filesystem::exists(sysfs_root + "/class/net/" + word, error);
    });
}

/// Clients in containers have NICs of the same names.
bool is_client_of(const std::string& nic, const std::string& pid, const std::string& sysfs_root)
{
    try {
        return namespace_of(pid, "net") == namespace_of("self", "net") &&
               serves(arguments_of(read_file("/proc/" + pid + "/cmdline").value_or("")), nic, sysfs_root);
    } catch (const Error&) { // it has ended meanwhile
        return false;
    }
}

/// dhcpcd has several processes for one NIC: the first that is found stands for the program.
void add_dhcp_clients(const std::string& nic, const std::string& sysfs_root, std::vector<Program>& managers)
{
    for (const std::string& pid : names_in("/proc")) {
        const Program program = parse_number(pid) ? program_of(pid) : Program();
        const bool known = std::any_of(managers.begin(), managers.end(),
                                       [&](const Program& manager) { return manager.name == program.name; });
        if (!known && is_dhcp_client(program) && is_client_of(nic, pid, sysfs_root))
            managers.push_back(program);
    }
}

} // namespace

Program program_of(const std::string& pid)
{
    try {
        const std::string name = read_file("/proc/" + pid + "/comm").value_or("");
        return {name.substr(0, name.find('\n')), "pid " + pid};
    } catch (const Error&) { // it ended between opening and reading
        return {"", "pid " + pid};
    }
}

std::string networkd_state(unsigned ifindex, const std::string& run_root)
{
    return value_in(networkd_file(ifindex, run_root), "ADMIN_STATE");
}

std::vector<Program> managers_of(const Link& nic, const std::string& sysfs_root, const std::string& run_root)
{
    std::vector<Program> managers;
    add_networkd(nic.ifindex, run_root, managers);
    add_network_manager(nic.ifindex, run_root, managers);
    add_dhcp_clients(nic.name, sysfs_root, managers);
    return managers;
}

} // namespace uplink
