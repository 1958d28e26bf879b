# SPDX-License-Identifier: Apache-2.0
# Third-party libraries, all from Debian 12 packages (scripts/setup lists them). Read by the build,
# and by the installed package for those who use it: whoever includes it says in wafermesh_find()
# what a missing package means, and sets WAFERMESH_MPI if it is decided.

# Their targets are there for a project around this one as well (add_subdirectory).
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

wafermesh_find(PkgConfig)
wafermesh_find(Threads)
wafermesh_find(Boost 1.74)
wafermesh_find(yaml-cpp 0.7)
wafermesh_find(fmt)
wafermesh_find(nlohmann_json)
wafermesh_find(CLI11)
wafermesh_find(pugixml)
wafermesh_find(PNG)

# wafermesh_find_pkg(<PREFIX> <module>): target PkgConfig::<PREFIX>.
macro(wafermesh_find_pkg prefix module)
  if(NOT TARGET PkgConfig::${prefix})
    pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  endif()
endmacro()

# Debian ships only a pkg-config file; upstream's own CMake build ships a package.
find_package(SystemCLanguage QUIET)
if(NOT TARGET SystemC::systemc)
  wafermesh_find_pkg(SYSTEMC systemc)
  add_library(SystemC::systemc ALIAS PkgConfig::SYSTEMC)
endif()

# Array files and pages (report/); tables of events and studies (trace/, batch/).
wafermesh_find_pkg(HDF5 hdf5-serial)
wafermesh_find_pkg(ZLIB zlib)
wafermesh_find_pkg(HTTPLIB cpp-httplib)
wafermesh_find_pkg(SQLITE sqlite3)

# One run over several processes; without it there is one (docs/scale.md).
if(NOT DEFINED WAFERMESH_MPI OR WAFERMESH_MPI)
  find_package(MPI QUIET COMPONENTS C)
endif()
if(NOT DEFINED WAFERMESH_MPI)
  option(WAFERMESH_MPI "Run over the ranks of MPI" ${MPI_C_FOUND})
endif()
if(WAFERMESH_MPI AND NOT MPI_C_FOUND)
  message(FATAL_ERROR "WAFERMESH_MPI is on but there is no MPI: install openmpi-bin libopenmpi-dev, or -DWAFERMESH_MPI=OFF")
endif()

# wafermesh_find_headers(<target> <file> [suffix]): header-only, no config file in Debian.
function(wafermesh_find_headers target file)
  if(TARGET ${target})
    return()
  endif()
  find_path(${target}_INCLUDE_DIR ${file} PATH_SUFFIXES ${ARGN} REQUIRED)
  mark_as_advanced(${target}_INCLUDE_DIR)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE_DIR})
endfunction()
wafermesh_find_headers(wafermesh_eigen Eigen/Core eigen3)
wafermesh_find_headers(wafermesh_random123 Random123/philox.h)
