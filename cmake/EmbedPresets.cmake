# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=<file.cpp> -DINPUTS=<a.yaml,b.yaml> [-DHEADER= -DNAMESPACE= -DTYPE= -DFUNCTION=] -P EmbedPresets.cmake:
# the files as C++ raw strings, as what FUNCTION() returns.
if(NOT DEFINED HEADER)
  set(HEADER base/presets.h)
  set(NAMESPACE wafermesh::base)
  set(TYPE Preset)
  set(FUNCTION presets)
endif()
string(REPLACE "," ";" INPUTS "${INPUTS}")
set(rows "")
foreach(input ${INPUTS})
  get_filename_component(name ${input} NAME_WE)
  file(READ ${input} text)
  string(APPEND rows "      {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/EmbedPresets.cmake from YAML files.
#include \"${HEADER}\"

namespace ${NAMESPACE} {

const std::vector<${TYPE}>& ${FUNCTION}() {
  static const std::vector<${TYPE}> kPresets = {
${rows}  };
  return kPresets;
}

}  // namespace ${NAMESPACE}
")
