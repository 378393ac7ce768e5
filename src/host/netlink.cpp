// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "core/error.h"
#include "host/file.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <sched.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

using Message = Owned<nl_msg, nlmsg_free>;

/// Throws for the return value of a libnl function: these are negative libnl codes, not errno values.
void check(int result)
{
    if (result < 0)
        throw Error(nl_geterror(result));
}

template<typename Header>
Message message_with(int type, int flags, const Header& header)
{
    Message message(nlmsg_alloc_simple(type, flags));
    if (!message)
        throw Error("out of memory");
    check(nlmsg_append(message.get(), const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO));
    return message;
}

ifinfomsg about_link(unsigned ifindex)
{
    ifinfomsg header = {};
    header.ifi_index = static_cast<int>(ifindex);
    return header;
}

/// A nested attribute that ends with its scope.
class Nested
{
  public:
    Nested(nl_msg* message, int type)
        : message_(message), attribute_(nla_nest_start(message, type | NLA_F_NESTED))
    {
        if (attribute_ == nullptr)
            throw Error("out of memory");
    }
    ~Nested() { nla_nest_end(message_, attribute_); }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

  private:
    nl_msg* message_;
    nlattr* attribute_;
};

template<std::size_t size>
bool parse(nlmsghdr* header, int header_size, std::array<nlattr*, size>& attributes)
{
    return nlmsg_parse(header, header_size, attributes.data(), size - 1, nullptr) >= 0;
}

std::string kind_of(nlattr* linkinfo)
{
    std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
    if (linkinfo == nullptr || nla_parse_nested(info.data(), IFLA_INFO_MAX, linkinfo, nullptr) < 0 ||
        info[IFLA_INFO_KIND] == nullptr)
        return "";
    return nla_get_string(info[IFLA_INFO_KIND]);
}

std::optional<Link> link_of(nlmsghdr* header)
{
    std::array<nlattr*, IFLA_MAX + 1> attributes{};
    if (header->nlmsg_type != RTM_NEWLINK || !parse(header, sizeof(ifinfomsg), attributes))
        return std::nullopt;
    const auto* info = static_cast<const ifinfomsg*>(nlmsg_data(header));
    const auto number = [&attributes](int type) {
        return attributes.at(type) == nullptr ? 0 : nla_get_u32(attributes.at(type));
    };
    Link link;
    link.ifindex = static_cast<unsigned>(info->ifi_index);
    link.up = (info->ifi_flags & IFF_UP) != 0;
    link.mtu = number(IFLA_MTU);
    link.master = number(IFLA_MASTER);
    link.kind = kind_of(attributes[IFLA_LINKINFO]);
    if (link.kind == "veth")
        link.peer = number(IFLA_LINK);
    if (attributes[IFLA_IFNAME] != nullptr)
        link.name = nla_get_string(attributes[IFLA_IFNAME]);
    if (attributes[IFLA_IFALIAS] != nullptr)
        link.alias = nla_get_string(attributes[IFLA_IFALIAS]);
    return link;
}

Owned<nl_sock, nl_socket_free> connected_socket()
{
    Owned<nl_sock, nl_socket_free> socket(nl_socket_alloc());
    if (!socket)
        throw Error("out of memory");
    // An acknowledgement behind an answer would be taken for that of the next request.
    nl_socket_disable_auto_ack(socket.get());
    check(nl_connect(socket.get(), NETLINK_ROUTE));
    // Kernels since 4.12 and 4.20; older ones answer without these comforts.
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
        const int on = 1;
        ::setsockopt(nl_socket_get_fd(socket.get()), SOL_NETLINK, option, &on, sizeof on);
    }
    return socket;
}

/// This process in the network namespace of another one, until the end of the scope.
class InsideNamespace
{
  public:
    explicit InsideNamespace(pid_t pid)
        : home_(open_namespace("self")), there_(open_namespace(std::to_string(pid)))
    {
        if (::setns(there_.get(), CLONE_NEWNET) != 0)
            throw Error("cannot enter the network namespace of process " + std::to_string(pid) + ": " +
                        error_text(errno));
    }
    ~InsideNamespace()
    {
        // To go on in the wrong namespace would change somebody else's network.
        if (::setns(home_.get(), CLONE_NEWNET) != 0)
            std::abort();
    }
    InsideNamespace(const InsideNamespace&) = delete;
    InsideNamespace& operator=(const InsideNamespace&) = delete;

  private:
    static Fd open_namespace(const std::string& process)
    {
        const std::string path = "/proc/" + process + "/ns/net";
        Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd)
            throw Error("cannot open " + path + ": " + error_text(errno));
        return fd;
    }

    Fd home_;
    Fd there_;
};

struct Answer {
    const std::function<void(nlmsghdr*)>* on_message;
    int error = 0;
    std::string explanation;
};

