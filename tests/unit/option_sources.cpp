// SPDX-License-Identifier: GPL-2.0-or-later
// Where options come from, and which of two sources wins.
#include "cli/options.h"
#include "cli/spelling.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

OptionFile container_file(const std::string& text)
{
    return {"/var/lib/lxc/web1/uplink.conf", text, false};
}

OptionFile host_file(const std::string& text)
{
    return {"/etc/lxc/uplink.conf", text, true};
}

Options from_file(const std::string& text)
{
    return read_options({}, {container_file(text)});
}

/// What each source says of one option, where it says anything.
struct Said {
    std::vector<std::string> hook_line;
    std::string container_file;
    std::string host_file;
};

Options merged(const Said& said)
{
    return read_options(said.hook_line, {container_file(said.container_file), host_file(said.host_file)});
}

} // namespace

TEST_CASE("nobody says anything: nothing is set")
{
    CHECK(read_options({}, {}) == Options{});
    CHECK(merged({}) == Options{});
}

TEST_CASE("every option can stand on the hook line")
{
    Options expected;
    expected.mode = Mode::none;
    expected.bridge = "br0";
    expected.bridge_ipv4 = {ipv4("10.0.3.1/24"), ipv4("10.0.4.1/24")};
    expected.bridge_ipv6 = {{"fd00::1", 64}};
    expected.nic = 2;
    expected.uplink = "eth0";
    expected.hairpin = true;
    expected.isolate = false;
    expected.ipv6 = false;
    expected.firewall = Engine::nftables;
    expected.publish = {{Protocol::tcp, std::nullopt, {8080, 8080}, {80, 80}},
                        {Protocol::udp, ip_address("192.0.2.1"), {5300, 5310}, {53, 63}}};
    expected.inbound = Inbound::any;
    expected.snat_to = {ip_address("192.0.2.1"), ip_address("2001:db8::1")};
    expected.masquerade_ports = PortRange{32768, 60999};
    expected.random_fully = true;
    expected.coexist = false;
    CHECK(read_options({"--mode",
                        "none",
                        "--bridge",
                        "br0",
                        "--bridge-address",
                        "10.0.3.1/24",
                        "--nic",
                        "2",
                        "--bridge-address=fd00::1/64",
                        "--bridge-address",
                        "10.0.4.1/24",
                        "--uplink=eth0",
                        "--hairpin",
                        "yes",
                        "--isolate",
                        "no",
                        "--ipv6",
                        "no",
                        "--firewall",
                        "nftables",
                        "--publish",
                        "8080:80",
                        "--publish=192.0.2.1:5300-5310:53-63/udp",
                        "--inbound",
                        "any",
                        "--snat-to",
                        "192.0.2.1",
                        "--snat-to",
                        "2001:db8::1",
                        "--masquerade-ports",
                        "32768-60999",
                        "--random-fully",
                        "yes",
                        "--coexist",
                        "off"},
                       {}) == expected);
}

TEST_CASE("every option can stand in a file")
{
    Options expected;
    expected.mode = Mode::nat;
    expected.bridge = "br0";
    expected.bridge_ipv4 = {ipv4("10.0.3.1/24"), ipv4("10.0.4.1/24")};
    expected.bridge_ipv6 = {{"fd00::1", 64}};
    expected.nic = 0;
    expected.uplink = "auto";
    expected.hairpin = false;
    expected.isolate = true;
    expected.ipv6 = true;
    expected.publish = {{Protocol::sctp, ip_address("2001:db8::1"), {443, 443}, {443, 443}}};
    expected.inbound = Inbound::published;
    expected.random_fully = false;
    expected.coexist = true;
    CHECK(from_file("mode = nat\n"
                    "bridge = br0\n"
                    "bridge-address = 10.0.3.1/24\n"
                    "bridge-address = fd00::1/64\n"
                    "bridge-address = 10.0.4.1/24\n"
                    "nic = 0\n"
                    "uplink = auto\n"
                    "hairpin = no\n"
                    "isolate = yes\n"
                    "ipv6 = yes\n"
                    "firewall = auto\n"
                    "publish = [2001:db8::1]:443:443/sctp\n"
                    "inbound = published\n"
                    "random-fully = no\n"
                    "coexist = auto\n") == expected);
}

