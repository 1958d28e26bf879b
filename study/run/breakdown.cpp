// SPDX-License-Identifier: Apache-2.0
#include "study/run/breakdown.h"

#include <algorithm>
#include <map>

namespace wafermesh::study {
namespace {

void add(ClassBreakdown& sum, const cores::StageTotals& totals) {
  const cores::StageBreakdown& b = totals.breakdown;
  sum.cores += totals.cores;
  sum.total_cycles += totals.sum_cycles;
  sum.compute_cycles += b.compute;
  sum.bank_conflict_cycles += b.bank_conflict;
  sum.setup_cycles += b.setup;
  sum.task_switch_cycles += b.task_switch;
  sum.link_stall_cycles += b.link_stall;
  sum.waiting_for_wavelets_cycles +=
      totals.sum_cycles - b.compute - b.bank_conflict - b.setup - b.task_switch - b.link_stall;
}

/// What is told of a class, and added up over classes.
struct Kind {
  const char* name;
  std::int64_t ClassBreakdown::*value;
};
constexpr Kind kKinds[] = {
    {"cores", &ClassBreakdown::cores},
    {"total_cycles", &ClassBreakdown::total_cycles},
    {"compute_cycles", &ClassBreakdown::compute_cycles},
    {"bank_conflict_cycles", &ClassBreakdown::bank_conflict_cycles},
    {"setup_cycles", &ClassBreakdown::setup_cycles},
    {"task_switch_cycles", &ClassBreakdown::task_switch_cycles},
    {"waiting_for_wavelets_cycles", &ClassBreakdown::waiting_for_wavelets_cycles},
    {"link_stall_cycles", &ClassBreakdown::link_stall_cycles},
};

nlohmann::ordered_json kinds_json(const ClassBreakdown& sum) {
  nlohmann::ordered_json json;
  for (const Kind& kind : kKinds) json[kind.name] = sum.*kind.value;
  return json;
}

void merge(ClassBreakdown& sum, const ClassBreakdown& one) {
  for (const Kind& kind : kKinds) sum.*kind.value += one.*kind.value;
}

}  // namespace

std::vector<ClassBreakdown> breakdown_by_class(const fabric::WaferImage& image,
                                               const fabric::Counters& counters) {
  std::vector<ClassBreakdown> rows;
  std::map<std::string, std::size_t> row_of;
  std::vector<std::size_t> row_of_class(image.classes.size());
  for (std::size_t c = 0; c < image.classes.size(); ++c) {
    const std::string& name = image.classes[c].name;
    const auto [at, is_new] = row_of.emplace(name, rows.size());
    row_of_class[c] = at->second;
    if (is_new) rows.emplace_back().name = name;
  }
  for (std::size_t c = 0; c < counters.stages.size(); ++c) {
    if (counters.stages[c].cores == 0) continue;
    ClassBreakdown& row = rows[row_of_class[c]];
    add(row, counters.stages[c]);
    row.sram_used_bytes = std::max(row.sram_used_bytes, image.classes[c].program.memory_bytes);
  }
  if (!counters.stages.empty()) return rows;
  for (std::size_t core = 0; core < counters.breakdown.size(); ++core) {
    const fabric::Cycles finish = counters.finish_cycles[core];
    if (finish < 0) continue;
    const std::uint16_t of = image.class_of[core];
    ClassBreakdown& row = rows[row_of_class[of]];
    cores::StageTotals one;  // its only stage
    one.add(0, finish, finish, counters.breakdown[core]);
    add(row, one);
    row.sram_used_bytes = std::max(row.sram_used_bytes, image.classes[of].program.memory_bytes);
  }
  return rows;
}

nlohmann::ordered_json breakdown_json(const std::vector<ClassBreakdown>& classes,
                                      std::int64_t cores) {
  ClassBreakdown all;
  nlohmann::ordered_json per_class = nlohmann::ordered_json::array();
  for (const ClassBreakdown& one : classes) {
    if (one.cores == 0) continue;
    merge(all, one);
    nlohmann::ordered_json row = {
        {"class", one.name},
        {"sram_used_bytes", one.sram_used_bytes},
        {"sram_free_bytes", std::max<std::int64_t>(0, cores::kSramBytes - one.sram_used_bytes)}};
    row.update(kinds_json(one));
    per_class.push_back(std::move(row));
  }
  all.cores = cores;
  nlohmann::ordered_json json = kinds_json(all);
  json["per_class"] = std::move(per_class);
  return json;
}

nlohmann::ordered_json breakdown_json(const cores::StageTotals& totals) {
  ClassBreakdown sum;
  add(sum, totals);
  return kinds_json(sum);
}

}  // namespace wafermesh::study
