# SPDX-License-Identifier: GPL-2.0-or-later
# Libraries, as Debian packages them. liblxc, libip4tc and libip6tc exist as shared libraries only.

find_package(PkgConfig REQUIRED)
pkg_check_modules(LXC REQUIRED IMPORTED_TARGET lxc>=4.0)
pkg_check_modules(LIBNL REQUIRED IMPORTED_TARGET libnl-3.0>=3.5)
pkg_check_modules(LIBIPTC REQUIRED IMPORTED_TARGET libip4tc>=1.8 libip6tc>=1.8)
# For its header alone: the library is loaded when it is needed.
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(LIBNFTABLES REQUIRED IMPORTED_TARGET libnftables>=1.0)
find_package(nlohmann_json 3.9 REQUIRED)
set(Boost_USE_STATIC_LIBS ${LXC_UPLINK_STATIC_RUNTIME})
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)

add_library(libnl INTERFACE)
find_library(LIBNL_ARCHIVE libnl-3.a HINTS ${LIBNL_LIBDIR})
if(LXC_UPLINK_STATIC_RUNTIME AND LIBNL_ARCHIVE)
    target_include_directories(libnl SYSTEM INTERFACE ${LIBNL_INCLUDE_DIRS})
    target_link_libraries(libnl INTERFACE ${LIBNL_ARCHIVE} Threads::Threads)
    find_package(Threads REQUIRED)
else()
    target_link_libraries(libnl INTERFACE PkgConfig::LIBNL)
endif()