/// The kernel's own sentence, which follows the error (linux/netlink.h: NLMSGERR_ATTR_MSG).
std::string explanation_of(nlmsghdr* header, nlmsgerr* error)
{
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return "";
    const bool capped = (header->nlmsg_flags & NLM_F_CAPPED) != 0;
    const std::size_t echoed = capped ? 0 : error->msg.nlmsg_len - sizeof(nlmsghdr);
    auto* first =
        reinterpret_cast<nlattr*>(reinterpret_cast<char*>(error) + sizeof *error + NLMSG_ALIGN(echoed));
    const auto used = reinterpret_cast<char*>(first) - reinterpret_cast<char*>(header);
    const auto* text = nla_find(first, static_cast<int>(header->nlmsg_len - used), NLMSGERR_ATTR_MSG);
    return text == nullptr ? "" : nla_get_string(const_cast<nlattr*>(text));
}

int on_valid(nl_msg* message, void* argument)
{
    const auto* answer = static_cast<Answer*>(argument);
    if (*answer->on_message)
        (*answer->on_message)(nlmsg_hdr(message));
    return NL_OK;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* argument)
{
    auto* answer = static_cast<Answer*>(argument);
    answer->error = -error->error;
    auto* header = reinterpret_cast<nlmsghdr*>(reinterpret_cast<char*>(error) - NLMSG_HDRLEN);
    answer->explanation = explanation_of(header, error);
    return NL_STOP;
}

int stop(nl_msg*, void*)
{
    return NL_STOP;
}

} // namespace

Netlink::Netlink() : socket_(connected_socket()) {}

Netlink Netlink::inside(pid_t pid)
{
    const InsideNamespace scope(pid);
    return {};
}

int Netlink::transact(nl_msg* message, const OnMessage& on_message, std::string& explanation)
{
    Answer answer{&on_message, 0, ""};
    const Owned<nl_cb, nl_cb_put> callbacks(nl_cb_alloc(NL_CB_DEFAULT));
    if (!callbacks)
        throw Error("out of memory");
    nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &answer);
    nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, stop, nullptr);
    nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, stop, nullptr);
    nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &answer);
    check(nl_send_auto(socket_.get(), message));
    const int result = nl_recvmsgs(socket_.get(), callbacks.get());
    if (answer.error == 0) // else the result is the same error in libnl's numbers
        check(result);
    explanation = answer.explanation;
    return answer.error;
}

void Netlink::request(nl_msg* message, const OnMessage& on_message)
{
    std::string explanation;
    const int error = transact(message, on_message, explanation);
    if (error != 0)
        throw Error(error_text(error) + (explanation.empty() ? "" : " (" + explanation + ")"));
}

std::optional<Link> Netlink::ask_for_link(nl_msg* message)
{
    std::optional<Link> found;
    std::string explanation;
    const int error = transact(
        message, [&found](nlmsghdr* header) { found = link_of(header); }, explanation);
    if (error == ENODEV)
        return std::nullopt;
    if (error != 0)
        throw Error(error_text(error));
    return found;
}

std::optional<Link> Netlink::link(const std::string& name)
{
    const Message message = message_with(RTM_GETLINK, NLM_F_REQUEST, about_link(0));
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    return ask_for_link(message.get());
}

std::optional<Link> Netlink::link(unsigned ifindex)
{
    return ask_for_link(message_with(RTM_GETLINK, NLM_F_REQUEST, about_link(ifindex)).get());
}

std::vector<Link> Netlink::links(const std::string& kind, unsigned master)
{
    const Message message = message_with(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, about_link(0));
    if (master != 0)
        check(nla_put_u32(message.get(), IFLA_MASTER, master));
    std::vector<Link> links;
    // Kernels before 4.20 take no filter, so that the answer is looked through again here.
    request(message.get(), [&](nlmsghdr* header) {
        auto link = link_of(header);
        if (link && (kind.empty() || link->kind == kind) && (master == 0 || link->master == master))
            links.push_back(std::move(*link));
    });
    return links;
}

std::vector<Ipv4Interface> Netlink::ipv4_addresses(unsigned ifindex)
{
    ifaddrmsg header = {};
    header.ifa_family = AF_INET;
    header.ifa_index = ifindex;
    std::vector<Ipv4Interface> addresses;
    request(message_with(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, header).get(), [&](nlmsghdr* answer) {
        std::array<nlattr*, IFA_MAX + 1> attributes{};
        const auto* info = static_cast<const ifaddrmsg*>(nlmsg_data(answer));
        if (answer->nlmsg_type == RTM_NEWADDR && info->ifa_index == ifindex &&
            parse(answer, sizeof(ifaddrmsg), attributes) && attributes[IFA_LOCAL] != nullptr)
            addresses.push_back({{ntohl(nla_get_u32(attributes[IFA_LOCAL]))}, info->ifa_prefixlen});
    });
    return addresses;
}

