// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/lxc_config.h"

#include "core/error.h"
#include "host/owned.h"

#include <algorithm>
#include <filesystem>
#include <lxc/lxccontainer.h>
#include <sstream>

namespace uplink
{

namespace
{

// The real name and path would take the container's lock, and remove a container with a stale file "partial".
constexpr const char* scratch_name = "lxc-uplink-parser";
constexpr const char* scratch_path = "/run/lxc-uplink";

using Container = Owned<lxc_container, lxc_container_put>;

/// Nothing when the key is not set.
std::optional<std::string> item(lxc_container* container, const std::string& key)
{
    const int size = container->get_config_item(container, key.c_str(), nullptr, 0);
    if (size < 0)
        return std::nullopt;
    std::string value(static_cast<std::size_t>(size) + 1, '\0');
    const int length =
        container->get_config_item(container, key.c_str(), value.data(), static_cast<int>(value.size()));
    value.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return value;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (!line.empty())
            lines.push_back(line);
    return lines;
}

/// LXCPATH/NAME/config is the file of NAME; any other may be anybody's.
std::string container_of(const std::filesystem::path& config_file)
{
    return config_file.filename() == "config" ? config_file.parent_path().filename().string() : "NAME";
}

ContainerNic read_nic(lxc_container* container, unsigned index, const std::string& type)
{
    const auto value = [&](const char* suffix) {
        return item(container, "lxc.net." + std::to_string(index) + suffix).value_or("");
    };
    ContainerNic nic;
    nic.index = index;
    nic.type = type;
    nic.link = value(".link");
    nic.routed = type == "veth" && value(".veth.mode") == "router";
    nic.macvlan_mode = type == "macvlan" ? value(".macvlan.mode") : "";
    nic.pair = type == "veth" ? value(".veth.pair") : "";
    nic.has_gateway = !value(".ipv4.gateway").empty();
    nic.gateway = parse_ipv4_address(value(".ipv4.gateway"));
    if (const auto mtu = parse_number(value(".mtu"), UINT32_MAX))
        nic.mtu = static_cast<unsigned>(*mtu);
    for (const std::string& line : lines_of(value(".ipv4.address")))
        if (const auto address = parse_ipv4_interface(line); address && address->address.value != 0)
            nic.addresses.push_back(*address);
    nic.has_ipv6_gateway = !value(".ipv6.gateway").empty();
    for (const std::string& line : lines_of(value(".ipv6.address")))
        if (const auto address = parse_ipv6_interface(line))
            nic.ipv6_addresses.push_back(*address);
    return nic;
}

/// LXC lists the types of all NICs, sorted by N, but not N: so N is found by asking for each in turn.
std::vector<ContainerNic> read_nics(lxc_container* container)
{
    constexpr unsigned highest_index = 4096;
    const std::size_t count = lines_of(item(container, "lxc.net").value_or("")).size();
    std::vector<ContainerNic> nics;
    for (unsigned index = 0; nics.size() < count && index < highest_index; ++index)
        if (const auto type = item(container, "lxc.net." + std::to_string(index) + ".type");
            type && !type->empty())
            nics.push_back(read_nic(container, index, *type));
    return nics;
}

} // namespace

ContainerConfig read_lxc_config(const std::string& path)
{
    const Container container(lxc_container_new(scratch_name, scratch_path));
    if (!container)
        throw Error(
            "liblxc cannot make a container object: out of memory, or /run/lxc/lock cannot be written");
    container->clear_config(container.get());
    if (!container->load_config(container.get(), path.c_str()))
        throw Error("LXC cannot read the configuration file " + path + ": \"lxc-start -n " +
                    container_of(path) + " -l INFO -o LOG\" logs why");
    ContainerConfig config;
    config.nics = read_nics(container.get());
    // LXC 5.0 prints this key with printf("%s") of a null pointer where it is not set.
    const std::string shared = item(container.get(), "lxc.namespace.share.net").value_or("");
    config.shares_network_of = shared == "(null)" ? "" : shared;
    const auto lines = [&](const char* key) { return lines_of(item(container.get(), key).value_or("")); };
    config.pre_start_lines = lines("lxc.hook.pre-start");
    config.start_host_lines = lines("lxc.hook.start-host");
    config.post_stop_lines = lines("lxc.hook.post-stop");
    return config;
}

std::string default_lxcpath()
{
    const char* path = lxc_get_global_config_item("lxc.lxcpath");
    return path == nullptr ? "/var/lib/lxc" : path;
}

} // namespace uplink
