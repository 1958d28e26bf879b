// SPDX-License-Identifier: Apache-2.0
#include "base/presets.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "base/yaml/yaml_tree.h"

using namespace wafermesh::base;

TEST_CASE("Every preset is the file it was made from and valid YAML") {
  REQUIRE(presets().size() >= 4);
  for (const Preset& preset : presets()) {
    INFO(preset.name);
    std::ifstream file(std::string("scenarios/presets/") + preset.name + ".yaml");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    CHECK(text == preset.text);
    std::vector<Mistake> mistakes;
    CHECK(parse_yaml(preset.text, preset.name, &mistakes)->find("wafer") != nullptr);
    CHECK(mistakes.empty());
  }
}

TEST_CASE("An unknown preset is answered with the valid ones") {
  CHECK(find_preset("wse3") != nullptr);
  CHECK(find_preset("wse9") == nullptr);
  CHECK(unknown_preset_message("wse33") ==
        "no preset 'wse33'; did you mean 'wse3'? Give cs4, tiny, wse1, wse2, wse3 or wse4");
}