std::optional<unsigned> Netlink::default_route()
{
    rtmsg header = {};
    header.rtm_family = AF_INET;
    header.rtm_table = RT_TABLE_MAIN;
    std::optional<unsigned> best;
    std::uint32_t best_metric = UINT32_MAX;
    request(message_with(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, header).get(), [&](nlmsghdr* answer) {
        std::array<nlattr*, RTA_MAX + 1> attributes{};
        const auto* route = static_cast<const rtmsg*>(nlmsg_data(answer));
        if (answer->nlmsg_type != RTM_NEWROUTE || route->rtm_dst_len != 0 ||
            route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST ||
            !parse(answer, sizeof(rtmsg), attributes) || attributes[RTA_OIF] == nullptr)
            return;
        const auto metric = attributes[RTA_PRIORITY] == nullptr ? 0 : nla_get_u32(attributes[RTA_PRIORITY]);
        if (!best || metric < best_metric) {
            best = nla_get_u32(attributes[RTA_OIF]);
            best_metric = metric;
        }
    });
    return best;
}

void Netlink::make_bridge(const std::string& name, const std::string& mac)
{
    const Message message =
        message_with(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, about_link(0));
    ether_addr address = {};
    if (ether_aton_r(mac.c_str(), &address) == nullptr)
        throw Error("bad MAC address " + mac);
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    check(nla_put(message.get(), IFLA_ADDRESS, sizeof address, &address));
    {
        const Nested linkinfo(message.get(), IFLA_LINKINFO);
        check(nla_put_string(message.get(), IFLA_INFO_KIND, "bridge"));
        const Nested data(message.get(), IFLA_INFO_DATA);
        check(nla_put_u32(message.get(), IFLA_BR_STP_STATE, 0));
        check(nla_put_u32(message.get(), IFLA_BR_FORWARD_DELAY, 0));
    }
    request(message.get());
}

void Netlink::delete_link(unsigned ifindex)
{
    request(message_with(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex)).get());
}

void Netlink::set_alias(unsigned ifindex, const std::string& alias)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put(message.get(), IFLA_IFALIAS, static_cast<int>(alias.size()), alias.data()));
    request(message.get());
}

void Netlink::set_up(unsigned ifindex)
{
    ifinfomsg header = about_link(ifindex);
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    request(message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, header).get());
}

void Netlink::set_mtu(unsigned ifindex, unsigned bytes)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put_u32(message.get(), IFLA_MTU, bytes));
    request(message.get());
}

void Netlink::set_bridge(unsigned ifindex, unsigned bridge_ifindex)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put_u32(message.get(), IFLA_MASTER, bridge_ifindex));
    request(message.get());
}

void Netlink::set_port_flags(unsigned ifindex, bool hairpin, bool isolate)
{
    ifinfomsg header = about_link(ifindex);
    header.ifi_family = AF_BRIDGE;
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, header);
    {
        const Nested port(message.get(), IFLA_PROTINFO);
        check(nla_put_u8(message.get(), IFLA_BRPORT_MODE, hairpin ? 1 : 0));
        check(nla_put_u8(message.get(), IFLA_BRPORT_ISOLATED, isolate ? 1 : 0));
    }
    request(message.get());
}

namespace
{

void put_address(nl_msg* message, const void* bytes, int size)
{
    check(nla_put(message, IFA_LOCAL, size, bytes));
    check(nla_put(message, IFA_ADDRESS, size, bytes));
}

} // namespace

void Netlink::add_address(unsigned ifindex, const Ipv4Interface& address)
{
    ifaddrmsg header = {};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = static_cast<unsigned char>(address.prefix_length);
    header.ifa_index = ifindex;
    const Message message =
        message_with(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, header);
    const std::uint32_t local = htonl(address.address.value);
    put_address(message.get(), &local, sizeof local);
    if (address.prefix_length < 31) {
        const std::uint32_t broadcast = htonl(address.address.value | ~netmask(address.prefix_length));
        check(nla_put_u32(message.get(), IFA_BROADCAST, broadcast));
    }
    request(message.get());
}

void Netlink::add_address(unsigned ifindex, const Ipv6Interface& address)
{
    ifaddrmsg header = {};
    header.ifa_family = AF_INET6;
    header.ifa_prefixlen = static_cast<unsigned char>(address.prefix_length);
    header.ifa_flags = IFA_F_NODAD;
    header.ifa_index = ifindex;
    const Message message =
        message_with(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, header);
    in6_addr local = {};
    if (::inet_pton(AF_INET6, address.address.c_str(), &local) != 1)
        throw Error("bad IPv6 address " + address.address);
    put_address(message.get(), &local, sizeof local);
    request(message.get());
}

} // namespace uplink
