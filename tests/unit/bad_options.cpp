// SPDX-License-Identifier: GPL-2.0-or-later
// The whole message for everything that can be wrong with an option, on the hook line and in a file.
#include "cli/options.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

std::string refusal_of_hook_line(const std::vector<std::string>& words)
{
    return refusal_of([&] { read_options(words, {}); });
}

std::string refusal_of_file(const std::string& text)
{
    return refusal_of([&] { read_options({}, {{"/etc/lxc/uplink.conf", text, true}}); });
}

struct BadValue {
    const char* option;
    const char* value;
    const char* message;
};

const std::vector<BadValue> bad_values = {
    {"mode", "bridged", "\"bridged\" is not a mode: write nat, direct or none"},
    {"mode", "NAT", "\"NAT\" is not a mode: write nat, direct or none"},
    {"bridge", "br/0",
     "\"br/0\" is not an interface name (spaces, slashes, colons and quotes are not allowed): write for "
     "example br0"},
    {"bridge", "br:0",
     "\"br:0\" is not an interface name (spaces, slashes, colons and quotes are not allowed): write for "
     "example br0"},
    {"bridge", "br 0",
     "\"br 0\" is not an interface name (spaces, slashes, colons and quotes are not allowed): write for "
     "example br0"},
    {"bridge", "a-bridge-too-far",
     "\"a-bridge-too-far\" is not an interface name (it is longer than 15 characters): write for example "
     "br0"},
    {"bridge", "..",
     "\"..\" is not an interface name (the kernel keeps it for itself): write for example br0"},
    {"bridge", ".", "\".\" is not an interface name (the kernel keeps it for itself): write for example br0"},
    {"uplink", "eth0:1",
     "\"eth0:1\" is not an interface name (spaces, slashes, colons and quotes are not allowed): write for "
     "example "
     "eth0"},
    {"bridge-address", "10.0.3.1",
     "\"10.0.3.1\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "10.0.3.1/33",
     "\"10.0.3.1/33\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "10.0.3/24",
     "\"10.0.3/24\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "fd00::1",
     "\"fd00::1\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "fd00::1/129",
     "\"fd00::1/129\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "fd00::g/64",
     "\"fd00::g/64\" is not an address with a prefix length: write for example 10.0.3.1/24"},
    {"bridge-address", "10.0.3.0/24",
     "\"10.0.3.0/24\" is no address that a host can have: write for example 10.0.3.1/24"},
    {"nic", "-1", "\"-1\" is not the number of a NIC: write N of lxc.net.N, for example 0"},
    {"nic", "eth0", "\"eth0\" is not the number of a NIC: write N of lxc.net.N, for example 0"},
    {"nic", "4096", "\"4096\" is not the number of a NIC: write N of lxc.net.N, for example 0"},
    {"hairpin", "on", "\"on\" is neither yes nor no"},
    {"isolate", "Yes", "\"Yes\" is neither yes nor no"},
    {"dhcp-guard", "off", "\"off\" is neither yes nor no"},
    {"bridge-type", "ovs", "\"ovs\" is not a type of bridge: write linux or openvswitch"},
    {"confirm-timeout", "0", "\"0\" is not a number of seconds from 1 to 300: write for example 10"},
    {"confirm-timeout", "301", "\"301\" is not a number of seconds from 1 to 300: write for example 10"},
    {"confirm-timeout", "10s", "\"10s\" is not a number of seconds from 1 to 300: write for example 10"},
    {"ipv6", "on", "\"on\" is neither yes nor no"},
    {"firewall", "ufw", "\"ufw\" is not a firewall: write auto, iptables or nftables"},
    {"inbound", "all", "\"all\" is not what may come in: write published or any"},
    {"snat-to", "127.0.0.1",
     "\"127.0.0.1\" is not an address that others can answer: write for example 192.0.2.1"},
    {"snat-to", "ff02::1",
     "\"ff02::1\" is not an address that others can answer: write for example 192.0.2.1"},
    {"masquerade-ports", "60999-32768",
     "\"60999-32768\" is not a range of ports (it begins after its end): write for example 32768-60999"},
    {"masquerade-ports", "1-99999",
     "\"1-99999\" is not a range of ports (a port is a number from 1 to 65535): write for example "
     "32768-60999"},
    {"masquerade-ports", "1024",
     "\"1024\" is not a range of ports (one port would be one connection at a time): write for example "
     "32768-60999"},
    {"coexist", "no",
     "\"no\" is neither auto (the firewalls of others are opened for the container) nor off"},
    {"uplink", "eth0 eth1",
     "\"eth0 eth1\" is not an interface name (spaces, slashes, colons and quotes are not allowed): write for "
     "example "
     "eth0"},
    {"publish", "80",
     "\"80\" is not a port to publish (the container's port is missing or none from 1 to 65535): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "0:80",
     "\"0:80\" is not a port to publish (the host's port is none from 1 to 65535): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "80:80/icmp",
     "\"80:80/icmp\" is not a port to publish (the protocol is none of tcp, udp, sctp): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "80-82:80-81",
     "\"80-82:80-81\" is not a port to publish (the ranges differ in length): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "90-80:90-80",
     "\"90-80:90-80\" is not a port to publish (the container's range 90-80 begins after its end): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "90-80:80-90",
     "\"90-80:80-90\" is not a port to publish (the host's range 90-80 begins after its end): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "224.0.0.1:80:80",
     "\"224.0.0.1:80:80\" is not a port to publish (no host has the address 224.0.0.1 to itself): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "255.255.255.255:80:80",
     "\"255.255.255.255:80:80\" is not a port to publish (no host has the address 255.255.255.255 to "
     "itself): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "[ff02::1]:80:80",
     "\"[ff02::1]:80:80\" is not a port to publish (no host has the address ff02::1 to itself): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "0.0.0.0:8080:80",
     "\"0.0.0.0:8080:80\" is not a port to publish (0.0.0.0 is no address of the host's): leave it out to "
     "publish at all that the host has, as in 8080:80"},
    {"publish", "[::]:53-54:53-54/udp",
     "\"[::]:53-54:53-54/udp\" is not a port to publish (:: is no address of the host's): leave it out to "
     "publish at all that the host has, as in 53-54:53-54/udp"},
    {"publish", "2001:db8::1:80:80",
     "\"2001:db8::1:80:80\" is not a port to publish (the address is none, or IPv6 without brackets): "
     "write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
    {"publish", "[::1]:80:80",
     "\"[::1]:80:80\" is not a port to publish (no packet can be sent on from ::1, so nothing can be "
     "published "
     "there): write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443"},
};

} // namespace

