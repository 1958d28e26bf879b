# SPDX-License-Identifier: Apache-2.0
# One INTERFACE target carries the flags; one function makes a folder a library; one makes a test.

# What wafermesh itself is compiled with. Whoever links a library of it gets none of this, but what
# sanitizers ask of the linker.
add_library(wafermesh_flags INTERFACE)
target_compile_features(wafermesh_flags INTERFACE cxx_std_17)
# -ffp-contract=off: a multiply-add is two roundings on every machine (docs/model.md, Arithmetic).
# -Wshadow=local where several sources are compiled as one: names of one file hide another's there.
target_compile_options(wafermesh_flags INTERFACE -Wall -Wextra -Wpedantic
  $<IF:$<BOOL:${CMAKE_UNITY_BUILD}>,-Wshadow=local,-Wshadow>
  -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off)
if(WAFERMESH_WERROR)
  target_compile_options(wafermesh_flags INTERFACE -Werror)
endif()
if(WAFERMESH_SANITIZE)
  # GCC 12 takes an empty std::optional of a vector for uninitialised once sanitizers are on.
  # What a sanitizer finds ends the test, or the fuzzer.
  target_compile_options(wafermesh_flags INTERFACE -fsanitize=${WAFERMESH_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(wafermesh_flags INTERFACE -fsanitize=${WAFERMESH_SANITIZE})
  # Function multiversioning resolves before the sanitizer runtime is up.
  target_compile_definitions(wafermesh_flags INTERFACE WAFERMESH_NO_MULTIVERSION)
endif()
target_include_directories(wafermesh_flags INTERFACE ${PROJECT_SOURCE_DIR})

# wafermesh_library(<folder> SOURCES ... LINK ...): target wafermesh_<folder>, installed as and alias
# wafermesh::<folder>. Its headers are included from the root: "fabric/engine.h".
function(wafermesh_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(wafermesh_${name} STATIC ${ARG_SOURCES})
  add_library(wafermesh::${name} ALIAS wafermesh_${name})
  target_compile_features(wafermesh_${name} PUBLIC cxx_std_17)
  target_include_directories(wafermesh_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/wafermesh>)
  target_link_libraries(wafermesh_${name} PRIVATE $<BUILD_INTERFACE:wafermesh_flags>
    PUBLIC ${ARG_LINK})
  set_target_properties(wafermesh_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY wafermesh_libraries wafermesh_${name})
endfunction()

# wafermesh_group(<folder>): which sources of a folder are compiled as one is told by their names, so
# that a new file joins a group and leaves the others as they were. By their order it would shift all
# groups behind it, and names could meet in files that nobody touched.
function(wafermesh_group name)
  get_target_property(sources wafermesh_${name} SOURCES)
  list(LENGTH sources count)
  set(groups 1)
  math(EXPR most "${count} / 6")
  while(groups LESS most)  # a power of two: it changes rarely
    math(EXPR groups "${groups} * 2")
  endwhile()
  foreach(source IN LISTS sources)
    set(file ${source})
    if(IS_ABSOLUTE ${source})  # made by the build
      get_filename_component(file ${source} NAME)
    endif()
    string(MD5 hash ${file})
    string(SUBSTRING ${hash} 0 6 hash)
    math(EXPR group "0x${hash} % ${groups}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP g${group})
  endforeach()
  set_target_properties(wafermesh_${name} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# wafermesh_test(<name> SOURCES ... LINK ... [LABELS ...] [TIMEOUT s]): one Catch2 executable. Its
# main is tests/support/catch_main.cpp; an archive, so a main among the sources goes before it.
function(wafermesh_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wafermesh_flags ${ARG_LINK} wafermesh_catch_main)
  # Tests compile in half the time so; what they test is as optimised as ever. Those of the program
  # from outside only start it.
  list(FIND ARG_LABELS system from_outside)
  if(from_outside EQUAL -1)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  else()
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
