// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_store.h"

#include "host/record_json.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <sys/stat.h>

using namespace uplink;

namespace
{

const Viewpoint here = {"boot-1", 4026531836, 4026531840};

Record record_of(const std::string& name, const Keys& keys)
{
    Record record;
    record.spec.container = {"/var/lib/lxc", name};
    record.instance = first_life;
    record.keys = keys;
    return record;
}

const Record web = record_of("web1", {"bridge:br0", "address:br0:10.0.3.10"});
const Record db = record_of("db", {"bridge:br0"});

using Names = std::vector<std::string>;

struct WorldWithStore : World {
    RecordStore store{here, "/run/store"};
};

std::string file_of(const Record& record)
{
    return "/run/store/containers/" + record_name(record) + ".json";
}

} // namespace

TEST_CASE_FIXTURE(WorldWithStore, "an empty store has nothing, and looking into it makes nothing")
{
    CHECK(store.names().empty());
    CHECK(store.keys().empty());
    CHECK(store.holders("bridge:br0").empty());
    CHECK(store.switched_on().empty());
    CHECK_FALSE(store.read(record_name(web)).has_value());
    CHECK(store.set_aside_if_damaged(record_name(web)) == std::nullopt);
    CHECK(shell("ls /run").find("store") == std::string::npos);
}

TEST_CASE_FIXTURE(WorldWithStore, "a record is written, read, written anew and forgotten")
{
    store.write(web);
    store.write(db);
    CHECK(printed(*store.read(record_name(web))) == printed(web));
    CHECK(store.names() == [] {
        Names names = {record_name(web), record_name(db)};
        std::sort(names.begin(), names.end());
        return names;
    }());
    Record stopped = web;
    stopped.rebooting = true;
    store.write(stopped);
    CHECK(store.read(record_name(web))->rebooting);
    store.forget(record_name(web), web.keys);
    store.forget(record_name(web), web.keys);
    CHECK_FALSE(store.read(record_name(web)).has_value());
    CHECK(store.names() == Names{record_name(db)});
}

TEST_CASE_FIXTURE(WorldWithStore, "who holds a key is known until the last one lets go")
{
    store.write(web);
    store.write(db);
    CHECK(store.keys() == Keys{"bridge:br0", "address:br0:10.0.3.10"});
    CHECK(store.holders("bridge:br0").size() == 2);
    CHECK(store.holders("address:br0:10.0.3.10") == Names{record_name(web)});
    store.forget(record_name(web), web.keys);
    CHECK(store.holders("bridge:br0") == Names{record_name(db)});
    CHECK(store.keys() == Keys{"bridge:br0"});
    store.forget(record_name(db), db.keys);
    CHECK(store.keys().empty());
    CHECK(shell("find /run/store -type f; ls /run/store/shared").empty());
}

TEST_CASE_FIXTURE(WorldWithStore,
                  "keys of another network namespace are another one's, records are everybody's")
{
    RecordStore elsewhere({here.boot_id, here.pid_namespace, 1}, "/run/store");
    store.write(web);
    elsewhere.hold("bridge:br0", record_name(db));
    CHECK(store.holders("bridge:br0") == Names{record_name(web)});
    CHECK(elsewhere.keys() == Keys{"bridge:br0"});
    CHECK(elsewhere.holders("bridge:br0") == Names{record_name(db)});
    CHECK(elsewhere.names() == Names{record_name(web)});
    elsewhere.release("bridge:br0", record_name(db));
    CHECK(store.holders("bridge:br0") == Names{record_name(web)});
}

TEST_CASE_FIXTURE(WorldWithStore, "nobody but root reads what is stored, whatever the umask")
{
    const mode_t umask_before = ::umask(0);
    store.write(web);
    store.note_switched_on("net.ipv4.ip_forward", "web1");
    ::umask(umask_before);
    CHECK(shell("find /run/store -type d -not -perm 700; find /run/store -type f -not -perm 600").empty());
    CHECK(shell("find /run/store -type f | wc -l") == "4\n");
}

