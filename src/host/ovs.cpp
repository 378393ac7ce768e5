// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/ovs.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <sys/stat.h>

namespace uplink
{

namespace
{

constexpr const char* restart = ": run \"systemctl restart openvswitch-switch\"";

std::vector<std::string> lines(const std::string& text)
{
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        result.push_back(line);
    return result;
}

/// What ovs-vsctl itself says, without what its libraries log beside it.
std::string reason(const Ended& ended)
{
    constexpr std::string_view speaker = "ovs-vsctl: ";
    for (const std::string& line : lines(ended.errors))
        if (line.compare(0, speaker.size(), speaker) == 0)
            return line.substr(speaker.size());
    return "ovs-vsctl ended with status " + std::to_string(ended.status);
}

} // namespace

bool Ovs::is_there()
{
    const char* folder = std::getenv("OVS_RUNDIR");
    const std::string socket = std::string(folder != nullptr ? folder : "/var/run/openvswitch") + "/db.sock";
    struct stat status = {};
    return ::stat(socket.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) && program_path("ovs-vsctl");
}

Ended Ovs::vsctl(const Words& options, const Words& commands) const
{
    // Its own deadline, should we be killed ourselves, comes after ours.
    Words words = {"ovs-vsctl", "--timeout=" + std::to_string(patience_.count() + 1)};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), commands.begin(), commands.end());
    Ended ended = run_program(words, patience_);
    if (ended.errors.find("database connection failed") != std::string::npos)
        throw Error(std::string("ovsdb-server does not answer") + restart);
    return ended;
}

Ended Ovs::ask(const Words& commands) const
{
    try {
        return vsctl({"--format=json", "--no-wait"}, commands);
    } catch (const Overdue&) {
        throw Error("ovsdb-server does not answer within " + std::to_string(patience_.count()) +
                    (patience_.count() == 1 ? " second" : " seconds") + restart);
    }
}

std::vector<nlohmann::json> Ovs::tables(const Words& commands) const
{
    const Ended ended = ask(commands);
    if (ended.status != 0)
        throw Error(reason(ended));
    std::vector<nlohmann::json> result;
    for (const std::string& line : lines(ended.output))
        result.push_back(nlohmann::json::parse(line).at("data"));
    return result;
}

nlohmann::json Ovs::rows(const Words& command) const
{
    return tables(command).at(0);
}

void Ovs::require_vswitchd() const
{
    if (!vswitchd_answers())
        throw NothingChanged(std::string("ovs-vswitchd does not answer") + restart);
}

void Ovs::change(const Words& commands) const
{
    require_vswitchd();
    try {
        if (const Ended ended = vsctl({}, commands); ended.status != 0)
            throw NothingChanged(reason(ended));
    } catch (const Overdue&) {
        throw Error(std::string("Open vSwitch does not carry it out in time") + restart);
    }
}

bool Ovs::take_back(const Words& commands) const
{
    const bool at_once = vswitchd_answers();
    const Ended ended = at_once ? vsctl({}, commands) : ask(commands);
    if (ended.status != 0)
        throw Error(reason(ended));
    return at_once;
}

void Ovs::remove(const Words& commands) const
{
    if (!take_back(commands))
        throw Error(std::string("ovs-vswitchd does not answer, and holds it until it does") + restart);
}

void Ovs::change_or_undo(const Words& commands, const Words& undo, const std::function<void()>& verify) const
{
    try {
        change(commands);
        verify();
    } catch (const NothingChanged&) {
        throw;
    } catch (const Error&) {
        try {
            static_cast<void>(take_back(undo));
        } catch (const Error&) { // the first reason is the one to be told, and the mark leads to what is left
        }
        throw;
    }
}

bool Ovs::is_bridge(const std::string& name) const
{
    if (!is_there())
        return false;
    const Ended ended = ask({"br-exists", name});
    constexpr int no = 2; // ovs-vsctl(8), br-exists
    if (ended.status != 0 && ended.status != no)
        throw Error(reason(ended));
    return ended.status == 0;
}

std::optional<std::string> Ovs::bridge_of(const std::string& interface) const
{
    return is_there() ? find_bridge_of(interface) : std::nullopt;
}

std::optional<std::string> Ovs::find_bridge_of(const std::string& interface) const
{
    const Ended ended = ask({"iface-to-br", interface});
    if (ended.status == 0)
        return lines(ended.output).at(0);
    if (reason(ended) != "no interface named " + interface)
        throw Error(reason(ended));
    return std::nullopt;
}

std::vector<std::string> Ovs::ports(const std::string& bridge) const
{
    if (!is_there())
        return {};
    const Ended ended = ask({"list-ports", bridge});
    if (ended.status != 0)
        throw Error(reason(ended));
    return lines(ended.output);
}

bool Ovs::vswitchd_answers() const
{
    try {
        // Its main loop answers, the one that carries out changes.
        const std::string timeout = "--timeout=" + std::to_string(patience_.count() + 1);
        return run_program({"ovs-appctl", timeout, "--target=ovs-vswitchd", "version"}, patience_).status ==
               0;
    } catch (const Overdue&) {
        return false;
    }
}

} // namespace uplink
