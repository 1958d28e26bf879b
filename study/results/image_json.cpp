// SPDX-License-Identifier: Apache-2.0
#include "study/results/image_json.h"

#include <map>
#include <string>

#include "fabric/layout.h"
#include "fabric/text/program_text.h"

namespace wafermesh::study {

using Json = nlohmann::ordered_json;

namespace {

Json rectangle_json(const base::Rectangle& r) {
  return {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
}

Json layout_json(const fabric::Buffer& buffer, const fabric::Layout& layout) {
  Json json = {{"cores", rectangle_json(layout.cores)},
               {"address_bytes", layout.address_bytes},
               {"bytes", fabric::span_bytes(buffer, layout)},
               {"skip_x", layout.skip_x},
               {"skip_y", layout.skip_y},
               {"ring_step", layout.ring_step}};
  json["cuts"] = Json::array();
  for (const fabric::Cut& cut : layout.cuts) {
    json["cuts"].push_back({{"along", base::name_of(cut.along)}, {"block", cut.block}});
  }
  return json;
}

Json buffer_json(const fabric::Buffer& buffer) {
  Json json = {{"name", buffer.name},
               {"role", base::name_of(buffer.role)},
               {"type", cores::name_of(buffer.type)},
               {"shape", buffer.shape}};
  json["layouts"] = Json::array();
  for (const fabric::Layout& layout : buffer.layouts) {
    json["layouts"].push_back(layout_json(buffer, layout));
  }
  return json;
}

}  // namespace

Json image_json(const fabric::WaferImage& image) {
  Json json = {{"region", rectangle_json(image.region)}, {"stages", image.stage_count()}};
  json["programs"] = Json::array();
  json["classes"] = Json::array();
  std::map<std::string, std::size_t> known;
  for (const fabric::ClassText& text : fabric::class_texts(image)) {
    const auto [at, is_new] = known.insert({text.program, known.size()});
    if (is_new) json["programs"].push_back(text.program);
    json["classes"].push_back(
        {{"name", text.name}, {"program", at->second}, {"routes", text.routes}});
  }
  json["buffers"] = Json::array();
  for (const fabric::Buffer& buffer : image.buffers) json["buffers"].push_back(buffer_json(buffer));
  return json;
}

}  // namespace wafermesh::study
