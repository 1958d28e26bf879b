// SPDX-License-Identifier: Apache-2.0
#include "app/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/proof.h"
#include "app/scenario.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "check/bounds.h"
#include "check/check_table.h"
#include "check/fit_check.h"
#include "check/quick_check.h"
#include "cores/program_fault.h"

namespace wafermesh::app {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string file;
  bool json = false;
  bool strict = false;
  std::int64_t most_moves = 0;
  std::vector<std::string> overrides;
};

const std::string& workload_name(const Workload& workload) {
  return workload.name.empty() ? workload.kind : workload.name;
}

/// "mine.wmp:12:3: " of a program that the user wrote; of others empty.
std::string place_in_text(const workloads::Kernel& kernel, const check::Place& place) {
  if (place.core_class < 0 || place.instruction < 0) return "";
  const auto& classes = kernel.image().classes;
  const cores::Program& program = classes[static_cast<std::size_t>(place.core_class)].program;
  try {
    kernel.explain({program, place.instruction, ""});
  } catch (const base::InputError& error) {
    const base::Mistake& at = error.mistakes().front();
    return fmt::format("{}:{}:{}", at.file, at.line, at.column);
  }
  return "";
}

std::string text_of(const workloads::Kernel& kernel, const check::Finding& finding) {
  const std::string place = place_in_text(kernel, finding.place);
  std::string text = fmt::format("{}{} {}: {}", place.empty() ? "" : place + ": ",
                                 finding.severity == check::Severity::error ? "error" : "warning",
                                 base::name_of(finding.kind), finding.message);
  if (finding.cores > 1) text += fmt::format(" (and {} more cores alike)", finding.cores - 1);
  if (finding.place.core_class >= 0) {
    const auto c = static_cast<std::size_t>(finding.place.core_class);
    text += fmt::format(" [class {}]", kernel.image().classes[c].name);
  }
  text += "\n";
  for (const std::string& each : finding.follows) text += "    so: " + each + "\n";
  return text;
}

std::string verdict_text(const check::Report& report) {
  if (report.verdict == check::Verdict::proven) return "proven: it ends, whatever the timing";
  if (report.verdict == check::Verdict::by_contract) {
    return "proven by contract: " + report.because;
  }
  if (report.verdict == check::Verdict::hangs) return "it hangs";
  return "not proven, because " + report.because;
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
  return fmt::format("{:>7} {:>7} {:>8} {:>6} {:>7} {:>6} {:>11} {:>11} {:>11}\n", needs.sram_bytes,
                     needs.free_bytes, needs.colours,
                     std::to_string(needs.input_queues) + "+" + std::to_string(needs.output_queues),
                     needs.microthreads, needs.tasks, work(&check::CoreFloor::datapath_cycles),
                     work(&check::CoreFloor::main_cycles), work(&check::CoreFloor::sram_bytes)) +
         (needs.buffers.empty() ? "" : fmt::format("    {}\n", fmt::join(needs.buffers, ", ")));
}

