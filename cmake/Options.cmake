# SPDX-License-Identifier: Apache-2.0
option(PLIMSOLL_WERROR "Warnings are errors" OFF)
option(PLIMSOLL_COVERAGE "Instrument for coverage" OFF)
option(PLIMSOLL_LIBFUZZER "Build the fuzz targets for libFuzzer (needs clang)" OFF)
option(PLIMSOLL_VM_TESTS "Add the tests that boot a real kernel (label vm; needs root and QEMU)" OFF)
set(PLIMSOLL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
if(PLIMSOLL_SANITIZE OR PLIMSOLL_COVERAGE)
  set(PLIMSOLL_INSTRUMENTED ON)
else()
  set(PLIMSOLL_INSTRUMENTED OFF)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
