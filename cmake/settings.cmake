# SPDX-License-Identifier: GPL-2.0-or-later
# How everything is compiled. The targets "settings" and "warnings" carry it.

option(LXC_UPLINK_TESTS "Build the tests" ON)
option(LXC_UPLINK_WERROR "Make warnings errors (for developers and CI, not for packagers)" OFF)
option(LXC_UPLINK_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(LXC_UPLINK_STATIC_RUNTIME "Link libstdc++, libnl and Boost statically: most of a hook's time is loading libraries" ON)
set(LXC_UPLINK_HOST_FILE "/etc/lxc/uplink.conf" CACHE STRING "Path of the host's option file")

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(settings INTERFACE)
target_compile_features(settings INTERFACE cxx_std_20)
target_include_directories(settings INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(settings INTERFACE
    LXC_UPLINK_VERSION="${PROJECT_VERSION}"
    LXC_UPLINK_HOST_FILE="${LXC_UPLINK_HOST_FILE}")
target_compile_options(settings INTERFACE -ffunction-sections -fdata-sections)
target_link_options(settings INTERFACE -Wl,--gc-sections -Wl,--as-needed)
if(LXC_UPLINK_SANITIZE)
    # At fixed addresses: ten thousands of their data would be relocated at each start.
    target_compile_options(settings INTERFACE -fno-pie)
    target_link_options(settings INTERFACE -fsanitize=address,undefined -no-pie)
    # The product's code alone: the tests' own would only lengthen the build; what they allocate is watched all the same.
    # AddressSanitizer sees a null pointer when it is used; alignment is asked at each member of each object, half of all checks.
    set(sanitizers -fsanitize=address,undefined -fno-sanitize=null,alignment -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(LXC_UPLINK_STATIC_RUNTIME)
    target_link_options(settings INTERFACE -static-libstdc++ -static-libgcc)
endif()

add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
    -Wnull-dereference -Wimplicit-fallthrough $<$<BOOL:${LXC_UPLINK_WERROR}>:-Werror>)
