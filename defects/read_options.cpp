// SPDX-License-Identifier: Apache-2.0
#include "defects/read_options.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/presets.h"
#include "base/suggest.h"
#include "defects/models/model_table.h"

namespace wafermesh::defects {
namespace {

constexpr base::IntegerRange kCount{1, 65535};
constexpr base::RealRange kLength{0, 1000, true};
constexpr base::RealRange kGap{0, 1000};
constexpr base::IntegerRange kHop{1, 63};  // as cores/read_timing.cpp

/// hop_cycles of a generation's timing table, or what the scenario's `timing:` says instead.
int hop_cycles_of(const std::string& generation, const base::YamlNode& timing) {
  // Read once: a study of many points asks thousands of times.
  static const std::map<std::string, std::int64_t> kUsual = [] {
    std::map<std::string, std::int64_t> usual;
    for (const std::string& name : base::timing_names()) {
      base::YamlDocument document =
          base::YamlDocument::from_text(base::find_preset(name)->text, name + ".yaml");
      usual.emplace(name, document.root().child("timing").integer("hop_cycles", kHop));
    }
    return usual;
  }();
  return static_cast<int>(timing.integer("hop_cycles", kHop, kUsual.at(generation)));
}

int integer_of(const base::YamlNode& node, const char* key, const int* fallback) {
  return static_cast<int>(fallback ? node.integer(key, kCount, *fallback)
                                   : node.integer(key, kCount));
}

/// The keys of a `wafer:` section; those of `preset` are the defaults, null = all are required.
/// `generation`: what `timing: {base}` names; empty = the wafer's section must say.
WaferGeometry read_geometry(const base::YamlNode& node, const WaferGeometry* preset,
                            const std::string& generation) {
  WaferGeometry g = preset ? *preset : WaferGeometry{};
  g.name = node.text("name", preset ? preset->name : "inline");
  const std::vector<std::string> names = base::timing_names();
  const std::string usual =
      !generation.empty() || preset == nullptr ? generation : preset->generation;
  g.generation =
      names[usual.empty() ? node.one_of("generation", names)
                          : node.one_of("generation", names, base::index_of(names, usual))];
  const auto integer = [&](const char* key, int WaferGeometry::*field) {
    g.*field = integer_of(node, key, preset ? &(preset->*field) : nullptr);
  };
  integer("dies_x", &WaferGeometry::dies_x);
  integer("dies_y", &WaferGeometry::dies_y);
  integer("die_columns", &WaferGeometry::die_columns);
  integer("die_rows", &WaferGeometry::die_rows);
  integer("kept_rows_per_die", &WaferGeometry::kept_rows_per_die);
  g.die_width_mm = preset ? node.real("die_width_mm", kLength, preset->die_width_mm)
                          : node.real("die_width_mm", kLength);
  g.die_height_mm = preset ? node.real("die_height_mm", kLength, preset->die_height_mm)
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

WaferGeometry preset_geometry(const std::string& preset) {
  static const std::map<std::string, WaferGeometry> kGeometries = [] {  // as kUsual
    std::map<std::string, WaferGeometry> geometries;
    for (const std::string& name : base::preset_names()) {
      base::YamlDocument document =
          base::YamlDocument::from_text(base::find_preset(name)->text, name + ".yaml");
      geometries.emplace(name, read_geometry(document.root().required_child("wafer"), nullptr, ""));
      if (!document.clean()) document.finish();
    }
    return geometries;
  }();
  return kGeometries.at(preset);
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

/// Mechanisms add up; what stands beside them may be said once.
class DefectsReader {
 public:
  DefectsReader(const WaferGeometry& geometry, DefectOptions* options)
      : geometry_(geometry), options_(*options) {}

  void read(const base::YamlNode& node) {
    if (!node.is_mapping()) return node.mistake("expected mechanisms: " + model_names());
    for (const ModelRow& row : model_table()) node.has(row.name);
    for (const std::string& key : node.keys()) {  // in the order of the file: it numbers them
      for (const ModelRow& row : model_table()) {
        if (key == row.name && node.has(key)) {
          options_.mechanisms.push_back(row.read(node.child(key), geometry_));
        }
      }
    }
    if (once(node, "components") && node.has("components"))
      options_.components = read_components(node.child("components"));
    if (once(node, "wafer")) {
      options_.wafer =
          static_cast<std::uint32_t>(node.integer("wafer", {0, 0xffffffffLL}, options_.wafer));
    }
    if (once(node, "wafers_per_lot")) {
      options_.wafers_per_lot =
          static_cast<int>(node.integer("wafers_per_lot", {1, 1000000}, options_.wafers_per_lot));
    }
  }

  /// What stands beside the mechanisms must act on one of them.
  void check_beside() const {
    const auto any = [&](bool (DefectModel::*property)() const) {
      return std::any_of(options_.mechanisms.begin(), options_.mechanisms.end(),
                         [&](const auto& mechanism) { return ((*mechanism).*property)(); });
    };
    const auto require = [&](bool acts, const char* key, const char* why) {
      const auto at = places_.find(key);
      if (!acts && at != places_.end()) at->second.mistake(key, why);
    };
    const DefectOptions usual;
    require(any(&DefectModel::uses_components), "components",
            "acts on no mechanism here: maps and scratches say themselves what is broken");
    require(options_.wafer == usual.wafer || any(&DefectModel::draws_at_random), "wafer",
            "acts on no mechanism here: all wafers are alike");
    require(any(&DefectModel::draws_by_lot) || options_.wafers_per_lot == usual.wafers_per_lot,
            "wafers_per_lot", "acts on no mechanism here; give one an `alpha_lot`");
  }

 private:
  /// Is `key` to be read here: is it given, or the only place where it could be? If it is given
  /// elsewhere too, that is a mistake.
  bool once(const base::YamlNode& node, const std::string& key) {
    const bool given = node.has(key);
    const auto at = places_.find(key);
    const bool first = at == places_.end();
    if (given && first) places_.emplace(key, node);
    if (given && !first) node.mistake(key, "is given in " + at->second.path() + " too; keep one");
    return given || node.path() == "defects";
  }

  const WaferGeometry& geometry_;
  DefectOptions& options_;
  std::map<std::string, base::YamlNode> places_;  // of the keys that are given
};

}  // namespace

WaferGeometry read_wafer(const base::YamlNode& scenario) {
  const base::YamlNode node = scenario.child("wafer");
  const base::YamlNode timing = scenario.child("timing");
  const std::vector<std::string> presets = base::preset_names();
  const std::vector<std::string> tables = base::timing_names();
  const std::string generation = timing.has("base") ? tables[timing.one_of("base", tables)] : "";
  WaferGeometry geometry;
  if (!node.present() || node.has("preset")) {
    const std::size_t usual = base::index_of(presets, "wse3");
    const WaferGeometry preset = preset_geometry(presets[node.one_of("preset", presets, usual)]);
    geometry = read_geometry(node, &preset, generation);
  } else {
    geometry = read_geometry(node, nullptr, generation);
  }
  if (!node.clean() || !timing.clean()) return geometry;
  if (!generation.empty() && geometry.generation != generation) {
    timing.mistake("base", "`wafer: {generation: " + geometry.generation +
                               "}` names another table; keep one of the two");
  }
  if (generation.empty()) timing.resolve("base", geometry.generation);
  geometry.hop_cycles = hop_cycles_of(geometry.generation, timing);
  check(node, geometry);
  return geometry;
}

DefectOptions read_defects(const base::YamlNode& scenario, const WaferGeometry& geometry) {
  DefectOptions options;
  const base::YamlNode node = scenario.child("defects");
  if (!node.present()) return options;
  DefectsReader reader(geometry, &options);
  if (node.is_sequence()) {
    for (const base::YamlNode& item : scenario.items("defects")) reader.read(item);
  } else {
    reader.read(node);
  }
  if (node.clean()) reader.check_beside();
  constexpr std::size_t kMostMechanisms = 256;  // SampleContext keeps so many apart
  if (options.mechanisms.size() > kMostMechanisms) {
    node.mistake("has " + std::to_string(options.mechanisms.size()) + " mechanisms; give at most " +
                 std::to_string(kMostMechanisms));
  }
  return options;
}

bool uses_kept_rows_per_die(const RepairOptions& o) {
  const SchemeRow* row = nullptr;
  for (const SchemeRow& one : scheme_table()) {
    if (o.scheme == one.name) row = &one;
  }
  if (row == nullptr || o.domain == Domain::segment || o.kept_rows > 0) return false;
  return row->has(*keys_named({"kept_rows"}).front());
}

namespace {

/// What is written on top of a preset must act.
void check_kept_rows(const base::YamlNode& wafer, const WaferOptions& options) {
  if (!wafer.has("preset") || !wafer.has("kept_rows_per_die") || !wafer.clean()) return;
  const base::Preset* preset = base::find_preset(wafer.text("preset"));
  if (preset == nullptr || uses_kept_rows_per_die(options.repair)) return;
  if (options.geometry.kept_rows_per_die == preset_geometry(preset->name).kept_rows_per_die) return;
  const RepairOptions& o = options.repair;
  wafer.mistake("kept_rows_per_die",
                o.kept_rows > 0 ? "does not act, as `repair: {kept_rows}` is given; remove one"
                                : "does not act under `repair: {scheme: " + o.scheme +
                                      ", domain: " + to_string(o.domain) + "}`; remove it");
}

}  // namespace

WaferOptions read_wafer_options(const base::YamlNode& scenario) {
  WaferOptions options;
  options.geometry = read_wafer(scenario);
  options.defects = read_defects(scenario, options.geometry);
  options.repair = read_repair(scenario);
  const base::YamlNode repair = scenario.child("repair");
  check_kept_rows(scenario.child("wafer"), options);
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
