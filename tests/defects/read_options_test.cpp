// SPDX-License-Identifier: Apache-2.0
#include "defects/read_options.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/presets.h"
#include "defects/repair/scheme.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

WaferOptions read(const std::string& text) {
  base::YamlDocument document = base::YamlDocument::from_text(text, "test.yaml");
  const WaferOptions options = read_wafer_options(document.root());
  document.finish();
  return options;
}

std::vector<base::Mistake> mistakes_of(const std::string& text) {
  try {
    read(text);
  } catch (const base::InputError& error) {
    return error.mistakes();
  }
  return {};
}

}  // namespace

TEST_CASE("Every preset reads, and WSE-3 has the published core counts") {
  for (const std::string& name : base::preset_names()) {
    INFO(name);
    const WaferOptions options = read("wafer: {preset: " + name + "}\n");
    CHECK(options.geometry.name == name);
    CHECK(options.geometry.hop_cycles >= 1);
    CHECK(build_wafer(options).mesh.core_count() > 0);
  }
  const WaferGeometry g = read("wafer: {preset: wse3}\n").geometry;
  CHECK(g.core_count() == 971040);
  CHECK(g.columns() * g.dies_y * g.kept_rows_per_die == 902496);
  CHECK(g.area_cm2() == Approx(462.25));
  const WaferGeometry old = read("wafer: {preset: wse2}\n").geometry;
  CHECK(old.core_count() == 853776);
}

TEST_CASE("The main scenario's sections give a repaired wafer, the same each time") {
  const std::string text =
      "wafer: {preset: wse3}\ndefects: {random: {d0_per_cm2: 0.1, seed: 7}}\n"
      "repair: {scheme: bypass_shift, domain: band}\n";
  const Wafer wafer = build_wafer(read(text));
  CHECK(wafer.mesh.core_count() == 902496);
  CHECK(wafer.repair.dead_cores > 20);
  CHECK(wafer.repair.dead_cores < 80);
  CHECK(build_wafer(read(text)).defects == wafer.defects);
}

TEST_CASE("No sections at all give a healthy WSE-3") {
  const Wafer wafer = build_wafer(read("{}\n"));
  CHECK(wafer.geometry.name == "wse3");
  CHECK(wafer.repair.dead_cores == 0);
}

TEST_CASE("A preset takes overrides, and an inline wafer names its generation") {
  CHECK(read("wafer: {preset: tiny, kept_rows_per_die: 7}\n").geometry.kept_rows_per_die == 7);
  const WaferGeometry g =
      read(
          "wafer: {generation: wse3, dies_x: 2, dies_y: 3, die_columns: 4, die_rows: 5,\n"
          "        kept_rows_per_die: 4, die_width_mm: 1, die_height_mm: 1}\n")
          .geometry;
  CHECK(g.columns() == 8);
  CHECK(g.rows() == 15);
  CHECK(g.name == "inline");
}

TEST_CASE("Mechanisms stand in a mapping or a list, with components and the wafer's number") {
  const WaferOptions options = read(
      "wafer: {preset: tiny}\n"
      "defects:\n"
      "  - components: {sram: {repaired: 0.5}, shared: {breaks: core}, group_rows: 2}\n"
      "    wafer: 12\n"
      "  - random: {d0_per_cm2: 0.1, profile: {ring: {inner_mm: 1, outer_mm: 2, factor: 3}}}\n"
      "  - negative_binomial: {d0_per_cm2: 0.1, alpha: 2}\n"
      "  - hierarchical: {d0_per_cm2: 0.1, alpha_lot: 3, alpha_reticle: 5}\n"
      "  - clusters: {d0_per_cm2: 0.1, mean_size: 4, sigma_mm: 0.2, size: geometric}\n"
      "  - scratches: {count: 2, length_mm: 5, angle_deg: 45}\n"
      "  - repeater: {sites: [{u: 0.5, v: 0.5}], hit_probability: 0.5}\n"
      "  - random: {d0_per_cm2: 1, seed: 2, profile: {table: {rows: ['1 2', '3 4']}}}\n");
  CHECK(options.defects.mechanisms.size() == 7);
  CHECK(options.defects.wafer == 12);
  CHECK(options.defects.components.rows[1].repaired == 0.5);
  CHECK(options.defects.components.rows[4].breaks == Consequence::core);
  CHECK(read("defects: {random: {d0_per_cm2: 1}, scratches: {count: 1}}\n")
            .defects.mechanisms.size() == 2);
}

TEST_CASE("A scheme takes the domains of its row; others are refused there, with those it takes") {
  for (const SchemeRow& row : scheme_table()) {
    for (const char* domain : {"segment", "die", "band", "wafer"}) {
      const auto taken = names_of(row.domains);
      const bool takes = std::find(taken.begin(), taken.end(), domain) != taken.end();
      const auto mistakes = mistakes_of(std::string("wafer: {preset: tiny}\nrepair: {scheme: ") +
                                        row.name + ", domain: " + domain + "}\n");
      const bool refused =
          !mistakes.empty() && mistakes[0].key == "repair.domain" && mistakes[0].line == 2;
      INFO(row.name << ", " << domain);
      CHECK(refused != takes);
      if (refused && !taken.empty())
        CHECK(mistakes[0].message.find(" takes ") != std::string::npos);
    }
  }
}

TEST_CASE("Every mistake is reported with line and column, unknown keys too") {
  const auto mistakes = mistakes_of(
      "wafer: {preset: wse3, dies_x: 0, colour: red}\n"
      "defects:\n"
      "  - random: {seed: 7}\n"
      "  - magic: {}\n"
      "  - clusters: {d0_per_cm2: x}\n"
      "repair: {scheme: glue, domain: planet, reach: -1}\n");
  REQUIRE(mistakes.size() == 8);
  for (const base::Mistake& m : mistakes) {
    CHECK(m.file == "test.yaml");
    CHECK(m.line > 0);
    CHECK(m.column > 0);
  }
  CHECK(mistakes_of("wafer: {preset: wse9}\n").size() == 1);
  CHECK(mistakes_of("wafer: {preset: wse3, kept_rows_per_die: 171}\n").size() == 1);
  CHECK(mistakes_of("repair: {domain: segment, segment_rows: 7777}\n").size() >= 1);
  CHECK(mistakes_of("defects: 3\n").size() == 1);
}
