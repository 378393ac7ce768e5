// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_store.h"

#include "core/error.h"
#include "host/file.h"
#include "host/owned.h"
#include "host/record_json.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace uplink
{

namespace
{

const std::string extension = ".json";

std::string prefix_of(std::uint64_t network_namespace)
{
    return std::to_string(network_namespace) + ":";
}

} // namespace

RecordStore::RecordStore(const Viewpoint& here, std::string root)
    : root_(std::move(root)), prefix_(prefix_of(here.network_namespace))
{
}

std::string RecordStore::folder_of(const std::string& key) const
{
    return root_ + "/shared/" + prefix_ + key;
}

std::string RecordStore::path_of(const std::string& name) const
{
    return root_ + "/containers/" + name + extension;
}

std::vector<std::string> RecordStore::names() const
{
    std::vector<std::string> names;
    for (const std::string& file : names_in(root_ + "/containers"))
        if (file.size() > extension.size() && file.substr(file.size() - extension.size()) == extension)
            names.push_back(file.substr(0, file.size() - extension.size()));
    return names;
}

std::optional<Record> RecordStore::read(const std::string& name) const
{
    const auto text = read_file(path_of(name));
    try {
        return text ? std::optional<Record>(record_from_json(*text)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<std::string> RecordStore::damage_of(const std::string& name) const
{
    const auto text = read_file(path_of(name));
    try {
        if (text)
            record_from_json(*text);
        return std::nullopt;
    } catch (const Error& error) {
        return "record " + path_of(name) + " is damaged (" + error.what() + ")";
    }
}

std::optional<std::string> RecordStore::set_aside_if_damaged(const std::string& name)
{
    const auto damage = damage_of(name);
    if (!damage)
        return std::nullopt;
    const std::string path = path_of(name);
    const std::string aside = root_ + "/damaged/" + name + extension;
    make_folders(root_ + "/damaged");
    if (::rename(path.c_str(), aside.c_str()) != 0)
        throw Error("cannot set damaged record " + path + " aside: " + error_text(errno));
    return *damage + ": it was set aside as " + aside;
}

void RecordStore::write(const Record& record)
{
    make_folders(root_ + "/containers");
    const std::string name = record_name(record);
    for (const std::string& key : record.keys)
        hold(key, name);
    replace_file(path_of(name), to_json(record));
}

void RecordStore::forget(const std::string& name, const Keys& keys)
{
    for (const std::string& key : keys)
        release(key, name);
    ::unlink(path_of(name).c_str());
}

std::vector<std::string> RecordStore::drop_other_boots(const std::string& boot_id)
{
    std::vector<std::string> dropped;
    for (const std::string& name : names()) {
        const auto record = read(name);
        if (!record || record->boot_id == boot_id)
            continue;
        for (const std::string& folder : names_in(root_ + "/shared")) {
            const std::string path = root_ + "/shared/" + folder;
            ::unlink((path + "/" + name).c_str());
            ::rmdir(path.c_str()); // fails, as it should, while somebody else holds the key
        }
        ::unlink(path_of(name).c_str());
        dropped.push_back(name);
    }
    return dropped;
}

Keys RecordStore::keys() const
{
    Keys keys;
    for (const std::string& folder : names_in(root_ + "/shared"))
        if (folder.compare(0, prefix_.size(), prefix_) == 0)
            keys.insert(folder.substr(prefix_.size()));
    return keys;
}

std::vector<std::string> RecordStore::holders(const std::string& key) const
{
    return names_in(folder_of(key));
}

void RecordStore::hold(const std::string& key, const std::string& name)
{
    make_folders(folder_of(key));
    const std::string path = folder_of(key) + "/" + name;
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd)
        throw Error("cannot write " + path + ": " + error_text(errno));
}

void RecordStore::renew_holds()
{
    for (const std::string& name : names())
        if (const auto record = read(name); record && prefix_ == prefix_of(record->network_namespace))
            for (const std::string& key : record->keys)
                hold(key, name);
}

void RecordStore::release(const std::string& key, const std::string& name)
{
    ::unlink((folder_of(key) + "/" + name).c_str());
    ::rmdir(folder_of(key).c_str()); // fails, as it should, while somebody else holds the key
}

void RecordStore::tidy()
{
    for (const char* folder : {"/containers", "/switched-on"})
        for (const std::string& file : names_in(root_ + folder))
            if (is_temporary(file))
                ::unlink((root_ + folder + "/" + file).c_str());
    for (const std::string& key : keys())
        ::rmdir(folder_of(key).c_str()); // fails, as it should, where somebody holds the key
}

void RecordStore::note_switched_on(const std::string& name, const std::string& by)
{
    make_folders(root_ + "/switched-on");
    replace_file(root_ + "/switched-on/" + prefix_ + name, by + "\n");
}

std::map<std::string, std::string> RecordStore::switched_on() const
{
    std::map<std::string, std::string> notes;
    const std::string folder = root_ + "/switched-on";
    for (const std::string& file : names_in(folder))
        if (file.compare(0, prefix_.size(), prefix_) == 0) {
            std::string by = read_file(folder + "/" + file).value_or("");
            if (!by.empty() && by.back() == '\n')
                by.pop_back();
            notes.emplace(file.substr(prefix_.size()), by);
        }
    return notes;
}

} // namespace uplink
