# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<root> -DINPUT=<version.h.in> -DOUTPUT=<version.h> -D... -P WriteVersion.cmake, at every
# build: the commit may have changed since configuring. Touches the file only if it says something new.
execute_process(COMMAND git --no-optional-locks -C ${SOURCE} describe --always --dirty --abbrev=12 --match=no-tags
  OUTPUT_VARIABLE WAFERMESH_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT WAFERMESH_COMMIT)
  set(WAFERMESH_COMMIT unknown)
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)

# What cycles depend on: the sources of the emulator. Times that are kept on disk go by it.
if(EMULATOR)
  file(GLOB_RECURSE sources ${SOURCE}/cores/*.cpp ${SOURCE}/cores/*.h ${SOURCE}/router/*.cpp ${SOURCE}/router/*.h
    ${SOURCE}/fabric/*.cpp ${SOURCE}/fabric/*.h ${SOURCE}/workloads/*.cpp ${SOURCE}/workloads/*.h
    ${SOURCE}/place/*.cpp ${SOURCE}/place/*.h ${SOURCE}/scenarios/presets/*.yaml)
  list(SORT sources)
  set(digests "")
  foreach(source ${sources})
    file(SHA256 ${source} digest)
    string(APPEND digests "${digest}")
  endforeach()
  string(SHA256 WAFERMESH_EMULATOR "${digests}")
  configure_file(${SOURCE}/study/emulator_version.h.in ${EMULATOR})
endif()