TEST_CASE_FIXTURE(WorldWithStore,
                  "a writer that died half-way leaves the old record, and its leftover is no record")
{
    store.write(web);
    shell("head -c 100 " + file_of(web) + " >" + file_of(web) + ".new");
    CHECK(printed(*store.read(record_name(web))) == printed(web));
    CHECK(store.names() == Names{record_name(web)});
    store.write(web);
    CHECK(shell("ls /run/store/containers") == record_name(web) + ".json\n");
}

TEST_CASE_FIXTURE(WorldWithStore, "what killed writers left is tidied up, and nothing else is")
{
    store.write(web);
    store.note_switched_on("net.ipv4.ip_forward", "web1");
    const std::string before = shell("find /run/store | sort");
    shell("touch " + file_of(web) +
          ".new '/run/store/switched-on/4026531840:net.ipv4.ip_forward.new';"
          "mkdir /run/store/shared/4026531840:bridge:br9");
    store.tidy();
    CHECK(shell("find /run/store | sort") == before);
    RecordStore(here, "/run/none").tidy();
    CHECK(shell("ls /run").find("none") == std::string::npos);
}

TEST_CASE_FIXTURE(WorldWithStore, "a damaged record is set aside with a sentence that says where")
{
    store.write(web);
    store.write(db);
    shell("echo '{ \"version\": 9 }' >" + file_of(web));
    CHECK_FALSE(store.read(record_name(web)).has_value());
    const std::string damage =
        "record " + file_of(web) +
        " is damaged (it is of another version of lxc-uplink, in format 9 instead of 2)";
    CHECK(store.damage_of(record_name(web)) == damage);
    CHECK(store.damage_of(record_name(db)) == std::nullopt);
    const std::string aside = "/run/store/damaged/" + record_name(web) + ".json";
    CHECK(store.set_aside_if_damaged(record_name(web)) == damage + ": it was set aside as " + aside);
    CHECK(shell("cat " + aside) == "{ \"version\": 9 }\n");
    CHECK(store.names() == Names{record_name(db)});
    CHECK(store.holders("address:br0:10.0.3.10") == Names{record_name(web)});
    CHECK(store.damage_of(record_name(web)) == std::nullopt);
    CHECK(store.set_aside_if_damaged(record_name(web)) == std::nullopt);
    CHECK(store.set_aside_if_damaged(record_name(db)) == std::nullopt);
    CHECK(store.read(record_name(db)).has_value());
}

TEST_CASE_FIXTURE(WorldWithStore, "a planted link is not followed")
{
    store.write(web);
    shell("echo precious >/run/victim; ln -s /run/victim " + file_of(web) +
          ".new;"
          "ln -s /run/victim '/run/store/shared/4026531840:bridge:br0/" +
          record_name(db) + "'");
    CHECK_THROWS_AS(store.write(web), Error);
    CHECK_THROWS_AS(store.write(db), Error);
    CHECK(shell("cat /run/victim") == "precious\n");
}

TEST_CASE_FIXTURE(WorldWithStore, "who turned a switch on is noted, in this network namespace")
{
    store.note_switched_on("net.ipv4.ip_forward", "web1 at 2026-01-31T12:00:00Z");
    CHECK(store.switched_on() ==
          std::map<std::string, std::string>{{"net.ipv4.ip_forward", "web1 at 2026-01-31T12:00:00Z"}});
    CHECK(RecordStore({here.boot_id, here.pid_namespace, 1}, "/run/store").switched_on().empty());
}

TEST_CASE_FIXTURE(WorldWithStore, "records of other boots go, with what they hold in any network namespace")
{
    Record of_now = db;
    of_now.boot_id = here.boot_id;
    Record of_then = web;
    of_then.boot_id = "boot-0";
    store.write(of_now);
    const std::string before = shell("find /run/store | sort");
    RecordStore({"boot-0", here.pid_namespace, 1}, "/run/store").write(of_then);
    store.hold("bridge:br0", record_name(of_then));
    CHECK(store.drop_other_boots(here.boot_id) == Names{record_name(of_then)});
    CHECK(shell("find /run/store | sort") == before);
    CHECK(store.drop_other_boots(here.boot_id).empty());
}