TEST_CASE("the hook line wins over the container's file, that over the host's")
{
    CHECK(merged({{"--bridge", "br1"}, "bridge = br2", "bridge = br3"}).bridge == "br1");
    CHECK(merged({{}, "bridge = br2", "bridge = br3"}).bridge == "br2");
    CHECK(merged({{}, "", "bridge = br3"}).bridge == "br3");
}

TEST_CASE("each option is decided by itself: a source that is silent about it does not hide the others")
{
    Options expected;
    expected.bridge = "br1";
    expected.mode = Mode::none;
    expected.hairpin = true;
    expected.host_wide = {"hairpin"};
    CHECK(merged({{"--bridge", "br1"}, "mode = none\n", "mode = nat\nhairpin = yes\n"}) == expected);
}

TEST_CASE("the addresses of the winning source stand alone")
{
    CHECK(merged({{"--bridge-address", "10.0.1.1/24"}, "bridge-address = 10.0.2.1/24", ""}).bridge_ipv4 ==
          std::vector{ipv4("10.0.1.1/24")});
    const Options options = merged({{"--bridge-address", "10.0.1.1/24"}, "bridge-address = fd00::1/64", ""});
    CHECK(options.bridge_ipv6.empty());
}

TEST_CASE("what the host's file alone says is known as such")
{
    using Names = std::set<std::string>;
    CHECK(merged({{}, "mode = nat", "bridge = br0\nbridge-address = 10.0.3.1/24"}).host_wide ==
          Names{"bridge", "bridge-address"});
    CHECK(merged({{}, "bridge = br1", "bridge = br0\nbridge-address = 10.0.3.1/24"}).host_wide ==
          Names{"bridge-address"});
    CHECK(merged({{"--bridge-address", "10.0.4.1/24"}, "", "bridge-address = 10.0.3.1/24"}).host_wide ==
          Names{});
    CHECK(read_options({}, {host_file("bridge = br0\npublish = 80:80\npublish = 81:81")}).host_wide ==
          Names{"bridge", "publish"});
    CHECK(merged({{}, "bridge-type = linux", "bridge-type = openvswitch"}).host_wide == Names{});
}

TEST_CASE("spaces, blank lines and comments in a file count for nothing")
{
    Options expected;
    expected.bridge = "br0";
    expected.nic = 1;
    CHECK(from_file("# the bridge\n"
                    "\n"
                    "   bridge=br0   # of all containers\n"
                    "\t\n"
                    "#nic = 7\n"
                    "nic\t=\t1") == expected);
    CHECK(from_file("bridge = br0\r\nnic = 1\r\n") == expected);
    CHECK(from_file("") == Options{});
}

TEST_CASE("a byte order mark in front of a file is no part of its first line, and anywhere else it is")
{
    Options expected;
    expected.nic = 2;
    CHECK(from_file("\xef\xbb\xbfnic = 2\n") == expected);
    CHECK(from_file("\xef\xbb\xbf# by an editor\r\nnic = 2\r\n") == expected);
    CHECK(refusal_of([] { from_file("\n\xef\xbb\xbfnic = 2\n"); }).find(":2: unknown option") !=
          std::string::npos);
}

TEST_CASE("an IPv6 address is kept in its shortest form")
{
    CHECK(from_file("bridge-address = FD00:0:0::0001/64").bridge_ipv6 ==
          std::vector<Ipv6Interface>{{"fd00::1", 64}});
}

TEST_CASE("the nearest name takes the fewest edits, and a word that is near to none gets all of them")
{
    const std::vector<std::string> names = {"bridge", "bridge-address", "hairpin", "nic"};
    CHECK(nearest_or_all("brigde", names) == "the nearest is bridge");
    CHECK(nearest_or_all("bridge", names) == "the nearest is bridge");
    CHECK(nearest_or_all("bridge-adress", names, "--") == "the nearest is --bridge-address");
    CHECK(nearest_or_all("hair-pin", names) == "the nearest is hairpin");
    CHECK(nearest_or_all("x", names, "--") == "there are --bridge, --bridge-address, --hairpin and --nic");
    CHECK(nearest_or_all("", {"nic"}) == "there are nic");
}

TEST_CASE("the help lists every option that is understood")
{
    const std::string help = options_help();
    for (const char* option : {"--mode", "--bridge", "--bridge-address", "--nic", "--uplink", "--hairpin",
                               "--isolate", "--ipv6"}) {
        CAPTURE(option);
        CHECK(help.find(option + std::string(" ")) != std::string::npos);
    }
}
