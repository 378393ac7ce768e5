// SPDX-License-Identifier: GPL-2.0-or-later
// /run/lxc-uplink: the records of instances, and who holds what is shared.
//
//   containers/HASH.INSTANCE.json   a record
//   shared/NETNS:KEY/HASH.INSTANCE  an empty file: this instance holds KEY
//   switched-on/NETNS:NAME          who turned on a switch of the kernel that is left on
//   damaged/                        records that could not be read
#pragma once

#include "core/record.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

class RecordStore
{
  public:
    /// Keys are those of the network namespace of `here`. Nothing is written yet.
    explicit RecordStore(const Viewpoint& here, std::string root = "/run/lxc-uplink");

    /// The names of all records, sorted; those of one container start with its hash.
    [[nodiscard]] std::vector<std::string> names() const;

    /// Nothing when there is none that can be read.
    [[nodiscard]] std::optional<Record> read(const std::string& name) const;

    /// "record FILE is damaged (REASON)"; nothing when the record is fine, or gone.
    [[nodiscard]] std::optional<std::string> damage_of(const std::string& name) const;

    /// Moves a record that cannot be read to damaged/, so that its instance counts as one without a record;
    /// returns a sentence that says so, or nothing when the record is fine.
    std::optional<std::string> set_aside_if_damaged(const std::string& name);

    /// Writes ahead of the change: what it holds first, since a holder without a record is judged by its name
    /// alone.
    void write(const Record& record);

    /// Forgets an instance: its record, and the keys that it holds.
    void forget(const std::string& name, const Keys& keys);

    /// Forgets the instances of other boots, of whichever network namespace, and returns the names of their
    /// records.
    std::vector<std::string> drop_other_boots(const std::string& boot_id);

    /// All keys that have a holder file.
    [[nodiscard]] Keys keys() const;
    [[nodiscard]] std::vector<std::string> holders(const std::string& key) const;
    void hold(const std::string& key, const std::string& name);

    /// Holds again what the records say is held: somebody may have removed the files.
    void renew_holds();
    void release(const std::string& key, const std::string& name);

    /// Removes what a process that was killed while it wrote has left: temporary files, keys that nobody
    /// holds.
    void tidy();

    /// Notes who turned on a switch that nobody turns off again; and the notes, by name of the switch.
    void note_switched_on(const std::string& name, const std::string& by);
    [[nodiscard]] std::map<std::string, std::string> switched_on() const;

  private:
    [[nodiscard]] std::string folder_of(const std::string& key) const;
    [[nodiscard]] std::string path_of(const std::string& name) const;

    std::string root_;
    std::string prefix_; ///< "NETNS:"
};

} // namespace uplink