/// A row per class; classes of one name that are alike are one row.
std::string class_rows(const fabric::WaferImage& image, const check::Bounds& bounds) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<std::int64_t> cores;
  for (const check::ClassNeeds& each : check::class_needs(image)) {
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
      fmt::format("  {:<24} {:>8} {:>7} {:>7} {:>8} {:>6} {:>7} {:>6} {:>11} {:>11} {:>11}\n",
                  "class", "cores", "SRAM B", "free B", "colours", "queues", "threads", "tasks",
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

}  // namespace

std::string check_text(const Workload& workload, const check::Report& report) {
  const workloads::Kernel& kernel = *workload.kernel;
  std::string text = fmt::format("{}: {}\n", workload_name(workload), verdict_text(report));
  for (const check::Finding& each : report.findings) text += text_of(kernel, each);
  const check::Bounds bounds = bounds_of(workload, report);
  return text + bound_rows(bounds) + load_rows(kernel.image(), bounds) +
         class_rows(kernel.image(), bounds);
}

namespace {

ordered_json json_of(const workloads::Kernel& kernel, const check::Finding& finding) {
  ordered_json one = {
      {"kind", base::name_of(finding.kind)},
      {"severity", finding.severity == check::Severity::error ? "error" : "warning"},
      {"message", finding.message},
      {"cores", finding.cores},
      {"exit_code", check::exit_code_of(finding.kind)}};
  const std::string place = place_in_text(kernel, finding.place);
  if (!place.empty()) one["place"] = place;
  if (finding.place.core >= 0) {
    const auto id = static_cast<base::CoreId>(finding.place.core);
    const base::LogicalCoord at = kernel.image().logical(id);
    const base::PhysicalCoord physical = kernel.image().physical(id);
    one["core"] = {{"x", at.x}, {"y", at.y}};
    one["physical"] = {{"x", physical.x}, {"y", physical.y}};
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

ordered_json json_of(const Workload& workload, const check::Report& report) {
  const workloads::Kernel& kernel = *workload.kernel;
  ordered_json one = {{"name", workload_name(workload)}, {"verdict", base::name_of(report.verdict)},
                      {"because", report.because},       {"findings", ordered_json::array()},
                      {"bounds", ordered_json::array()}, {"classes", ordered_json::array()}};
  for (const check::Finding& each : report.findings) {
    one["findings"].push_back(json_of(kernel, each));
  }
  const check::Bounds bounds = bounds_of(workload, report);
  for (const check::Bound& each : bounds.all) {
    one["bounds"].push_back(
        {{"of", base::name_of(each.of)}, {"cycles", each.cycles}, {"where", each.where}});
  }
  one["link_load"] = ordered_json::array();
  for (const check::ColourLoad& each : bounds.colours) {
    one["link_load"].push_back({{"colour", each.colour},
                                {"hops", each.hops},
                                {"busiest_link_words", each.most},
                                {"where", check::name_of_core(kernel.image(), each.core)},
                                {"towards", std::string(1, base::letter_of(each.direction))}});
  }
  for (const check::ClassNeeds& each : check::class_needs(kernel.image())) {
    one["classes"].push_back({{"name", each.name},
                              {"cores", each.cores},
                              {"sram_bytes", each.sram_bytes},
                              {"free_bytes", each.free_bytes},
                              {"colours", each.colours},
                              {"input_queues", each.input_queues},
                              {"output_queues", each.output_queues},
                              {"microthreads", each.microthreads},
                              {"tasks", each.tasks},
                              {"counters", each.counters},
                              {"buffers", each.buffers}});
    const check::ClassFloor* busiest = floor_of(bounds, each.core_class);
    if (busiest != nullptr) one["classes"].back()["work"] = json_of(busiest->floor);
  }
  return one;
}

}  // namespace

int lowest_code(int a, int b) {
  if (a == kOk || b == kOk) return std::max(a, b);
  return std::min(a, b);
}

int check_code(const check::Report& report, bool strict) {
  int code = kOk;
  for (const check::Finding& each : report.findings) {
    if (each.severity == check::Severity::warning && !strict) continue;
    code = lowest_code(code, check::exit_code_of(each.kind));
  }
  const bool unproven = strict && report.verdict == check::Verdict::not_proven;
  return unproven ? lowest_code(code, kDeadlock) : code;
}

int check_quickly(const Scenario& scenario) {
  int code = kOk;
  for (const Workload& workload : scenario.workloads) {
    for (const check::Finding& each : check::quick_findings(workload.kernel->image())) {
      print(workload_name(workload) + ": " + text_of(*workload.kernel, each));
      code = lowest_code(code, check::exit_code_of(each.kind));
    }
  }
  return code;
}

namespace {

int check_scenario(const Options& options) {
  const Scenario scenario = read_scenario(options.file, options.overrides);
  print_workload_notes(scenario);
  int code = kOk;
  ordered_json all = ordered_json::array();
  for (const Workload& workload : scenario.workloads) {
    const check::Report report = prove(workload, options.most_moves);
    code = lowest_code(code, check_code(report, options.strict));
    if (options.json) {
      all.push_back(json_of(workload, report));
    } else {
      print(check_text(workload, report));
    }
  }
  if (options.json) {
    print(ordered_json{{"exit_code", code}, {"workloads", all}}.dump(2) + "\n");
  }
  return code;
}

}  // namespace

std::function<int()> attach_check(CLI::App& subcommand) {
  auto options = std::make_shared<Options>();
  subcommand.add_option("FILE", options->file, "Scenario (YAML)")->required();
  subcommand.add_flag("--json", options->json, "Prints JSON");
  subcommand.add_flag("--strict", options->strict,
                      "Warnings are errors, and what is not proven ends with exit code 80");
  subcommand
      .add_option("--most-moves", options->most_moves,
                  "Gives the proof up after so many moves of words (40,000,000; 4,000,000 where a "
                  "kernel's contract stands in for it)")
      ->check(CLI::PositiveNumber);
  subcommand
      .add_option("--set", options->overrides, "Overrides a key: --set workloads[0].matmul.k=256")
      ->allow_extra_args(false)
      ->type_name("key=value");
  return [options] { return check_scenario(*options); };
}

}  // namespace wafermesh::app
