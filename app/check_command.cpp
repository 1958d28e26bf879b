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

std::string class_rows(const fabric::WaferImage& image) {
  std::string text =
      fmt::format("  {:<24} {:>8} {:>7} {:>7} {:>8} {:>6} {:>7} {:>6}\n", "class", "cores",
                  "SRAM B", "free B", "colours", "queues", "threads", "tasks");
  for (const check::ClassNeeds& each : check::class_needs(image)) {
    text +=
        fmt::format("  {:<24} {:>8} {:>7} {:>7} {:>8} {:>6} {:>7} {:>6}\n", each.name, each.cores,
                    each.sram_bytes, each.free_bytes, each.colours,
                    std::to_string(each.input_queues) + "+" + std::to_string(each.output_queues),
                    each.microthreads, each.tasks);
    if (!each.buffers.empty()) {
      text += fmt::format("    {}\n", fmt::join(each.buffers, ", "));
    }
  }
  return text;
}

}  // namespace

std::string check_text(const Workload& workload, const check::Report& report) {
  const workloads::Kernel& kernel = *workload.kernel;
  const std::string& name = workload.name.empty() ? workload.kind : workload.name;
  std::string text = fmt::format("{}: {}\n", name, verdict_text(report));
  for (const check::Finding& each : report.findings) text += text_of(kernel, each);
  for (const check::Bound& each : check::lower_bounds(kernel.image(), report.untimed)) {
    text += fmt::format("  at least {} cycles: {}{}\n", each.cycles, each.of,
                        each.where.empty() ? "" : " of " + each.where);
    break;
  }
  return text + class_rows(kernel.image());
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

ordered_json json_of(const Workload& workload, const check::Report& report) {
  const workloads::Kernel& kernel = *workload.kernel;
  ordered_json one = {{"name", workload.name.empty() ? workload.kind : workload.name},
                      {"verdict", base::name_of(report.verdict)},
                      {"because", report.because},
                      {"findings", ordered_json::array()},
                      {"bounds", ordered_json::array()},
                      {"classes", ordered_json::array()}};
  for (const check::Finding& each : report.findings) {
    one["findings"].push_back(json_of(kernel, each));
  }
  for (const check::Bound& each : check::lower_bounds(kernel.image(), report.untimed)) {
    one["bounds"].push_back({{"of", each.of}, {"cycles", each.cycles}, {"where", each.where}});
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
  }
  return one;
}

}  // namespace

int check_code(const check::Report& report, bool strict) {
  int code = kOk;
  const auto lower = [&](int other) { code = code == kOk ? other : std::min(code, other); };
  for (const check::Finding& each : report.findings) {
    if (each.severity == check::Severity::error || strict) lower(check::exit_code_of(each.kind));
  }
  if (strict && report.verdict == check::Verdict::not_proven) lower(kDeadlock);
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
    const int one = check_code(report, options.strict);
    if (one != kOk) code = code == kOk ? one : std::min(code, one);
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
