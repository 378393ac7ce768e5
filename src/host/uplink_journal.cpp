// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/uplink_journal.h"

#include "core/error.h"
#include "host/file.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace uplink
{

using OrderedJson = nlohmann::ordered_json;

namespace
{

constexpr int journal_version = 1;
const std::string journal_extension = ".json";

// The kernel's messages are any bytes, and so may names be.
std::string hex_of(const std::string& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += {digits[byte / 16], digits[byte % 16]};
    }
    return text;
}

std::string bytes_in(const OrderedJson& json)
{
    const auto text = json.get<std::string>();
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        unsigned byte = 0;
        if (std::from_chars(&text[i], &text[i + 2], byte, 16).ptr != &text[i + 2])
            throw Error("it holds bytes that are no hexadecimal digits");
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

OrderedJson json_of(const KernelObject& object)
{
    return {{"words", object.words}, // for the reader
            {"kind", static_cast<int>(object.kind)},
            {"ipv6", object.ipv6},
            {"interface", hex_of(object.interface)},
            {"ifindex", object.ifindex},
            {"identity", hex_of(object.identity)},
            {"message", hex_of(object.message)},
            {"lasting", object.lasting},
            {"unrouted_peer", object.unrouted_peer},
            {"permanent", object.permanent},
            {"comes_with_address", object.comes_with_address},
            {"via_gateway", object.via_gateway},
            {"replaced", object.replaced},
            {"first", object.first},
            {"contested", object.contested},
            {"carriable", object.carriable},
            {"advertised", object.advertised}};
}

KernelObject object_of(const OrderedJson& json)
{
    KernelObject object;
    object.words = json.at("words");
    object.kind = static_cast<KernelObject::Kind>(json.at("kind").get<int>());
    object.ipv6 = json.at("ipv6");
    object.interface = bytes_in(json.at("interface"));
    object.ifindex = json.at("ifindex");
    object.identity = bytes_in(json.at("identity"));
    object.message = bytes_in(json.at("message"));
    object.lasting = json.at("lasting");
    object.unrouted_peer = json.at("unrouted_peer");
    object.permanent = json.at("permanent");
    object.comes_with_address = json.at("comes_with_address");
    object.via_gateway = json.at("via_gateway");
    object.replaced = json.at("replaced");
    object.first = json.at("first");
    object.contested = json.at("contested");
    object.carriable = json.at("carriable");
    object.advertised = json.at("advertised");
    return object;
}

OrderedJson json_of(const NicConfig& config)
{
    OrderedJson objects = OrderedJson::array();
    for (const KernelObject& object : config.objects)
        objects.push_back(json_of(object));
    return {{"objects", objects}, {"settings", config.settings}};
}

NicConfig config_of(const OrderedJson& json)
{
    NicConfig config;
    for (const OrderedJson& object : json.at("objects"))
        config.objects.push_back(object_of(object));
    config.settings = json.at("settings").get<std::map<std::string, std::string>>();
    return config;
}

std::string text_of(const UplinkJournal& journal)
{
    const UplinkMove& move = journal.move;
    const OrderedJson json = {
        {"version", journal_version},
        {"boot_id", journal.boot_id},
        {"since", journal.since},
        {"moved", journal.moved},
        {"complete", journal.complete},
        {"nic", hex_of(move.nic)},
        {"nic_ifindex", journal.nic_ifindex},
        {"bridge", hex_of(move.bridge)},
        {"openvswitch", move.type == BridgeType::openvswitch},
        {"new_mac", move.new_mac},
        {"confirm_timeout", move.confirm_timeout},
        {"was", json_of(move.was)},
        {"before", json_of(move.before)},
    };
    return json.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

UplinkJournal journal_of(const std::string& text)
{
    try {
        const OrderedJson json = OrderedJson::parse(text);
        if (json.at("version") != journal_version)
            throw Error("it is of another version of lxc-uplink");
        UplinkJournal journal;
        journal.boot_id = json.at("boot_id");
        journal.since = json.at("since");
        journal.moved = json.at("moved");
        journal.complete = json.at("complete");
        journal.nic_ifindex = json.at("nic_ifindex");
        journal.move.nic = bytes_in(json.at("nic"));
        journal.move.bridge = bytes_in(json.at("bridge"));
        journal.move.type =
            json.at("openvswitch").get<bool>() ? BridgeType::openvswitch : BridgeType::linux_bridge;
        journal.move.new_mac = json.at("new_mac");
        journal.move.confirm_timeout = json.at("confirm_timeout");
        journal.move.was = config_of(json.at("was"));
        journal.move.before = config_of(json.at("before"));
        return journal;
    } catch (const OrderedJson::parse_error&) {
        throw Error("it is cut off, or no JSON at all");
    } catch (const OrderedJson::exception&) {
        throw Error("a value in it is missing, or not of the kind that it should be");
    }
}

std::string damage(const std::string& path, const Error& error)
{
    return "journal " + path + " is damaged (" + error.what() + ")";
}

} // namespace

UplinkJournals::UplinkJournals(const Viewpoint& here, std::string root)
    : root_(std::move(root)), prefix_(std::to_string(here.network_namespace) + ":"), boot_id_(here.boot_id)
{
}

std::string UplinkJournals::path_of(const std::string& nic) const
{
    return root_ + "/" + prefix_ + nic + journal_extension;
}

std::string UplinkJournals::lock_file(const std::string& nic) const
{
    make_folders(root_);
    return root_ + "/" + prefix_ + nic + ".lock";
}

std::optional<UplinkJournal> UplinkJournals::read(const std::string& nic) const
{
    const auto text = read_file(path_of(nic));
    if (!text)
        return std::nullopt;
    try {
        auto journal = journal_of(*text);
        // Of another boot nothing is left but, on Open vSwitch, a port that `gc` knows by its mark.
        return journal.boot_id == boot_id_ ? std::optional(std::move(journal)) : std::nullopt;
    } catch (const Error& error) {
        throw Error(damage(path_of(nic), error) + ": run \"lxc-uplink gc\"");
    }
}

std::optional<std::string> UplinkJournals::damage_of(const std::string& nic) const
{
    const auto text = read_file(path_of(nic));
    try {
        if (text)
            journal_of(*text);
        return std::nullopt;
    } catch (const Error& error) {
        return damage(path_of(nic), error);
    }
}

void UplinkJournals::write(const UplinkJournal& journal) const
{
    make_folders(root_);
    replace_file(path_of(journal.move.nic), text_of(journal));
}

void UplinkJournals::remove(const std::string& nic) const
{
    remove_file(path_of(nic));
}

std::vector<std::string> UplinkJournals::drop_other_boots() const
{
    std::vector<std::string> dropped;
    for (const std::string& file : names_in(root_)) {
        const std::string path = root_ + "/" + file;
        const OrderedJson json = OrderedJson::parse(read_file(path).value_or(""), nullptr, false);
        if (!json.is_object() || json.value("boot_id", boot_id_) == boot_id_)
            continue;
        ::unlink(path.c_str());
        dropped.push_back(path);
    }
    return dropped;
}

std::vector<std::string> UplinkJournals::nics() const
{
    std::vector<std::string> nics;
    for (const std::string& file : names_in(root_)) {
        const bool ours = file.compare(0, prefix_.size(), prefix_) == 0 &&
                          file.size() > prefix_.size() + journal_extension.size() &&
                          file.compare(file.size() - journal_extension.size(), journal_extension.size(),
                                       journal_extension) == 0;
        if (ours)
            nics.push_back(
                file.substr(prefix_.size(), file.size() - prefix_.size() - journal_extension.size()));
    }
    return nics;
}

} // namespace uplink
