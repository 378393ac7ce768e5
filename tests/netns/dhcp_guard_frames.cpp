// SPDX-License-Identifier: GPL-2.0-or-later
// The guard before frames of every kind that matters: by ports, by direction, by VLAN tags.
#include "host_on_lan.h"

#include <fstream>

using namespace uplink;

namespace
{

/// Datagrams that come through, by source and destination port. All of them and a last one that nothing holds
/// are sent down the same path, and read from one socket, so that those before the last have come or never
/// will.
class Crossing
{
  public:
    explicit Crossing(const std::string& there)
        : ipv4_("echo ready; exec " + there + "socat -u IP4-RECV:17 OPEN:/run/crossed4,creat,append"),
          ipv6_("echo ready; exec " + there + "socat -u IP6-RECV:17 OPEN:/run/crossed6,creat,append")
    {
        wait_until("[ $(" + there + "cat /proc/net/raw /proc/net/raw6 | grep -c ':0011 ') = 2 ]");
    }

    static std::string of(const std::string& here, const std::string& ipv4, const std::string& ipv6)
    {
        shell("rm -f /run/sent; : >/run/crossed4; : >/run/crossed6");
        for (const auto& [source, port] :
             std::vector<std::pair<int, int>>{{68, 67}, {67, 68}, {1234, 68}, {67, 67}, {68, 53}})
            send(here, "UDP4-SENDTO:" + ipv4, source, port);
        for (const auto& [source, port] :
             std::vector<std::pair<int, int>>{{546, 547}, {547, 546}, {1234, 546}, {547, 547}, {546, 53}})
            send(here, "UDP6-SENDTO:[" + ipv6 + "]", source, port);
        wait_until("grep -aq 'udp 68 to 53;' /run/crossed4");
        wait_until("grep -aq 'udp 546 to 53;' /run/crossed6");
        return shell("cat /run/crossed4 /run/crossed6 | grep -ao 'udp [0-9]* to [0-9]*;' | tr '\\n' ' '");
    }

  private:
    static void send(const std::string& here, const std::string& to, int source, int port)
    {
        shell("printf 'udp " + std::to_string(source) + " to " + std::to_string(port) + ";' | " + here +
              "socat -u - '" + to + ":" + std::to_string(port) + ",sourceport=" + std::to_string(source) +
              "'");
    }

    Background ipv4_;
    Background ipv6_;
};

const std::string everything =
    "udp 68 to 67; udp 67 to 68; udp 1234 to 68; udp 67 to 67; udp 68 to 53; "
    "udp 546 to 547; udp 547 to 546; udp 1234 to 546; udp 547 to 547; udp 546 to 53; ";
const std::string no_answers = "udp 68 to 67; udp 68 to 53; udp 546 to 547; udp 546 to 53; ";

using Bytes = std::vector<unsigned char>;

/// An Ethernet frame to everybody with `tags` VLAN tags and a datagram of a DHCP server in it.
Bytes frame_of_server(int tags)
{
    Bytes frame(6, 0xff);
    const auto append = [&frame](const Bytes& bytes) {
        frame.insert(frame.end(), bytes.begin(), bytes.end());
    };
    append({0x02, 0, 0, 0, 0, 0x03});
    for (int i = 0; i < tags; ++i)
        append({0x81, 0x00, 0x00, 0x0a});
    append({0x08, 0x00, 0x45, 0, 0, 34, 0, 0, 0, 0, 64, 17, 0x6d, 0xc9, 10, 0, 3, 3, 255, 255, 255, 255});
    append({0, 67, 0, 68, 0, 14, 0, 0, 't', 'a', 'g', 's', '=', static_cast<unsigned char>('0' + tags)});
    return frame;
}

/// Of frames with none to two tags those that get out to the LAN. The last one is no server's.
std::string tagged_frames_that_cross()
{
    shell(": >/run/frames");
    const Background listener("echo ready; exec " + in_lan +
                              "socat -u INTERFACE:eth0 OPEN:/run/frames,append");
    wait_until(in_lan + "grep -q ' 0003 ' /proc/net/packet");
    for (const int tags : {0, 1, 2, 3}) {
        Bytes frame = frame_of_server(tags);
        if (tags == 3)
            frame.at(frame.size() - 13) = frame.at(frame.size() - 11) = 99; // both ports
        std::ofstream("/run/frame", std::ios::binary)
            .write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
        shell(in_web + "socat -u OPEN:/run/frame INTERFACE:eth0");
    }
    wait_until("grep -aq tags=3 /run/frames");
    return shell("grep -ao 'tags=[0-2]' /run/frames | tr '\\n' ' '");
}

} // namespace

TEST_CASE_FIXTURE(HostOnLan,
                  "what a server says is held by its ports on its way out, and nothing on its way in")
{
    shell(in_lan + "ip address add fd00:3::2/64 dev eth0 nodad; " + in_web +
          "ip address add fd00:3::3/64 dev eth0 nodad;"
          "ip address add fd00:3::1/64 dev br0 nodad");
    {
        const Crossing out(in_lan);
        CHECK(Crossing::of(in_web, "10.0.3.2", "fd00:3::2") == everything);
        CHECK(Crossing::of("", "10.0.3.2", "fd00:3::2") == everything);
        add_dhcp_guard("br0", "eth0");
        CHECK(Crossing::of(in_web, "10.0.3.2", "fd00:3::2") == no_answers);
        CHECK(Crossing::of("", "10.0.3.2", "fd00:3::2") == no_answers);
    }
    const Crossing in(in_web);
    CHECK(Crossing::of(in_lan, "10.0.3.3", "fd00:3::3") == everything);
}

TEST_CASE_FIXTURE(HostOnLan, "frames with one VLAN tag are guarded as those without, and not those with two")
{
    CHECK(tagged_frames_that_cross() == "tags=0 tags=1 tags=2 ");
    add_dhcp_guard("br0", "eth0");
    CHECK(tagged_frames_that_cross() == "tags=2 ");
}

TEST_CASE_FIXTURE(HostOnLan, "containers talk to each other through their bridge as if there were no guard")
{
    shell("ip address add fd00:3::1/64 dev br0 nodad;" + in_web +
          "ip address add fd00:3::3/64 dev eth0 nodad");
    add_dhcp_guard("br0", "eth0");
    const Crossing into_container(in_web);
    CHECK(Crossing::of("", "10.0.3.3", "fd00:3::3") == everything);
}
