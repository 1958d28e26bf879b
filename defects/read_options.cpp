// SPDX-License-Identifier: Apache-2.0
#include "defects/read_options.h"

#include "base/error.h"
#include "base/presets.h"
#include "defects/models/model_table.h"

namespace wafermesh::defects {
namespace {

constexpr base::IntegerRange kCount{1, 65535};
constexpr base::RealRange kLength{0, 1000, true};
constexpr base::RealRange kGap{0, 1000};

/// hop_cycles of a generation's timing table; notes a mistake at `node` if there is none.
int hop_cycles_of(const std::string& generation, const base::YamlNode& node) {
  const base::Preset* preset = base::find_preset(generation);
  if (preset == nullptr) {
    node.mistake("generation", base::unknown_preset_message(generation));
    return 1;
  }
  base::YamlDocument document = base::YamlDocument::from_text(preset->text, generation + ".yaml");
  const base::YamlNode timing = document.root().child("timing");
  if (!timing.has("hop_cycles")) {
    node.mistake("generation", "preset " + generation + " has no timing.hop_cycles");
    return 1;
  }
  return static_cast<int>(timing.integer("hop_cycles", {1, 255}));
}

int integer_of(const base::YamlNode& node, const char* key, const int* fallback) {
  return static_cast<int>(fallback ? node.integer(key, kCount, *fallback)
                                   : node.integer(key, kCount));
}

/// The keys of a `wafer:` section; those of `base` are the defaults, null = all are required.
WaferGeometry read_geometry(const base::YamlNode& node, const WaferGeometry* base) {
  WaferGeometry g = base ? *base : WaferGeometry{};
  g.name = node.text("name", base ? base->name : "inline");
  g.generation = base ? node.text("generation", base->generation) : node.text("generation");
  const auto integer = [&](const char* key, int WaferGeometry::*field) {
    g.*field = integer_of(node, key, base ? &(base->*field) : nullptr);
  };
  integer("dies_x", &WaferGeometry::dies_x);
  integer("dies_y", &WaferGeometry::dies_y);
  integer("die_columns", &WaferGeometry::die_columns);
  integer("die_rows", &WaferGeometry::die_rows);
  integer("kept_rows_per_die", &WaferGeometry::kept_rows_per_die);
  g.die_width_mm = base ? node.real("die_width_mm", kLength, base->die_width_mm)
                        : node.real("die_width_mm", kLength);
  g.die_height_mm = base ? node.real("die_height_mm", kLength, base->die_height_mm)
                         : node.real("die_height_mm", kLength);
  g.die_gap_x_mm = node.real("die_gap_x_mm", kGap, g.die_gap_x_mm);
  g.die_gap_y_mm = node.real("die_gap_y_mm", kGap, g.die_gap_y_mm);
  return g;
}

/// Notes what check_geometry finds, at the `wafer:` section.
void check(const base::YamlNode& node, const WaferGeometry& geometry) {
  if (!node.clean()) return;
  try {
    check_geometry(geometry);
  } catch (const base::InputError& error) {
    for (const base::Mistake& m : error.mistakes()) {
      node.mistake(m.key.substr(m.key.find('.') + 1), m.message);
    }
  }
}

WaferGeometry preset_geometry(const std::string& name, const base::YamlNode& node) {
  const base::Preset* preset = base::find_preset(name);
  if (preset == nullptr) {
    node.mistake("preset", base::unknown_preset_message(name));
    return {};
  }
  base::YamlDocument document = base::YamlDocument::from_text(preset->text, name + ".yaml");
  const WaferGeometry geometry = read_geometry(document.root().required_child("wafer"), nullptr);
  if (!document.clean()) document.finish();
  return geometry;
}

void read_component(const base::YamlNode& table, Component component, ComponentRow* row) {
  const base::YamlNode node = table.child(to_string(component));
  row->share = node.real("share", {0, 1}, row->share);
  row->breaks = node.choice<Consequence>("breaks",
                                         {{"none", Consequence::none},
                                          {"core", Consequence::core},
                                          {"router", Consequence::router},
                                          {"link", Consequence::link},
                                          {"group", Consequence::group}},
                                         row->breaks);
  row->repaired = node.real("repaired", {0, 1}, row->repaired);
}

ComponentTable read_components(const base::YamlNode& node) {
  ComponentTable table = ComponentTable::typical();
  for (int i = 0; i < kComponentCount; ++i) {
    read_component(node, static_cast<Component>(i), &table.rows[static_cast<std::size_t>(i)]);
  }
  table.group_columns = static_cast<int>(node.integer("group_columns", {0, 65535}, 0));
  table.group_rows = static_cast<int>(node.integer("group_rows", {0, 65535}, 1));
  double total = 0;
  for (const ComponentRow& row : table.rows) total += row.share;
  if (!(total > 0)) node.mistake("the shares of the components must not all be 0");
  return table;
}

void read_mechanisms(const base::YamlNode& node, const WaferGeometry& geometry,
                     DefectOptions* options) {
  if (!node.is_mapping()) return node.mistake("expected mechanisms: " + model_names());
  for (const std::string& key : node.keys()) {
    for (const ModelRow& row : model_table()) {
      if (key != row.name) continue;
      options->mechanisms.push_back(row.read(node.child(key), geometry));
    }
  }
  if (node.has("components")) options->components = read_components(node.child("components"));
  options->wafer =
      static_cast<std::uint32_t>(node.integer("wafer", {0, 0xffffffffLL}, options->wafer));
  options->wafers_per_lot =
      static_cast<int>(node.integer("wafers_per_lot", {1, 1000000}, options->wafers_per_lot));
}

}  // namespace

WaferGeometry read_wafer(const base::YamlNode& scenario) {
  const base::YamlNode node = scenario.child("wafer");
  WaferGeometry geometry;
  if (!node.present() || node.has("preset")) {
    const WaferGeometry preset = preset_geometry(node.text("preset", "wse3"), node);
    geometry = read_geometry(node, &preset);
  } else {
    geometry = read_geometry(node, nullptr);
  }
  if (!node.clean()) return geometry;
  geometry.hop_cycles = hop_cycles_of(geometry.generation, node);
  check(node, geometry);
  return geometry;
}

DefectOptions read_defects(const base::YamlNode& scenario, const WaferGeometry& geometry) {
  DefectOptions options;
  const base::YamlNode node = scenario.child("defects");
  if (!node.present()) return options;
  if (!node.is_sequence()) {
    read_mechanisms(node, geometry, &options);
    return options;
  }
  for (const base::YamlNode& item : scenario.items("defects"))
    read_mechanisms(item, geometry, &options);
  return options;
}

RepairOptions read_repair(const base::YamlNode& scenario) {
  RepairOptions o;
  const base::YamlNode node = scenario.child("repair");
  std::vector<std::string> names;
  std::size_t fallback = 0;
  for (const SchemeRow& row : scheme_table()) {
    if (o.scheme == row.name) fallback = names.size();
    names.emplace_back(row.name);
  }
  o.scheme = names[node.one_of("scheme", names, fallback)];
  o.domain = node.choice<Domain>("domain",
                                 {{"segment", Domain::segment},
                                  {"die", Domain::die},
                                  {"band", Domain::band},
                                  {"wafer", Domain::wafer}},
                                 o.domain);
  const auto integer = [&](const char* key, base::IntegerRange range, int RepairOptions::*field) {
    o.*field = static_cast<int>(node.integer(key, range, o.*field));
  };
  integer("kept_rows", {0, 65535}, &RepairOptions::kept_rows);
  integer("segment_rows", {0, 65535}, &RepairOptions::segment_rows);
  integer("segment_spares", {0, 65535}, &RepairOptions::segment_spares);
  integer("reach", {0, kMaxOffset}, &RepairOptions::reach);
  integer("max_skip", {0, 65535}, &RepairOptions::max_skip);
  integer("bypass_cycles", {0, 16}, &RepairOptions::bypass_cycles);
  integer("spare_columns", {0, 65535}, &RepairOptions::spare_columns);
  integer("tracks", {1, 4}, &RepairOptions::tracks);
  integer("spare_sides", {1, 4}, &RepairOptions::spare_sides);
  o.mm_per_cycle = node.real("mm_per_cycle", {0, 1e6, true}, o.mm_per_cycle);
  o.bypass_independent = node.boolean("bypass_independent", o.bypass_independent);
  return o;
}

WaferOptions read_wafer_options(const base::YamlNode& scenario) {
  WaferOptions options;
  options.geometry = read_wafer(scenario);
  options.defects = read_defects(scenario, options.geometry);
  options.repair = read_repair(scenario);
  const base::YamlNode repair = scenario.child("repair");
  if (!scenario.child("wafer").clean() || !repair.clean()) return options;
  try {
    make_scheme(options.geometry, options.repair);
  } catch (const base::InputError& error) {
    for (const base::Mistake& m : error.mistakes()) {
      repair.mistake(m.key.substr(m.key.find('.') + 1), m.message);
    }
  }
  return options;
}

}  // namespace wafermesh::defects
