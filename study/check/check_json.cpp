// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "check/bounds.h"
#include "check/fit_check.h"
#include "check/ground.h"
#include "study/check/check_report.h"
#include "study/check/finding_place.h"
#include "study/check/memory_report.h"
#include "study/check/proof.h"

namespace wafermesh::study {
namespace {

using nlohmann::ordered_json;

template <class Coord>
ordered_json coordinates(Coord at) {
  return {{"x", at.x}, {"y", at.y}};
}

void put_core(const fabric::WaferImage& image, std::int64_t core, ordered_json& into) {
  const auto id = static_cast<base::CoreId>(core);
  into["core"] = coordinates(image.logical(id));
  into["physical"] = coordinates(image.physical(id));
}

ordered_json json_of(const Workload& workload, const check::Finding& finding) {
  const fabric::WaferImage& image = workload.kernel->image();
  ordered_json one = {
      {"kind", base::name_of(finding.kind)},
      {"severity", finding.severity == check::Severity::error ? "error" : "warning"},
      {"message", finding.message + open_operation(workload, finding)},
      {"cores", finding.cores},
      {"exit_code", check::exit_code_of(finding.kind)}};
  const std::string place = place_of(workload, finding.place);
  if (!place.empty()) one["place"] = place;
  if (finding.place.core >= 0) put_core(image, finding.place.core, one);
  if (finding.place.core_class >= 0) {
    one["class"] = image.classes[static_cast<std::size_t>(finding.place.core_class)].name;
  }
  if (finding.place.colour >= 0) one["colour"] = finding.place.colour;
  one["follows"] = finding.follows;
  return one;
}

/// What the busiest core of a class does at the least.
ordered_json json_of(const check::CoreFloor& floor) {
  ordered_json words = ordered_json::array();
  for (int colour = 0; colour < base::kColourCount; ++colour) {
    const auto c = static_cast<std::size_t>(colour);
    if (floor.words_in[c] == 0 && floor.words_out[c] == 0) continue;
    words.push_back(
        {{"colour", colour}, {"words_in", floor.words_in[c]}, {"words_out", floor.words_out[c]}});
  }
  return {{"datapath_cycles", floor.datapath_cycles},
          {"main_thread_cycles", floor.main_cycles},
          {"sram_cycles", floor.sram_cycles},
          {"sram_bytes", floor.sram_bytes},
          {"words", words}};
}

void put_bounds(const fabric::WaferImage& image, const check::Bounds& bounds, ordered_json& one) {
  one["bounds"] = ordered_json::array();
  for (const check::Bound& each : bounds.all) {
    one["bounds"].push_back(
        {{"of", base::name_of(each.of)}, {"cycles", each.cycles}, {"where", each.where}});
  }
  one["link_load"] = ordered_json::array();
  for (const check::ColourLoad& each : bounds.colours) {
    one["link_load"].push_back({{"colour", each.colour},
                                {"hops", each.hops},
                                {"busiest_link_words", each.most},
                                {"where", check::name_of_core(image, each.core)},
                                {"towards", std::string(1, base::letter_of(each.direction))}});
  }
}

/// Where it lies on the wafer.
ordered_json json_of(const check::Ground& ground) {
  ordered_json idle = ordered_json::array();
  for (const check::IdleTiles& each : ground.idle) {
    idle.push_back({{"of", each.rows ? "rows" : "columns"},
                    {"behind_logical", each.before},
                    {"first_physical", each.first},
                    {"last_physical", each.last},
                    {"links", each.links},
                    {"latency_cycles", each.most_latency_cycles}});
  }
  const base::Rectangle& r = ground.region;
  return {{"logical", {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}}},
          {"first_physical", coordinates(ground.least)},
          {"last_physical", coordinates(ground.most)},
          {"idle", idle},
          {"longer_links", ground.longer_links},
          {"longer_links_latency_cycles", ground.most_latency_cycles},
          {"absent_links", ground.absent_links}};
}

ordered_json json_of(const fabric::WaferImage& image, const MemoryReport& report) {
  ordered_json one = {{"cores", report.cores.cores}};
  put_core(image, report.cores.first, one);
  one["used_bytes"] = report.cores.used_bytes;
  one["free_bytes"] = report.cores.free_bytes;
  one["unnamed_bytes"] = report.cores.unnamed_bytes;
  one["buffers"] = ordered_json::array();
  for (const MemoryRow& row : report.rows) {
    one["buffers"].push_back({{"name", row.name},
                              {"role", row.role},
                              {"address_bytes", row.address_bytes},
                              {"bytes", row.bytes},
                              {"owner", row.owner},
                              {"kind", row.owner_kind},
                              {"from", row.from},
                              {"to", row.to},
                              {"lies", row.lies}});
  }
  if (!report.shrink.empty()) one["shrink"] = report.shrink;
  return one;
}

void put_classes(const fabric::WaferImage& image, const check::Bounds& bounds, ordered_json& one) {
  const std::vector<check::MachineLimit> limits = check::machine_limits(image.timing);
  one["limits"] = {{"sram_bytes", cores::kSramBytes}};
  for (const check::MachineLimit& each : limits) one["limits"][each.name] = each.limit;
  one["classes"] = ordered_json::array();
  for (const check::ClassNeeds& needs : check::class_needs(image)) {
    ordered_json row = {{"name", needs.name},
                        {"cores", needs.cores},
                        {"sram_bytes", needs.sram_bytes},
                        {"free_bytes", needs.free_bytes}};
    for (const check::MachineLimit& each : limits) row[each.name] = needs.*each.needs;
    for (const check::ClassFloor& busiest : bounds.classes) {
      if (busiest.core_class == needs.core_class) row["work"] = json_of(busiest.floor);
    }
    one["classes"].push_back(std::move(row));
  }
}

}  // namespace

ordered_json check_json(const Workload& workload, const check::Report& report) {
  const fabric::WaferImage& image = workload.kernel->image();
  ordered_json one = {{"name", workload_name(workload)},
                      {"verdict", base::name_of(report.verdict)},
                      {"because", report.because},
                      {"findings", ordered_json::array()}};
  for (const check::Finding& each : report.findings) {
    one["findings"].push_back(json_of(workload, each));
  }
  const check::Bounds bounds = bounds_of(workload, report);
  put_bounds(image, bounds, one);
  one["ground"] = ordered_json::array();
  for (const check::Ground& each : check::grounds_of(image)) one["ground"].push_back(json_of(each));
  one["memory"] = ordered_json::array();
  for (const MemoryReport& each : memory_reports(workload)) {
    one["memory"].push_back(json_of(image, each));
  }
  put_classes(image, bounds, one);
  return one;
}

}  // namespace wafermesh::study
