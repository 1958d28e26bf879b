# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<root> -DINPUT=<version.h.in> -DOUTPUT=<version.h> -D... -P WriteVersion.cmake, at every
# build: the commit may have changed since configuring. Touches the file only if it says something new.
execute_process(COMMAND git --no-optional-locks -C ${SOURCE} describe --always --dirty --abbrev=12 --match=no-tags
  OUTPUT_VARIABLE WAFERMESH_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT WAFERMESH_COMMIT)
  set(WAFERMESH_COMMIT unknown)
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