TEST_CASE("a bad value on the hook line is named with its option and a right one")
{
    for (const BadValue& bad : bad_values) {
        const std::string message = std::string("the hook line: ") + bad.option + ": " + bad.message;
        CHECK(refusal_of_hook_line({std::string("--") + bad.option, bad.value}) == message);
        CHECK(refusal_of_hook_line({std::string("--") + bad.option + "=" + bad.value}) == message);
    }
}

TEST_CASE("a bad value in a file is named with file, line and option")
{
    for (const BadValue& bad : bad_values)
        CHECK(refusal_of_file(std::string("# comment\n\n") + bad.option + " = " + bad.value + "\n") ==
              std::string("/etc/lxc/uplink.conf:3: ") + bad.option + ": " + bad.message);
}

TEST_CASE("an empty name is refused")
{
    CHECK(refusal_of_hook_line({"--bridge", ""}) ==
          "the hook line: bridge: \"\" is not an interface name (it is empty): write for example br0");
    CHECK(
        refusal_of_file("bridge =\n") ==
        "/etc/lxc/uplink.conf:1: bridge: \"\" is not an interface name (it is empty): write for example br0");
}

TEST_CASE("the second of two addresses is read as strictly as the first")
{
    CHECK(refusal_of_file("bridge-address = 10.0.3.1/24\nbridge-address = fd00::1\n") ==
          "/etc/lxc/uplink.conf:2: bridge-address: \"fd00::1\" is not an address with a prefix length: write "
          "for "
          "example 10.0.3.1/24");
}

