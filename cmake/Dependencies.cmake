# SPDX-License-Identifier: Apache-2.0
# What the privileged programs link: these three and nothing else.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson>=1.7.15)
pkg_check_modules(CAP REQUIRED IMPORTED_TARGET libcap)

if(BUILD_TESTING)
  find_package(cmocka 1.1 REQUIRED)
endif()

# Where systemd looks for what we bring: systemd.pc knows the directories of its own prefix, and we want them below ours, so
# its prefixes are taken off. Every systemd looks below /usr and /usr/local. Without systemd.pc: where it looks upstream.
function(pl_systemd_directory variable name default)
  execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --define-variable=prefix= --define-variable=root_prefix=
                          --define-variable=rootprefix= --variable=${name} systemd
                  OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  string(REGEX REPLACE "^/+" "" directory "${directory}")
  if(NOT directory)
    set(directory ${default})
  endif()
  set(${variable} ${directory} CACHE STRING "Where systemd finds ${name}, below the prefix or absolute")
endfunction()
pl_systemd_directory(PLIMSOLL_UNIT_DIRECTORY systemdsystemunitdir lib/systemd/system)
pl_systemd_directory(PLIMSOLL_SYSUSERS_DIRECTORY sysusersdir lib/sysusers.d)
pl_systemd_directory(PLIMSOLL_TMPFILES_DIRECTORY tmpfilesdir lib/tmpfiles.d)
pl_systemd_directory(PLIMSOLL_CATALOG_DIRECTORY catalogdir lib/systemd/catalog)
