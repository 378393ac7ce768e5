// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/system_bus.h"

#include "core/error.h"
#include "host/file.h"

#include <cstdint>
#include <dlfcn.h>
#include <systemd/sd-bus.h>

namespace uplink
{

namespace
{

template<typename Function>
void find(void* library, const char* name, Function& function)
{
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr)
        throw Error(std::string("libsystemd.so.0 has no ") + name);
}

} // namespace

struct SystemBus::Library {
    Library() : handle(::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL), ::dlclose)
    {
        if (!handle)
            throw Error(std::string("cannot speak D-Bus: ") + ::dlerror());
        find(handle.get(), "sd_bus_open_system", open_system);
        find(handle.get(), "sd_bus_flush_close_unref", close);
        find(handle.get(), "sd_bus_set_method_call_timeout", set_timeout);
        find(handle.get(), "sd_bus_message_new_method_call", new_call);
        find(handle.get(), "sd_bus_message_append_basic", append);
        find(handle.get(), "sd_bus_call", call);
        find(handle.get(), "sd_bus_message_read_basic", read);
        find(handle.get(), "sd_bus_message_unref", unref_message);
        find(handle.get(), "sd_bus_error_free", free_error);
    }

    std::unique_ptr<void, int (*)(void*)> handle;
    decltype(&::sd_bus_open_system) open_system = nullptr;
    decltype(&::sd_bus_flush_close_unref) close = nullptr;
    decltype(&::sd_bus_set_method_call_timeout) set_timeout = nullptr;
    decltype(&::sd_bus_message_new_method_call) new_call = nullptr;
    decltype(&::sd_bus_message_append_basic) append = nullptr;
    decltype(&::sd_bus_call) call = nullptr;
    decltype(&::sd_bus_message_read_basic) read = nullptr;
    decltype(&::sd_bus_message_unref) unref_message = nullptr;
    decltype(&::sd_bus_error_free) free_error = nullptr;
};

SystemBus::SystemBus(std::chrono::seconds patience)
    : library_(std::make_shared<Library>()), bus_(nullptr, library_->close)
{
    sd_bus* bus = nullptr;
    const int error = library_->open_system(&bus);
    if (error < 0)
        throw Error("cannot reach the system's D-Bus: " + error_text(-error));
    bus_.reset(bus);
    library_->set_timeout(bus, static_cast<std::uint64_t>(std::chrono::microseconds(patience).count()));
}

void SystemBus::call(const BusMethod& method, const std::vector<std::string>& arguments, char type,
                     void* answer)
{
    using Message = std::unique_ptr<sd_bus_message, decltype(library_->unref_message)>;
    const auto check = [&method](int error) {
        if (error < 0)
            throw Error("D-Bus call " + method.member + " failed: " + error_text(-error));
    };
    sd_bus_message* question = nullptr;
    check(library_->new_call(bus_.get(), &question, method.destination.c_str(), method.path.c_str(),
                             method.interface.c_str(), method.member.c_str()));
    const Message owned_question(question, library_->unref_message);
    for (const std::string& argument : arguments)
        check(library_->append(question, 's', argument.c_str()));
    sd_bus_error error = SD_BUS_ERROR_NULL;
    const std::unique_ptr<sd_bus_error, decltype(library_->free_error)> owned_error(&error,
                                                                                    library_->free_error);
    sd_bus_message* reply = nullptr;
    if (library_->call(bus_.get(), question, 0, &error, &reply) < 0)
        throw Error(method.destination + " says to " + method.member + ": " +
                    (error.message == nullptr ? "nothing" : error.message));
    const Message owned_reply(reply, library_->unref_message);
    if (type == 's') {
        const char* text = nullptr; // which lives as long as the message
        check(library_->read(reply, type, &text));
        *static_cast<std::string*>(answer) = text;
    } else {
        check(library_->read(reply, type, answer));
    }
}

std::string SystemBus::text_of(const BusMethod& method, const std::vector<std::string>& arguments)
{
    std::string text;
    call(method, arguments, 's', &text);
    return text;
}

bool SystemBus::truth_of(const BusMethod& method, const std::vector<std::string>& arguments)
{
    int truth = 0;
    call(method, arguments, 'b', &truth);
    return truth != 0;
}

bool SystemBus::has_owner(const std::string& name)
{
    return truth_of({"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner"},
                    {name});
}

} // namespace uplink
