# SPDX-License-Identifier: Apache-2.0
# One interface target carries warnings, hardening and instrumentation; everything of ours links it privately.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

add_library(plimsoll_flags INTERFACE)
target_include_directories(plimsoll_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(plimsoll_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
# Assertions name files as the tree does, not as this machine does: the same source builds the same bytes anywhere.
target_compile_options(plimsoll_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

target_compile_options(plimsoll_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wno-overlength-strings
  -Wcast-align -Wcast-qual -Wconversion -Wdate-time -Wfloat-conversion -Wformat=2 -Wimplicit-fallthrough
  -Wmissing-declarations -Wmissing-prototypes -Wnested-externs -Wnull-dereference -Wold-style-definition
  -Wpointer-arith -Wredundant-decls -Wshadow -Wstrict-prototypes -Wswitch-enum -Wundef -Wvla -Wwrite-strings
  $<$<BOOL:${PLIMSOLL_WERROR}>:-Werror>)

foreach(flag -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wstack-usage=262144 -Wgnu-empty-initializer)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" variable)
  check_c_compiler_flag(${flag} ${variable})
endforeach()
foreach(flag -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" variable)
  if(${variable})
    target_compile_options(plimsoll_flags INTERFACE ${flag})
  endif()
endforeach()
# `= {}` is C23 and both compilers' extension; -Wpedantic of clang complains of it by name, gcc's does not by default.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  target_compile_options(plimsoll_flags INTERFACE
    -Wno-gnu-empty-initializer -Wno-c2x-extensions -Wno-gnu-statement-expression
    -Wno-gnu-zero-variadic-macro-arguments)
else()
  target_compile_options(plimsoll_flags INTERFACE -Wno-pedantic)
endif()

# Hardening. Under a sanitizer the sanitizer is the hardening; fortification would hide what it looks for.
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fno-delete-null-pointer-checks
             -fno-strict-overflow -ftrivial-auto-var-init=zero)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" variable)
  check_c_compiler_flag(${flag} ${variable})
  if(${variable})
    target_compile_options(plimsoll_flags INTERFACE ${flag})
  endif()
endforeach()
target_link_options(plimsoll_flags INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack LINKER:--as-needed)
if(NOT PLIMSOLL_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(plimsoll_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()

if(PLIMSOLL_SANITIZE)
  target_compile_options(plimsoll_flags INTERFACE
    -fsanitize=${PLIMSOLL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(plimsoll_flags INTERFACE -fsanitize=${PLIMSOLL_SANITIZE})
endif()
if(PLIMSOLL_COVERAGE)
  target_compile_options(plimsoll_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(plimsoll_flags INTERFACE --coverage)
endif()
if(PLIMSOLL_LIBFUZZER)
  target_compile_options(plimsoll_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
