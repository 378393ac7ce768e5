// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/identity.h"

#include "printers.h"
#include "values.h"

#include <set>

using namespace uplink;

namespace
{

const std::string longest_name(100, 'n');

/// As much as Linux gives: pid_max is 2^22, inodes of namespaces have 32 bits, and 10^12 ticks are 300 years.
const Instance longest_instance = {{4194304, 1000000000000}, 4294967295};

const std::vector<std::string> names = {"web1",      "a", "shop.example.com", "c++",       "a:b:c",
                                        "two words", "-", "w\xc3\xa4",        longest_name};

} // namespace

TEST_CASE("the hash is 64-bit FNV-1a")
{
    CHECK(hash_of("") == 0xcbf29ce484222325);
    CHECK(hash_of("a") == 0xaf63dc4c8601ec8c);
    CHECK(hash_of("foobar") == 0x85944171f73967e8);
}

TEST_CASE("a container's hash is sixteen hex digits, leading zeros included")
{
    bool leading_zero_seen = false;
    for (int i = 0; i < 1000; ++i) {
        const std::string hash = hash_of(ContainerId{std::to_string(i), "web1"});
        CHECK(hash.size() == 16);
        CHECK(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
        leading_zero_seen = leading_zero_seen || hash.front() == '0';
    }
    CHECK(leading_zero_seen);
}

TEST_CASE("lxcpath and name both count in a container's hash, and so does where one ends")
{
    const std::set<std::string> hashes = {
        hash_of(ContainerId{"/a", "web"}), hash_of(ContainerId{"/b", "web"}),
        hash_of(ContainerId{"/a", "web2"}), hash_of(ContainerId{"/aw", "eb"})};
    CHECK(hashes.size() == 4);
}

TEST_CASE("an instance reads back from its text")
{
    CHECK(to_string(first_life) == "812-30517-4026531836");
    CHECK(parse_instance("812-30517-4026531836") == first_life);
    CHECK(parse_instance(to_string(longest_instance)) == longest_instance);
}

TEST_CASE("other text is no instance")
{
    for (const char* text : {"", "812", "812-30517", "812-30517-", "-30517-1", "812--1", "a-b-c",
                             "812-30517-1-1", "2147483648-1-1", "812-30517-4026531836 ", "-1-1-1"}) {
        CAPTURE(text);
        CHECK(parse_instance(text) == std::nullopt);
    }
}

TEST_CASE("a record's name tells its instance")
{
    CHECK(record_name(web1, first_life) == hash_of(web1) + ".812-30517-4026531836");
    for (const std::string& name : names)
        CHECK(instance_of_record_name(record_name({"/var/lib/lxc", name}, first_life)) == first_life);
    for (const char* text : {"", "lock", "0123456789abcdef", "0123456789abcdef.", "0123456789abcdef.web1",
                             "0123456789abcde.812-30517-1", "0123456789abcdef-812-30517-1"}) {
        CAPTURE(text);
        CHECK(instance_of_record_name(text) == std::nullopt);
    }
}

TEST_CASE("a tag says program, container, instance and name")
{
    CHECK(web1_tag == "lxc-uplink:" + hash_of(web1) + ":812-30517-4026531836:web1");
}

TEST_CASE("a tag is plain ASCII without quotes, whatever the container is called")
{
    CHECK(tag_of({"/var/lib/lxc", "w\xc3\xa4 \"x\\\n"}, first_life) ==
          "lxc-uplink:" + hash_of(ContainerId{"/var/lib/lxc", "w\xc3\xa4 \"x\\\n"}) +
              ":812-30517-4026531836:w?? ?x??");
}

TEST_CASE("a tag leads back to the record, whatever the container is called")
{
    for (const std::string& name : names) {
        CAPTURE(name);
        const ContainerId container = {"/var/lib/lxc", name};
        for (const Instance& instance : {first_life, longest_instance})
            CHECK(record_name_of_tag(tag_of(container, instance)) == record_name(container, instance));
    }
}

TEST_CASE("a tag tells the container's name, and a shared one none")
{
    CHECK(container_of_tag(web1_tag) == "web1");
    CHECK(container_of_tag(tag_of({"/var/lib/lxc", "a:b"}, longest_instance)) == "a:b");
    CHECK(container_of_tag(shared_tag("br0")) == std::nullopt);
}

TEST_CASE("a tag fits into an nft comment even with a name of 100 characters")
{
    CHECK(tag_of({"/var/lib/lxc", longest_name}, longest_instance).size() <= 128);
}

TEST_CASE("a shared tag names the bridge and no record")
{
    CHECK(shared_tag("br0") == "lxc-uplink:shared:br0");
    CHECK(record_name_of_tag(shared_tag("br0")) == std::nullopt);
}

TEST_CASE("somebody else's comment names no record")
{
    const std::string hash = hash_of(web1);
    for (const std::string& comment :
         {std::string(), std::string("lxc-uplink"), std::string("lxc-uplink:"), "lxc-uplink:" + hash,
          "lxc-uplink:" + hash + ":812-30517-1", "lxc-uplink:" + hash + ":812-30517:web1",
          "lxc-uplink:" + hash.substr(1) + ":812-30517-1:web1", "docker:" + hash + ":812-30517-1:web1",
          "x" + web1_tag}) {
        CAPTURE(comment);
        CHECK(record_name_of_tag(comment) == std::nullopt);
    }
}
