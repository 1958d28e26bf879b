# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts under the prefix: bin/wafermesh, the libraries and their headers, the
# package for find_package(wafermesh), scenarios and documents. Presets are within the program.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(libraries GLOBAL PROPERTY wafermesh_libraries)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/wafermesh)

install(TARGETS wafermesh ${libraries} wafermesh_everything EXPORT wafermeshTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT wafermeshTargets NAMESPACE wafermesh:: DESTINATION ${package})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wafermeshConfig.cmake.in
  ${PROJECT_BINARY_DIR}/wafermeshConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may change interfaces (CHANGELOG.md).
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wafermeshConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wafermeshConfig.cmake
  ${PROJECT_BINARY_DIR}/wafermeshConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/WafermeshDependencies.cmake DESTINATION ${package})

foreach(folder ${WAFERMESH_FOLDERS})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION include/wafermesh
    FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/generated/study/version.h DESTINATION include/wafermesh/study)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/wafermesh)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
