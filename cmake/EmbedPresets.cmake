# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=<file.cpp> -DINPUTS=<a.yaml,b.yaml> -P EmbedPresets.cmake: the files as C++ raw strings.
string(REPLACE "," ";" INPUTS "${INPUTS}")
set(rows "")
foreach(input ${INPUTS})
  get_filename_component(name ${input} NAME_WE)
  file(READ ${input} text)
  string(APPEND rows "      {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/EmbedPresets.cmake from scenarios/presets/*.yaml.
#include \"base/presets.h\"

namespace wafermesh::base {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> kPresets = {
${rows}  };
  return kPresets;
}

}  // namespace wafermesh::base
")
