// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace.h"
#include "probe.h"

#include "core/error.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <vector>

namespace probe
{

namespace
{

// Sequence numbers start at 1; 0 is that of the greetings, which find the way before anything counts.
class Flow
{
  public:
    explicit Flow(const Endpoint& server);

    void find_the_way();
    void send_next();
    void receive_what_is_there();
    void wait_for_late_replies();
    void report() const;

  private:
    bool send_number(std::uint64_t number);
    bool receive_one();

    Endpoint server_;
    uplink::Fd socket_;
    std::vector<bool> answered_{false};
    std::uint64_t received_ = 0;
    std::uint64_t duplicated_ = 0;
    std::uint64_t refused_ = 0;
    LongestGap between_sent_;
    LongestGap between_replies_;
};

Flow::Flow(const Endpoint& server) : server_(server), socket_(open_socket(server, SOCK_DGRAM))
{
    make_room(socket_);
}

void Flow::find_the_way()
{
    for (int attempt = 0; attempt < 100 && !told_to_stop(); ++attempt) {
        send_number(0);
        if (readable(socket_, 50))
            return;
    }
    throw uplink::Error("nobody answers");
}

bool Flow::send_number(std::uint64_t number)
{
    std::array<char, message_size> message{};
    std::memcpy(message.data(), &number, sizeof number);
    return sendto(socket_.get(), message.data(), message.size(), MSG_DONTWAIT, server_.get(),
                  server_.length) >= 0;
}

void Flow::send_next()
{
    if (!send_number(answered_.size()))
        ++refused_;
    answered_.push_back(false);
    between_sent_.note(Clock::now());
}

bool Flow::receive_one()
{
    std::uint64_t number = 0;
    if (recv(socket_.get(), &number, sizeof number, MSG_DONTWAIT) != sizeof number)
        return false;
    if (number == 0 || number >= answered_.size())
        return true;
    answered_[number] ? ++duplicated_ : ++received_;
    answered_[number] = true;
    between_replies_.note(Clock::now());
    return true;
}

void Flow::receive_what_is_there()
{
    while (receive_one()) {
    }
}

void Flow::wait_for_late_replies()
{
    const auto deadline = Clock::now() + std::chrono::seconds(1);
    while (received_ + 1 < answered_.size() && Clock::now() < deadline) {
        readable(socket_, 10);
        receive_what_is_there();
    }
}

void Flow::report() const
{
    const std::uint64_t sent = answered_.size() - 1;
    std::cout << "{\"sent\": " << sent << ", \"received\": " << received_
              << ", \"lost\": " << sent - received_ << ", \"duplicated\": " << duplicated_
              << ", \"refused\": " << refused_ << ", \"longest_gap_ms\": " << between_replies_.milliseconds()
              << ", \"longest_pause_ms\": " << between_sent_.milliseconds() << "}\n";
}

} // namespace

void send(const Endpoint& server, int rate)
{
    Flow flow(server);
    catch_sigterm();
    flow.find_the_way();
    std::cerr << "answered\n";
    for (Pace pace(rate); !told_to_stop(); pace.wait_for_tick()) {
        flow.send_next();
        flow.receive_what_is_there();
    }
    flow.wait_for_late_replies();
    flow.report();
}

} // namespace probe
