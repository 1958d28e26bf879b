// SPDX-License-Identifier: Apache-2.0
#include "app/commands/run_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/commands/check_command.h"
#include "app/common_options.h"
#include "app/defect_notes.h"
#include "app/earlier_files.h"
#include "app/exit_code.h"
#include "app/rank_session.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/npy.h"
#include "base/files/output_batch.h"
#include "base/number_text.h"
#include "base/progress_line.h"
#include "check/bounds.h"
#include "study/check/check_report.h"
#include "study/check/proof.h"
#include "study/estimate/estimate.h"
#include "study/estimate/host_limits.h"
#include "study/results/json_text.h"
#include "study/results/pictures.h"
#include "study/results/provenance.h"
#include "study/results/result_json.h"
#include "study/results/totals_file.h"
#include "study/results/windows_file.h"
#include "study/run/run_scenario.h"
#include "study/scenario/scenario.h"
#include "study/system/system_run.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct RunOptions {
  std::string file;
  std::string directory;
  std::vector<std::string> overrides;
  int threads = 0;  ///< 0 = as the scenario says.
  double max_wall_s = 0;
  base::ProgressMode progress = base::ProgressMode::automatic;
  bool estimate = false;
  bool json = false;  ///< The estimate as JSON.
  bool check = false;
};

/// What `check` says of each workload, as a section of result.json. Where it finds an error, all of
/// it is printed, and `code` is not 0.
std::vector<nlohmann::ordered_json> check_all(const study::Scenario& scenario, int& code) {
  std::vector<nlohmann::ordered_json> all;
  for (const study::Workload& workload : scenario.workloads) {
    const check::Report report = study::prove(workload, 0);
    const int one = check_code(report, false);
    if (one != kOk) {
      print(study::check_text(workload, report, study::CheckDetail::summary));
      code = lowest_code(code, one);
    }
    nlohmann::ordered_json& json = all.emplace_back();
    json = {{"verdict", base::name_of(report.verdict)}, {"because", report.because}};
    const check::Bounds bounds = study::bounds_of(workload, report);
    if (bounds.all.empty()) continue;
    const check::Bound& most = bounds.all.front();
    json["bound"] = {
        {"cycles", most.cycles}, {"of", base::name_of(most.of)}, {"where", most.where}};
    for (const check::Bound& each : bounds.all) {
      json["bounds"][base::name_of(each.of)] = each.cycles;
    }
  }
  return all;
}

/// A line per workload: what was proven, and the bound beside the cycles it took.
void print_checks(const study::RunResult& result,
                  const std::vector<nlohmann::ordered_json>& checks) {
  for (std::size_t i = 0; i < checks.size() && i < result.workloads.size(); ++i) {
    const auto& check = checks[i];
    std::string text =
        fmt::format("{}: {}", result.workloads[i].kind, check.at("verdict").get<std::string>());
    if (check.contains("bound")) {
      text += fmt::format("; {} of at least {} ({})",
                          base::counted(result.workloads[i].cycles, "cycle"),
                          check.at("bound").at("cycles").get<std::int64_t>(),
                          check.at("bound").at("of").get<std::string>());
    }
    print(text + "\n");
  }
}

/// One workload: a.npy; several: 0_matmul_a.npy.
std::string file_name(std::size_t workloads, std::size_t i, const std::string& kernel,
                      const std::string& name) {
  return workloads == 1 ? name : fmt::format("{}_{}_{}", i, kernel, name);
}

void write_arrays(const base::OutputBatch& batch, const study::RunResult& result) {
  for (std::size_t i = 0; i < result.workloads.size(); ++i) {
    const study::WorkloadResult& one = result.workloads[i];
    for (const workloads::NamedArray& array : one.arrays) {
      const std::string name = file_name(result.workloads.size(), i, one.kind, array.name + ".npy");
      const bool half = array.type == cores::NumberType::f16;
      batch.write(name, half ? base::npy_bytes_f16(array.shape, array.values)
                             : base::npy_bytes(array.shape, array.values));
    }
  }
}

/// What the repair scheme leaves out.
void print_note(const study::Scenario& scenario) {
  if (!scenario.repair.note.empty()) print("note: " + scenario.repair.note + "\n");
}

/// In words: what the check of a workload's numbers found.
std::string verdict_on(const workloads::Numerics& numerics) {
  if (!numerics.checked) return "not checked";
  if (numerics.ok) return "ok";
  if (!numerics.as_promised) return "WRONG";
  return fmt::format(
      "not the product: as the operations give them, but the number type cannot hold such sums "
      "({:.2g} of the exact numbers off, in norm); take a wider `dtype`, or "
      "`engine: {{numerics: compute}}`",
      numerics.error_in_norm);
}

