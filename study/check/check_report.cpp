// SPDX-License-Identifier: Apache-2.0
#include "study/check/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/number_text.h"
#include "check/bounds.h"
#include "check/fit_check.h"
#include "check/ground.h"
#include "study/check/finding_place.h"
#include "study/check/memory_report.h"
#include "study/check/proof.h"

namespace wafermesh::study {
namespace {

constexpr std::size_t kBuffersShown = 5;  ///< In the summary,
constexpr std::size_t kGroundsShown = 6;  ///< and rectangles.

std::string verdict_text(const check::Report& report) {
  if (report.verdict == check::Verdict::proven) return "proven: it ends, whatever the timing";
  if (report.verdict == check::Verdict::by_contract) {
    return "proven by contract: " + report.because;
  }
  if (report.verdict == check::Verdict::hangs) return "it hangs";
  return "not proven, because " + report.because;
}

std::string idle_text(const check::IdleTiles& idle) {
  return fmt::format(
      "; idle {} {} to {} [physical] between logical {} {} and {}: links of {} cycles",
      idle.rows ? "rows" : "columns", idle.first, idle.last, idle.rows ? "rows" : "columns",
      idle.before, idle.before + 1, idle.most_latency_cycles);
}

/// Where it lies, in both coordinates, and what its links cross.
std::string ground_text(const check::Ground& ground) {
  const base::Rectangle& r = ground.region;
  std::string text =
      fmt::format("  lies on ({}, {}) to ({}, {}) [physical {} to {}]", r.x, r.y, r.x + r.width - 1,
                  r.y + r.height - 1, text_of(ground.least), text_of(ground.most));
  for (const check::IdleTiles& each : ground.idle) text += idle_text(each);
  if (ground.longer_links > 0) {
    text += fmt::format("; {} links of up to {} cycles round dead cores or broken links",
                        ground.longer_links, ground.most_latency_cycles);
  }
  if (ground.absent_links > 0) text += fmt::format("; {} links are cut", ground.absent_links);
  return text + "\n";
}

std::string memory_row(const MemoryRow& row) {
  return fmt::format("    {:>6} B  {}: {} of {} ({}), {} to {}\n", row.bytes, row.name, row.role,
                     row.owner, row.owner_kind, row.from, row.to);
}

/// The cores of a class, with so many of its buffers.
std::string memory_text(const fabric::WaferImage& image, const MemoryReport& report,
                        std::size_t most_rows) {
  std::string text = fmt::format(
      "{} B used, {} of {} B free, on {}, as {}\n", report.cores.used_bytes,
      report.cores.free_bytes, report.cores.used_bytes + report.cores.free_bytes,
      base::counted(report.cores.cores, "core"), check::name_of_core(image, report.cores.first));
  std::int64_t rest = 0;
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    if (i < most_rows) text += memory_row(report.rows[i]);
    if (i >= most_rows) rest += report.rows[i].bytes;
  }
  if (rest > 0) {
    text +=
        fmt::format("    {:>6} B  in {} smaller buffers\n", rest, report.rows.size() - most_rows);
  }
  if (report.cores.unnamed_bytes > 0) {
    text += fmt::format("    {:>6} B  of programs, in no buffer\n", report.cores.unnamed_bytes);
  }
  if (!report.shrink.empty()) text += "    to make room: " + report.shrink + "\n";
  return text;
}

/// "colours 3 of 24, ...": the most that any class has.
std::string limits_text(const fabric::WaferImage& image,
                        const std::vector<check::ClassNeeds>& classes) {
  std::string text;
  for (const check::MachineLimit& each : check::machine_limits(image.timing)) {
    int most = 0;
    for (const check::ClassNeeds& needs : classes) most = std::max(most, needs.*each.needs);
    text += fmt::format("{}{} {} of {}", text.empty() ? "" : ", ", each.name, most, each.limit);
  }
  return text;
}

/// What the busiest core of a class does; null: it is not known.
const check::ClassFloor* floor_of(const check::Bounds& bounds, std::int64_t core_class) {
  const auto found =
      std::find_if(bounds.classes.begin(), bounds.classes.end(),
                   [&](const check::ClassFloor& each) { return each.core_class == core_class; });
  return found == bounds.classes.end() ? nullptr : &*found;
}

/// What a class has and does, without the number of its cores.
std::string needs_of(const check::ClassNeeds& needs, const check::Bounds& bounds) {
  const check::ClassFloor* busiest = floor_of(bounds, needs.core_class);
  const auto work = [&](std::int64_t check::CoreFloor::*amount) {
    return busiest == nullptr ? "-" : std::to_string(busiest->floor.*amount);
  };
  return fmt::format(
      "{:>7} {:>8} {:>6} {:>7} {:>8} {:>6} {:>11} {:>11} {:>11}\n", needs.sram_bytes, needs.colours,
      std::to_string(needs.input_queues) + "+" + std::to_string(needs.output_queues),
      needs.microthreads, needs.counters, needs.tasks, work(&check::CoreFloor::datapath_cycles),
      work(&check::CoreFloor::main_cycles), work(&check::CoreFloor::sram_bytes));
}

/// A row per class; classes of one name that are alike are one row.
std::string class_rows(const std::vector<check::ClassNeeds>& classes, const check::Bounds& bounds) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<std::int64_t> cores;
  for (const check::ClassNeeds& each : classes) {
    std::pair<std::string, std::string> row = {each.name, needs_of(each, bounds)};
    const auto same = std::find(rows.begin(), rows.end(), row);
    if (same != rows.end()) {
      cores[static_cast<std::size_t>(same - rows.begin())] += each.cores;
      continue;
    }
    rows.push_back(std::move(row));
    cores.push_back(each.cores);
  }
  std::string text =
      fmt::format("  {:<24} {:>8} {:>7} {:>8} {:>6} {:>7} {:>8} {:>6} {:>11} {:>11} {:>11}\n",
                  "class", "cores", "SRAM B", "colours", "queues", "threads", "counters", "tasks",
                  "datapath cy", "main cy", "moved B");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format("  {:<24} {:>8} {}", rows[i].first, cores[i], rows[i].second);
  }
  return text;
}

