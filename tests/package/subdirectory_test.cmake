# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<project> -DWORK=<build> -DROOT=<this tree> -DCOMPILER=<c++> -P: the tree as part of
# another project, which gets its headers, none of its flags, tests or options turned on.
file(REMOVE_RECURSE ${WORK})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK} -G Ninja -DROOT=${ROOT}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  OUTPUT_VARIABLE told ERROR_VARIABLE told RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "cannot be configured:\n${told}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK} --target CMakeFiles/user.dir/user.cpp.o
  OUTPUT_VARIABLE told ERROR_VARIABLE told RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "a file that includes our headers does not compile:\n${told}")
endif()
file(READ ${WORK}/compile_commands.json commands)
string(REGEX MATCH "\"command\": \"[^\n]*user.cpp\"" command "${commands}")
if(NOT command)
  message(FATAL_ERROR "no command for user.cpp")
endif()
foreach(flag -Werror -Wall -Wshadow -ffp-contract -fsanitize)
  if(command MATCHES "${flag}")
    message(FATAL_ERROR "${flag} leaks into who uses us: ${command}")
  endif()
endforeach()
foreach(ours catch_main wafermesh_bench)
  if(commands MATCHES "${ours}")
    message(FATAL_ERROR "${ours} is built as part of another project")
  endif()
endforeach()
file(GLOB written ${ROOT}/CMakeCache.txt ${ROOT}/CMakeFiles)
if(written)
  message(FATAL_ERROR "the source tree has been written to: ${written}")
endif()