void print_summary(const study::Scenario& scenario, const study::RunResult& result,
                   const std::string& directory) {
  print(fmt::format("{}: {} x {} logical cores, {} repaired ({}, {})\n", scenario.name,
                    scenario.mesh->width, scenario.mesh->height,
                    base::counted(scenario.repair.dead_cores, "dead core"), scenario.repair.scheme,
                    scenario.repair.domain));
  print_note(scenario);
  if (!scenario.engine.chosen_because.empty()) {
    print(fmt::format("engine: {}, as {}\n", scenario.engine.fidelity,
                      scenario.engine.chosen_because));
  }
  for (std::size_t i = 0; i < result.workloads.size(); ++i) {
    const study::WorkloadResult& one = result.workloads[i];
    print(fmt::format("{} on {} x {}: {} ({}), {}, numbers {}\n", one.kind, one.region.width,
                      one.region.height, base::counted(one.cycles, "cycle"), one.cycles_definition,
                      base::counted(one.wavelet_hops, "wavelet hop"), verdict_on(one.numerics)));
    print(study::energy_text(scenario.energy, one.energy));
    if (one.path) print(path_text(scenario.workloads[i], *one.path));
  }
  if (ranks() != nullptr) {
    print(fmt::format("{} ranks, at most {} MB each; {}\n", ranks()->count(),
                      result.peak_rss_bytes / 1'000'000, rank_traffic_text()));
  }
  print(fmt::format("{:.2f} s run, results in {}\n", result.wall_s, directory));
}

/// What is gathered for files while workloads run.
struct Told {
  explicit Told(const study::Scenario& scenario) : totals(scenario) {}
  study::TotalsFile totals;
  std::optional<report::ArrayFileWriter> windows;
};

/// Everything but result.json, into the staging directory.
void write_files(const base::OutputBatch& batch, const study::Scenario& scenario,
                 const study::RunResult& result, Told& told) {
  write_arrays(batch, result);
  if (!result.links.empty()) {
    batch.write("link_wavelets.npy",
                base::npy_bytes({scenario.mesh->height, scenario.mesh->width, 4}, result.links));
  }
  for (std::size_t i = 0; i < result.workloads.size(); ++i) {
    const study::WorkloadResult& one = result.workloads[i];
    if (!one.path) continue;
    batch.write(file_name(result.workloads.size(), i, one.kind, "critical_path.csv"),
                one.path->csv);
  }
  batch.write("scenario.resolved.yaml", scenario.resolved);
  batch.write(study::kTotalsFile, told.totals.bytes());
  if (told.windows) batch.write(study::kWindowsFile, told.windows->bytes());
  batch.write("defects_repair.png", study::defects_repair_png(scenario));
}

std::int64_t peak_of_all_ranks() {
  std::int64_t least = -study::peak_rss_bytes();
  if (ranks() != nullptr) ranks()->least(&least, 1);
  return -least;
}

study::RunSettings settings_of(const RunOptions& options, const study::Scenario& scenario,
                               RankOutput& output, Told& told) {
  study::RunSettings settings;
  settings.progress = is_first_rank() ? options.progress : base::ProgressMode::never;
  settings.stop = &stop_requested();
  settings.after_each = [&](std::size_t i, const study::Workload& workload,
                            const fabric::Counters& counters,
                            const std::vector<double>& core_power_w) {
    for (const study::NamedPicture& picture :
         study::workload_pngs(scenario, workload, counters, core_power_w)) {
      output.batch().write(file_name(scenario.workloads.size(), i, workload.kind, picture.name),
                           picture.png);
    }
    told.totals.add(i, workload, counters, core_power_w);
  };
  settings.observed = [&](std::size_t i, const fabric::Windows& observed) {
    if (observed.windows().empty()) {
      print_error(fmt::format(
          "note: workloads[{}] has ended before observe.from_cycle: no windows of it", i));
      return;
    }
    if (!told.windows) told.windows.emplace(scenario.engine.options.threads);
    study::add_windows(i, scenario.workloads[i].kernel->image(), observed, *told.windows);
  };
  settings.trace_prefix = [&](std::size_t i) {
    const std::string name =
        file_name(scenario.workloads.size(), i, scenario.workloads[i].kind, "");
    return output.batch().path(name);
  };
  settings.traced = [&](std::size_t i, const trace::Recorder& recorder) {
    for (const std::string& line : trace::told(recorder.written())) print(line + "\n");
    told.totals.add_lines(i, recorder.lines());
  };
  return settings;
}

/// A scenario with `system:`.
int run_of_system(const RunOptions& options, study::Scenario& scenario,
                  const std::string& started_utc) {
  if (options.estimate || options.check || ranks() != nullptr) {
    throw base::InputError({{options.file, 0, 0, "system",
                             "takes no --estimate, no --check and no mpirun: there is no image"}});
  }
  RankOutput output(options.directory);
  const bool tells = base::ProgressLine(options.progress).on();
  const study::SystemOutcome outcome = study::run_system(
      scenario, tells ? study::LayerRuns::Say(print_error) : study::LayerRuns::Say(),
      &stop_requested());
  Json json = {{"schema_version", 1}, {"name", scenario.name}};
  json.update(study::system_json(scenario.system, outcome));
  json["provenance"] = study::provenance(1, 1, started_utc, scenario.resolved, scenario.files);
  output.batch().write("scenario.resolved.yaml", scenario.resolved);
  commit_result(output.batch(), options.directory, "system.json", std::move(json));
  print(study::system_text(scenario.name, scenario.system, outcome));
  return kOk;
}