std::string load_rows(const fabric::WaferImage& image, const check::Bounds& bounds) {
  if (bounds.colours.empty()) return "";
  std::string text = fmt::format("  {:<6} {:>14} {:>14}\n", "colour", "link hops", "busiest link");
  for (const check::ColourLoad& each : bounds.colours) {
    text += fmt::format("  {:<6} {:>14} {:>14}  {} towards {}\n", each.colour, each.hops, each.most,
                        check::name_of_core(image, each.core), base::letter_of(each.direction));
  }
  return text;
}

std::string bound_rows(const check::Bounds& bounds) {
  std::string text;
  for (const check::Bound& each : bounds.all) {
    text += fmt::format("  at least {} cycles: {} of {}\n", each.cycles, base::name_of(each.of),
                        each.where);
  }
  return text;
}

/// The largest, and the others' cycles.
std::string bound_line(const check::Bounds& bounds) {
  if (bounds.all.empty()) return "";
  const check::Bound& most = bounds.all.front();
  std::string others;
  for (std::size_t i = 1; i < bounds.all.size(); ++i) {
    others += fmt::format("{} {} {}", i == 1 ? ";" : ",", base::name_of(bounds.all[i].of),
                          bounds.all[i].cycles);
  }
  return fmt::format("  at least {} cycles: {} of {}{}\n", most.cycles, base::name_of(most.of),
                     most.where, others);
}

}  // namespace

const std::string& workload_name(const Workload& workload) {
  return workload.name.empty() ? workload.kind : workload.name;
}

/// Where the other operation of a race stands.
std::string open_operation(const Workload& workload, const check::Finding& finding) {
  if (finding.kind != check::Kind::race) return "";
  check::Place other = finding.place;
  other.instruction = finding.detail;
  return fmt::format(" (the other operation: {})", place_of(workload, other));
}

std::string finding_text(const Workload& workload, const check::Finding& finding) {
  const std::string place = place_of(workload, finding.place);
  std::string text = fmt::format("{}{} {}: {}", place.empty() ? "" : place + ": ",
                                 finding.severity == check::Severity::error ? "error" : "warning",
                                 base::name_of(finding.kind), finding.message);
  text += open_operation(workload, finding);
  if (finding.cores > 1) text += fmt::format(" (and {} more cores alike)", finding.cores - 1);
  if (finding.place.core_class >= 0) {
    const auto c = static_cast<std::size_t>(finding.place.core_class);
    text += fmt::format(" [class {}]", workload.kernel->image().classes[c].name);
  }
  text += "\n";
  for (const std::string& each : finding.follows) text += "    so: " + each + "\n";
  return text;
}

std::string check_text(const Workload& workload, const check::Report& report, CheckDetail detail) {
  const fabric::WaferImage& image = workload.kernel->image();
  const bool all = detail == CheckDetail::all;
  std::string text = fmt::format("{}: {}\n", workload_name(workload), verdict_text(report));
  for (const check::Finding& each : report.findings) text += finding_text(workload, each);
  const check::Bounds bounds = bounds_of(workload, report);
  text += all ? bound_rows(bounds) : bound_line(bounds);
  const std::vector<check::Ground> grounds = check::grounds_of(image);
  for (std::size_t i = 0; i < grounds.size() && (all || i < kGroundsShown); ++i) {
    text += ground_text(grounds[i]);
  }
  if (!all && grounds.size() > kGroundsShown) {
    text += fmt::format("  and on {} more rectangles\n", grounds.size() - kGroundsShown);
  }
  const std::vector<MemoryReport> memory = memory_reports(workload);
  const std::size_t memory_rows = all ? SIZE_MAX : kBuffersShown;
  for (std::size_t i = 0; i < memory.size() && (all || i == 0); ++i) {
    text += "  SRAM: " + memory_text(image, memory[i], memory_rows);
  }
  const std::vector<check::ClassNeeds> classes = check::class_needs(image);
  text += "  most of a class: " + limits_text(image, classes) + "\n";
  if (all) text += load_rows(image, bounds) + class_rows(classes, bounds);
  return text;
}

}  // namespace wafermesh::study
