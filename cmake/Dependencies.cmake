# SPDX-License-Identifier: Apache-2.0
# What the privileged programs link: these three and nothing else.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson>=1.7.15)
pkg_check_modules(CAP REQUIRED IMPORTED_TARGET libcap)

if(BUILD_TESTING)
  find_package(cmocka 1.1 REQUIRED)
endif()
