# SPDX-License-Identifier: GPL-2.0-or-later
# Where things go below the prefix. Compiled hooks do not belong under share/: there are links to them.

include(GNUInstallDirs)
set(LXC_UPLINK_HOOKS_DIR "${CMAKE_INSTALL_LIBEXECDIR}/lxc/hooks" CACHE STRING "Compiled hooks")
set(LXC_UPLINK_HOOK_LINKS_DIR "${CMAKE_INSTALL_DATADIR}/lxc/hooks" CACHE STRING "Links to the hooks, where LXC keeps its own")
set(LXC_UPLINK_SNIPPETS_DIR "${CMAKE_INSTALL_DATADIR}/lxc/config" CACHE STRING "Snippets for lxc.include")
set(LXC_UPLINK_SYSTEMD_DIR "lib/systemd/system" CACHE STRING "Units of systemd")