TEST_CASE("a bad value is refused even where a better source wins")
{
    CHECK(
        refusal_of([] {
            read_options({"--nic", "0"}, {{"/etc/lxc/uplink.conf", "nic = x", true}});
        }) ==
        "/etc/lxc/uplink.conf:1: nic: \"x\" is not the number of a NIC: write N of lxc.net.N, for example 0");
}

TEST_CASE("an unknown option is named with the nearest right one")
{
    CHECK(refusal_of_hook_line({"--brigde", "br0"}) ==
          "the hook line: unknown option --brigde: the nearest is --bridge");
    CHECK(refusal_of_hook_line({"--bridge-adress=10.0.3.1/24"}) ==
          "the hook line: unknown option --bridge-adress: the nearest is --bridge-address");
    CHECK(refusal_of_hook_line({"-publish", "8080:80"}) ==
          "the hook line: option publish is written with two dashes: --publish");
    CHECK(refusal_of_file("mode = nat\nhair-pin = yes\n") ==
          "/etc/lxc/uplink.conf:2: unknown option hair-pin: the nearest is hairpin");
    CHECK(refusal_of_file("brigde = a=b\n") ==
          "/etc/lxc/uplink.conf:1: unknown option brigde: the nearest is bridge");
}

TEST_CASE("an unknown option that is near to none is named with all there are")
{
    CHECK(refusal_of_hook_line({"--qqqqqqqq", "80:80"}) ==
          "the hook line: unknown option --qqqqqqqq: there are --mode, --bridge, --bridge-address, --nic, "
          "--uplink, --bridge-type, --dhcp-guard, --confirm-timeout, "
          "--hairpin, --isolate, --ipv6, --firewall, --publish, --inbound, --snat-to, "
          "--masquerade-ports, --random-fully and --coexist");
    CHECK(refusal_of_file("qqqqqqqq = 80:80") ==
          "/etc/lxc/uplink.conf:1: unknown option qqqqqqqq: there are "
          "mode, bridge, bridge-address, nic, uplink, bridge-type, dhcp-guard, confirm-timeout, hairpin, "
          "isolate, ipv6, firewall, publish, inbound, snat-to, masquerade-ports, "
          "random-fully and coexist");
}

TEST_CASE("a beginning of a name is not taken for the name")
{
    CHECK(refusal_of_hook_line({"--isolat", "yes"}) ==
          "the hook line: unknown option --isolat: the nearest is --isolate");
}

TEST_CASE("an option given twice by one source is refused")
{
    CHECK(refusal_of_hook_line({"--bridge", "br0", "--bridge=br1"}) ==
          "the hook line: option bridge is given twice: keep one");
    CHECK(refusal_of_file("nic = 0\nbridge = br0\n\nnic = 0\n") ==
          "/etc/lxc/uplink.conf:4: option nic is given twice: keep one");
}

TEST_CASE("an option without a value is refused")
{
    CHECK(refusal_of_hook_line({"--bridge"}) ==
          "the hook line: the required argument for option '--bridge' is missing");
    CHECK(refusal_of_hook_line({"--bridge="}) ==
          "the hook line: the argument for option '--bridge' should follow immediately after the equal sign");
}

TEST_CASE("a stray word on the hook line is refused by name")
{
    for (const std::string word : {"br1", "-", ""})
        CHECK(refusal_of_hook_line({"--bridge", "br0", word}) ==
              "the hook line: \"" + word + "\" is no option: write for example --bridge br0");
}

TEST_CASE("a line of a file that sets nothing is refused")
{
    for (const std::string line : {"bridge br0", "bridge", "= br0", "[section]", "=", "bridge: br0"})
        CHECK(refusal_of_file("nic = 0\n" + line + "\n") ==
              "/etc/lxc/uplink.conf:2: \"" + line + "\" is not of the form NAME = VALUE");
}
