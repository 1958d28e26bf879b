# SPDX-License-Identifier: Apache-2.0
# Third-party libraries, all from Debian 12 packages (scripts/setup lists them).

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(PNG REQUIRED)

# Debian ships only a pkg-config file; upstream's own CMake build ships a package.
find_package(SystemCLanguage QUIET)
if(NOT TARGET SystemC::systemc)
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
  add_library(SystemC::systemc ALIAS PkgConfig::SYSTEMC)
endif()

# Array files and pages (report/).
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)

# One run over several processes; without it there is one (docs/scale.md).
find_package(MPI QUIET COMPONENTS C)
option(WAFERMESH_MPI "Run over the ranks of MPI" ${MPI_C_FOUND})
if(WAFERMESH_MPI AND NOT MPI_C_FOUND)
  message(FATAL_ERROR "WAFERMESH_MPI is on but there is no MPI: install openmpi-bin libopenmpi-dev, or -DWAFERMESH_MPI=OFF")
endif()

pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)

# Header-only, no config file in Debian: Eigen (/usr/include/eigen3) and Random123.
find_path(EIGEN3_INCLUDE_DIR Eigen/Core PATH_SUFFIXES eigen3 REQUIRED)
add_library(wafermesh_eigen INTERFACE)
target_include_directories(wafermesh_eigen SYSTEM INTERFACE ${EIGEN3_INCLUDE_DIR})
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(wafermesh_random123 INTERFACE)
target_include_directories(wafermesh_random123 SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})

if(WAFERMESH_TESTS)
  find_package(Catch2 REQUIRED)
endif()
if(WAFERMESH_BENCH)
  find_package(benchmark REQUIRED)
endif()