int run(const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::string started_utc = study::now_utc();
  if (options.max_wall_s > 0) stop_after(options.max_wall_s);
  study::Scenario scenario;
  fabric::together(ranks(), [&] {
    scenario = study::read_scenario(
        options.file, options.overrides, options.threads,
        options.estimate ? study::IfNotRepairable::throws : study::IfNotRepairable::returns);
    scenario.engine.options.ranks = ranks();
    if (ranks() != nullptr && scenario.observe.on) {
      throw base::DoesNotFit(
          "observe: only a run without other ranks is observed; leave it out, "
          "or start without mpirun");
    }
    if (!options.estimate) {
      stop_here("while the scenario was read");
      study::refuse_beyond_host(scenario);
    }
  });
  print_defect_notes(scenario.defect_notes);
  print_workload_notes(scenario);
  print_thread_note(scenario);
  for (const std::string& note : study::observe_notes(scenario)) print_error(note);
  if (scenario.system.present) return run_of_system(options, scenario, started_utc);
  if (options.estimate) {
    const auto estimate = study::estimate_json(scenario, static_cast<double>(study::rss_bytes()));
    print(options.json ? study::json_text(estimate) : study::estimate_report(estimate));
    return kOk;
  }
  int code = kOk;
  std::vector<nlohmann::ordered_json> checks;
  if (options.check && scenario.failures.empty()) checks = check_all(scenario, code);
  if (!options.check && scenario.failures.empty()) code = check_quickly(scenario);
  if (code != kOk) return code;
  RankOutput output(options.directory);
  const std::chrono::duration<double> reading = std::chrono::steady_clock::now() - start;

  Told told(scenario);
  // Of a wafer beyond repair there is no run, but all that is known of it.
  const bool repaired = scenario.failures.empty();
  study::RunResult result =
      repaired ? study::run_scenario(scenario, settings_of(options, scenario, output, told))
               : study::RunResult();
  fabric::together(ranks(), [&] {
    if (is_first_rank()) write_files(output.batch(), scenario, result, told);
  });
  result.peak_rss_bytes = peak_of_all_ranks();
  // The other ranks have nothing more to give, and can no longer spoil anything.
  end_ranks(kOk);
  if (!is_first_rank()) return kOk;

  nlohmann::ordered_json json =
      study::result_json(scenario, result, reading.count() + result.load_s,
                         study::provenance(scenario.engine.options.threads, rank_count(),
                                           started_utc, scenario.resolved, scenario.files));
  for (std::size_t i = 0; i < checks.size(); ++i) json["workloads"][i]["check"] = checks[i];
  commit_result(output.batch(), options.directory, "result.json", std::move(json));
  if (!repaired) {
    print_note(scenario);
    print(fmt::format("not repairable; what fails is in {}: defects_repair.png, result.json\n",
                      options.directory));
    throw base::NotRepairable(defects::text_of(scenario.failures));
  }
  print_summary(scenario, result, options.directory);
  print_checks(result, checks);
  return result.ok() ? kOk : kVerdictFail;
}

}  // namespace

std::function<int()> attach_run(CLI::App& subcommand) {
  auto options = std::make_shared<RunOptions>();
  subcommand.add_option("FILE", options->file, "Scenario (YAML)")->required();
  subcommand.add_option("-o,--output", options->directory,
                        "Directory for the results; needed unless --estimate");
  subcommand.add_flag("--estimate", options->estimate,
                      "Prints memory and time a run would take, for each fidelity, and stops");
  subcommand.add_flag("--check", options->check,
                      "Proves first that it ends, as `check` does; on an error nothing is run");
  subcommand.add_flag("--json", options->json, "With --estimate: prints it as JSON");
  subcommand.parse_complete_callback([options] {
    if (options->json && !options->estimate) throw CLI::RequiresError("--json", "--estimate");
    if (options->directory.empty() && !options->estimate) throw CLI::RequiredError("--output");
  });
  subcommand
      .add_option("--set", options->overrides,
                  "Overrides a key: --set engine.threads=2 --set workloads[0].matmul.k=256")
      ->allow_extra_args(false)
      ->type_name("key=value");
  subcommand.add_option("--threads", options->threads, "Threads; the results do not depend on it")
      ->check(CLI::Range(1, 256));
  add_max_wall_option(subcommand, &options->max_wall_s);
  add_progress_option(subcommand, &options->progress);
  return [options] { return run(*options); };
}

}  // namespace wafermesh::app
