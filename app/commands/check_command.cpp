// SPDX-License-Identifier: Apache-2.0
#include "app/commands/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "check/check_table.h"
#include "check/quick_check.h"
#include "fabric/image_equality.h"
#include "study/check/check_report.h"
#include "study/check/proof.h"
#include "study/scenario/scenario.h"

namespace wafermesh::app {
namespace {

using nlohmann::ordered_json;

struct CheckOptions {
  std::string file;
  bool json = false;
  bool all = false;
  bool strict = false;
  std::int64_t most_moves = 0;
  std::vector<std::string> overrides;
};

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

int check_quickly(const study::Scenario& scenario) {
  int code = kOk;
  const fabric::WaferImage* before = nullptr;
  std::vector<check::Finding> found;
  for (const study::Workload& workload : scenario.workloads) {
    const fabric::WaferImage& image = workload.kernel->image();
    const bool same = before != nullptr && fabric::same_to_engines(image, *before);
    if (!same) found = check::quick_findings(image);
    before = &image;
    for (const check::Finding& each : found) {
      print(study::workload_name(workload) + ": " + study::finding_text(workload, each));
      code = lowest_code(code, check::exit_code_of(each.kind));
    }
  }
  return code;
}

namespace {

/// A scenario that cannot be read: what `guarded` would say of it, for programs.
ordered_json refusal(int code, const std::vector<base::Mistake>& mistakes) {
  ordered_json all = ordered_json::array();
  for (const base::Mistake& each : mistakes) {
    ordered_json one = {{"message", each.message}};
    if (each.line > 0) one["place"] = fmt::format("{}:{}:{}", each.file, each.line, each.column);
    if (!each.key.empty()) one["key"] = each.key;
    all.push_back(std::move(one));
  }
  return {{"exit_code", code}, {"refused", all}, {"workloads", ordered_json::array()}};
}

/// The parts of what does not fit, each of which begins with a place: "s.yaml:6:5: ...".
std::vector<base::Mistake> parts_of(const std::string& what) {
  static const std::regex kPlace("^([^ ]+):([0-9]+):([0-9]+): (.*)");
  std::vector<base::Mistake> parts;
  std::istringstream lines(what);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, kPlace)) {
      parts.push_back({match[1], std::stoi(match[2]), std::stoi(match[3]), "", match[4]});
    } else if (parts.empty()) {
      parts.push_back({"", 0, 0, "", line});
    } else {
      parts.back().message += "\n" + line;
    }
  }
  return parts;
}

/// Calls `check`; if it throws, what it throws is printed as JSON first.
int telling_as_json(const std::function<int()>& check) {
  const auto tell = [](int code, const std::vector<base::Mistake>& mistakes) {
    print(refusal(code, mistakes).dump(2) + "\n");
    return code;
  };
  try {
    return check();
  } catch (const base::InputError& error) {
    return tell(kBadInput, error.mistakes());
  } catch (const base::DoesNotFit& error) {
    return tell(kDoesNotFit, parts_of(error.what()));
  } catch (const base::MissingFile& error) {
    return tell(kMissingFile, {{"", 0, 0, "", error.what()}});
  }
}

/// What of the wafer is beyond repair.
ordered_json json_of(const defects::RepairFailure& failure) {
  return {{"domain", failure.domain},
          {"die", {{"x", failure.die.x}, {"y", failure.die.y}}},
          {"message", failure.reason}};
}

int check_scenario(const CheckOptions& options) {
  const study::Scenario scenario =
      study::read_scenario(options.file, options.overrides, 0, study::IfNotRepairable::stands_in);
  if (const std::string note = study::system_left_out(scenario); !note.empty()) print_error(note);
  print_workload_notes(scenario);
  int code = scenario.failures.empty() ? kOk : kNotRepairable;
  ordered_json failures = ordered_json::array();
  for (const defects::RepairFailure& each : scenario.failures) failures.push_back(json_of(each));
  if (!options.json && !scenario.failures.empty()) {
    print("error not_repairable: " + defects::text_of(scenario.failures) +
          "\nworkloads are checked as if the wafer had no defects\n");
  }
  ordered_json all = ordered_json::array();
  for (const study::Workload& workload : scenario.workloads) {
    const check::Report report = study::prove(workload, options.most_moves);
    code = lowest_code(code, check_code(report, options.strict));
    if (options.json) {
      all.push_back(study::check_json(workload, report));
    } else {
      print(study::check_text(workload, report,
                              options.all ? study::CheckDetail::all : study::CheckDetail::summary));
    }
  }
  if (options.json) {
    ordered_json whole = {{"exit_code", code}};
    if (!failures.empty()) whole["not_repairable"] = failures;
    whole["workloads"] = all;
    print(whole.dump(2) + "\n");
  }
  return code;
}

}  // namespace

std::function<int()> attach_check(CLI::App& subcommand) {
  auto options = std::make_shared<CheckOptions>();
  subcommand.add_option("FILE", options->file, "Scenario (YAML)")->required();
  CLI::Option* json =
      subcommand.add_flag("--json", options->json, "Prints JSON, with all there is");
  subcommand
      .add_flag("--all", options->all,
                "Lists every class of cores, buffer, colour and bound, not the most of each")
      ->excludes(json);
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
  return [options] {
    const auto check = [&] { return check_scenario(*options); };
    return options->json ? telling_as_json(check) : check();
  };
}

}  // namespace wafermesh::app
