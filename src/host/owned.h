// SPDX-License-Identifier: GPL-2.0-or-later
// Owners for what C libraries and the kernel hand out, so that each belongs to an object from the line that
// obtains it.
#pragma once

#include <memory>
#include <unistd.h>
#include <utility>

namespace uplink
{

/// A deleter for std::unique_ptr that calls a C function.
template<auto function>
struct Deleter {
    template<typename T>
    void operator()(T* object) const
    {
        function(object);
    }
};

template<typename T, auto function>
using Owned = std::unique_ptr<T, Deleter<function>>;

/// An open file descriptor.
class Fd
{
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

} // namespace uplink
