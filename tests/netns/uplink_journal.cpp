// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/uplink_journal.h"

#include "core/error.h"
#include "world.h"

#include <doctest/doctest.h>

using namespace uplink;

namespace
{

const Viewpoint here = {"boot-1", 4026531836, 4026531840};

UplinkJournal journal_of(const std::string& nic, const std::string& boot_id)
{
    UplinkJournal journal;
    journal.move.nic = nic;
    journal.move.bridge = "br1";
    journal.boot_id = boot_id;
    return journal;
}

struct WorldWithJournals : World {
    UplinkJournals journals{here, "/run/uplinks"};
};

} // namespace

TEST_CASE_FIXTURE(WorldWithJournals, "a journal of another boot says nothing of this one, and can be dropped")
{
    const UplinkJournals elsewhere({"boot-0", here.pid_namespace, 1}, "/run/uplinks");
    journals.write(journal_of("eth0", "boot-1"));
    journals.write(journal_of("eth1", "boot-0"));
    elsewhere.write(journal_of("eth2", "boot-0"));
    CHECK(journals.read("eth0")->move.bridge == "br1");
    CHECK_FALSE(journals.read("eth1").has_value());
    CHECK(journals.drop_other_boots() ==
          std::vector<std::string>{"/run/uplinks/1:eth2.json", "/run/uplinks/4026531840:eth1.json"});
    CHECK(shell("ls /run/uplinks") == "4026531840:eth0.json\n");
    CHECK(journals.drop_other_boots().empty());
}

TEST_CASE_FIXTURE(WorldWithJournals, "a journal that cannot be read is left to be looked at")
{
    journals.write(journal_of("eth0", "boot-1"));
    shell("echo '{ \"boot' >/run/uplinks/4026531840:eth0.json");
    CHECK(journals.drop_other_boots().empty());
    CHECK_THROWS_AS(static_cast<void>(journals.read("eth0")), Error);
}
