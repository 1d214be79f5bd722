# SPDX-License-Identifier: Apache-2.0
# A room is one static library that sees the rooms on the floors below it and never its neighbours.
#
#   pl_room(json FLOORS base LIBRARIES PkgConfig::CJSON SOURCES read.c write.c)
#
# makes the library plimsoll_json and remembers its floors, so that tests/lint can link it alone against them.

function(pl_room name)
  cmake_parse_arguments(ROOM "" "" "FLOORS;LIBRARIES;SOURCES" ${ARGN})
  list(TRANSFORM ROOM_FLOORS PREPEND plimsoll_ OUTPUT_VARIABLE floors)

  add_library(plimsoll_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(plimsoll_${name} PUBLIC ${floors} PRIVATE plimsoll_flags ${ROOM_LIBRARIES})

  set_property(GLOBAL APPEND PROPERTY PLIMSOLL_ROOMS ${name})
  set_property(GLOBAL PROPERTY PLIMSOLL_FLOORS_${name} ${ROOM_FLOORS})
  set_property(GLOBAL PROPERTY PLIMSOLL_LIBRARIES_${name} ${ROOM_LIBRARIES})
endfunction()
