// SPDX-License-Identifier: GPL-2.0-or-later
// Which option files are trusted, and how small files are replaced.
#include "host/file.h"

#include "host/owned.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <sys/socket.h>
#include <sys/un.h>

using namespace uplink;

namespace
{

constexpr uid_t owner = 1000;

std::string refusal(const std::string& path)
{
    return refusal_of([&] { read_option_file(path, owner); });
}

} // namespace

TEST_CASE_FIXTURE(World, "an option file of root or of the configuration's owner is read")
{
    shell("echo 'bridge = br0' >/run/roots; echo 'bridge = br1' >/run/owners; chown 1000 /run/owners");
    const auto roots = read_option_file("/run/roots", owner);
    REQUIRE(roots);
    CHECK(roots->path == "/run/roots");
    CHECK(roots->text == "bridge = br0\n");
    CHECK(read_option_file("/run/owners", owner)->text == "bridge = br1\n");
}

TEST_CASE_FIXTURE(World, "an option file that is not there is nothing")
{
    CHECK_FALSE(read_option_file("/run/none", owner).has_value());
    CHECK_FALSE(read_option_file("/run/none/none", owner).has_value());
}

TEST_CASE_FIXTURE(World, "an option file that somebody else could have written is refused")
{
    shell(
        "cd /run; touch strangers group world target; chown 1001 strangers; chmod 664 group; chmod 646 world;"
        "ln -s target link; mkfifo pipe; mkdir folder; chmod 644 target");
    CHECK(refusal("/run/strangers") ==
          "option file /run/strangers belongs to user 1001, who could then change the "
          "host's network: run \"chown root /run/strangers\"");
    CHECK(refusal("/run/group") ==
          "option file /run/group may be written by others than its owner: run \"chmod go-w /run/group\"");
    CHECK(refusal("/run/world") ==
          "option file /run/world may be written by others than its owner: run \"chmod go-w /run/world\"");
    CHECK(refusal("/run/link") == "option file /run/link is a symbolic link: put the file itself there");
    CHECK(refusal("/run/pipe") == "option file /run/pipe is not a regular file: put one there or remove it");
    CHECK(refusal("/run/folder") ==
          "option file /run/folder is not a regular file: put one there or remove it");
    sockaddr_un address = {AF_UNIX, "/run/socket"};
    const Fd socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(refusal("/run/socket") ==
          "option file /run/socket is not a regular file: put one there or remove it");
}

TEST_CASE_FIXTURE(World, "a replaced file has the new text, is private, and leaves no other file behind")
{
    shell("umask 0; mkdir /run/f; echo old >/run/f/file");
    const std::string text(100000, 'x');
    replace_file("/run/f/file", text);
    CHECK(shell("cat /run/f/file") == text);
    CHECK(shell("stat -c %a /run/f/file; ls /run/f") == "600\nfile\n");
    CHECK(refusal_of([] { replace_file("/run/none/file", ""); }) ==
          "cannot write /run/none/file.new: No such file or directory");
}

TEST_CASE_FIXTURE(World, "a full file system leaves the old text")
{
    shell("mkdir /run/f; mount -t tmpfs -o size=16k small /run/f; echo old >/run/f/file");
    CHECK(refusal_of([] { replace_file("/run/f/file", std::string(100000, 'x')); }) ==
          "cannot write /run/f/file.new: No space left on device");
    CHECK(shell("cat /run/f/file") == "old\n");
    CHECK(shell("ls /run/f") == "file\n");
}

TEST_CASE_FIXTURE(World, "folders are made private, with their parents, and may be there already")
{
    make_folders("/run/a/b/c");
    make_folders("/run/a/b/c");
    CHECK(shell("stat -c %a /run/a /run/a/b /run/a/b/c") == "700\n700\n700\n");
    shell("touch /run/file");
    CHECK(refusal_of([] { make_folders("/run/file/x"); }) ==
          "cannot make folder /run/file/x: Not a directory");
}

TEST_CASE_FIXTURE(World, "the names in a folder are sorted, and a folder that is not there has none")
{
    shell("mkdir /run/f; touch /run/f/b /run/f/a /run/f/c");
    CHECK(names_in("/run/f") == std::vector<std::string>{"a", "b", "c"});
    CHECK(names_in("/run/none").empty());
}

TEST_CASE_FIXTURE(World, "a file below a folder is read as from a root, and only a small regular one")
{
    shell("mkdir -p /run/root/etc /run/root/run; cd /run/root/etc; echo theirs >real; echo ours >/run/real; "
          "ln -s /run/real absolute; ln -s ../../../run/real upwards; echo inside >/run/root/run/real; "
          "mkfifo pipe; ln -s /dev/zero zeros; head -c 65537 /dev/zero >large; mkdir folder");
    const auto text = [](const std::string& name) {
        return read_file_below("/run/root", "/etc/" + name, 65536).value_or("(none)");
    };
    CHECK(text("real") == "theirs\n");
    CHECK(text("absolute") == "inside\n");
    CHECK(text("upwards") == "inside\n");
    for (const char* name : {"pipe", "zeros", "large", "folder", "missing"})
        CHECK(text(name) == "(none)");
    CHECK_FALSE(read_file_below("/run/none", "/etc/real", 65536).has_value());
}
