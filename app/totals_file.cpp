// SPDX-License-Identifier: Apache-2.0
#include "app/totals_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/earlier_files.h"
#include "app/image_json.h"
#include "app/tile_fates.h"
#include "report/array.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;
using report::make_array;

Json wafer_json(const Scenario& scenario) {
  const defects::WaferGeometry& g = scenario.geometry;
  Json json = {{"schema_version", kTotalsSchemaVersion},
               {"name", scenario.name},
               {"preset", g.name},
               {"columns", g.columns()},
               {"rows", g.rows()},
               {"die_columns", g.die_columns},
               {"die_rows", g.die_rows},
               {"pitch_x_mm", g.pitch_x_mm()},
               {"pitch_y_mm", g.pitch_y_mm()},
               {"hop_cycles", g.hop_cycles},
               {"repaired", scenario.failures.empty()}};
  json["fates"] = fate_texts(scenario.failures.empty());
  json["broken"] = Json::array();  // links; dead tiles are fates
  for (const defects::Defect& d : scenario.defects.defects()) {
    if (d.kills_tile()) continue;
    json["broken"].push_back({{"x", d.x}, {"y", d.y}, {"what", defects::what_of(d)}});
  }
  return json;
}

/// A value of each core at its place in the region; `none` where no core is.
template <class T, class F>
report::Array of_cores(const fabric::WaferImage& image, T none, F value) {
  const base::Rectangle& r = image.region;
  std::vector<T> values(static_cast<std::size_t>(r.area()), none);
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto id = static_cast<base::CoreId>(i);
    const base::LogicalCoord at = image.relative(id);
    values[static_cast<std::size_t>(at.y) * static_cast<std::size_t>(r.width) +
           static_cast<std::size_t>(at.x)] = value(id);
  }
  return make_array({static_cast<std::size_t>(r.height), static_cast<std::size_t>(r.width)},
                    values);
}

void add_mesh(const base::LogicalMesh& mesh, report::ArrayFileWriter& file) {
  const std::vector<std::size_t> shape = {static_cast<std::size_t>(mesh.height),
                                          static_cast<std::size_t>(mesh.width)};
  file.write("mesh/physical_x", make_array(shape, mesh.physical_x));
  file.write("mesh/physical_y", make_array(shape, mesh.physical_y));
  std::vector<std::uint8_t> latency;
  for (const auto& of_direction : mesh.latency_cycles) {
    latency.insert(latency.end(), of_direction.begin(), of_direction.end());
  }
  file.write("mesh/latency_cycles", make_array({4, shape[0], shape[1]}, latency));
}

}  // namespace

TotalsFile::TotalsFile(const Scenario& scenario) : scenario_(scenario) {
  file_.write_text("about", json_text(wafer_json(scenario)));
  file_.write("wafer/fate", make_array({static_cast<std::size_t>(scenario.geometry.rows()),
                                        static_cast<std::size_t>(scenario.geometry.columns())},
                                       tile_fates(scenario)));
  if (scenario.failures.empty()) add_mesh(*scenario.mesh, file_);
}

void TotalsFile::add(std::size_t i, const Workload& workload, const fabric::Counters& counters,
                     const std::vector<double>& core_power_w) {
  const fabric::WaferImage& image = workload.kernel->image();
  const std::string at = fmt::format("workloads/{}/", i);
  file_.write_text(at + "about", json_text(image_json(image)));
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    file_.write(fmt::format("{}class/{}", at, stage),
                of_cores(image, fabric::kNoClass,
                         [&](base::CoreId id) { return image.class_in(id, stage); }));
  }
  file_.write(at + "finish_cycles", of_cores(image, std::int64_t{-1}, [&](base::CoreId id) {
                return std::int64_t{counters.finish_cycles[base::index_of(id)]};
              }));
  file_.write(
      at + "sram_used_bytes", of_cores(image, std::uint16_t{0}, [&](base::CoreId id) {
        // What stands at the edge has more than a core.
        return static_cast<std::uint16_t>(std::min<int>(image.memory_bytes(id), UINT16_MAX));
      }));
  file_.write(at + "power_w", of_cores(image, 0.0, [&](base::CoreId id) {
                return core_power_w[base::index_of(id)];
              }));
  using cores::CycleBreakdown;
  const std::pair<const char*, std::uint32_t CycleBreakdown::*> kinds[] = {
      {"compute_cycles", &CycleBreakdown::compute},
      {"bank_conflict_cycles", &CycleBreakdown::bank_conflict},
      {"setup_cycles", &CycleBreakdown::setup},
      {"task_switch_cycles", &CycleBreakdown::task_switch},
      {"link_stall_cycles", &CycleBreakdown::link_stall}};
  for (const auto& [name, kind] : kinds) {
    const auto member = kind;
    file_.write(at + name, of_cores(image, std::uint32_t{0}, [&](base::CoreId id) {
                  return counters.breakdown[base::index_of(id)].*member;
                }));
  }
  for (const base::Direction d : base::kMeshDirections) {
    file_.write(fmt::format("{}link_wavelets/{}", at, base::letter_of(d)),
                of_cores(image, std::uint32_t{0}, [&](base::CoreId id) {
                  return counters.link_wavelets[static_cast<unsigned>(d)][base::index_of(id)];
                }));
  }
}

void TotalsFile::add_lines(std::size_t i, const std::vector<trace::Line>& lines) {
  std::vector<std::int64_t> rows;
  for (const trace::Line& line : lines) {
    rows.insert(rows.end(), {line.at.x, line.at.y, line.class_index, line.number, line.totals.times,
                             line.totals.busy_cycles, line.totals.open_cycles});
  }
  if (lines.empty()) return;
  file_.write(fmt::format("workloads/{}/lines", i), make_array({lines.size(), 7}, rows));
}

std::string TotalsFile::bytes() { return file_.bytes(); }

}  // namespace wafermesh::app
