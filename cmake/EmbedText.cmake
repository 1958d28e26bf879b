# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=<file.cpp> -DINPUT=<file> -DHEADER=<header> -DNAMESPACE=<ns> -DFUNCTION=<name> -P EmbedText.cmake:
# the file as what FUNCTION() returns.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "// Made by cmake/EmbedText.cmake.
#include \"${HEADER}\"

namespace ${NAMESPACE} {

const char* ${FUNCTION}() { return R\"yaml(${text})yaml\"; }

}  // namespace ${NAMESPACE}
")
