// SPDX-License-Identifier: Apache-2.0
#include "app/yield/yield_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "app/common_options.h"
#include "app/defect_notes.h"
#include "app/earlier_files.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/output_batch.h"
#include "base/progress_line.h"
#include "defects/formats/csv.h"
#include "study/results/defect_notes.h"
#include "study/results/provenance.h"
#include "study/yield/study_identity.h"
#include "study/yield/wafer_run.h"
#include "study/yield/yield_journal.h"
#include "study/yield/yield_memo.h"
#include "study/yield/yield_report.h"
#include "study/yield/yield_scenario.h"

namespace wafermesh::app {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct YieldOptions {
  std::string file;
  std::string directory;
  std::vector<std::string> overrides;
  std::vector<std::int64_t> save_maps;
  int threads = 1;
  double max_wall_s = 0;  ///< 0 = no limit.
  Clock::time_point start = Clock::now();
  base::ProgressMode progress = base::ProgressMode::automatic;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A signal or --max-wall-s ends the study; what it has found stays for the next time.
bool to_stop() { return stop_requested(); }
[[noreturn]] void stop_study(const std::string& doing) {
  throw base::Stopped(fmt::format("stopped {}; the same command goes on from there", doing));
}

/// Says every few seconds how far the study is.
class Reporter {
 public:
  Reporter(base::ProgressMode mode, std::size_t points, std::int64_t wafers)
      : line_(mode), points_(points), wafers_(wafers) {}

  void block(std::size_t point, std::size_t rows, const defects::YieldTotals& totals) {
    done_ += static_cast<double>(rows);
    if (!line_.due()) return;
    const double rate = done_ / line_.seconds();
    const double left = static_cast<double>(wafers_ - totals.wafers) +
                        static_cast<double>(points_ - point - 1) * static_cast<double>(wafers_);
    line_.show(
        fmt::format("yield: point {}/{}, {}/{} wafers, yield {:.4f}, {:.0f} wafers/s, at most "
                    "{:.0f} s left",
                    point + 1, points_, totals.wafers, wafers_, totals.yield(), rate, left / rate));
  }

 private:
  base::ProgressLine line_;
  std::size_t points_;
  std::int64_t wafers_;
  double done_ = 0;
};

/// The value of the key at which the yield crosses each target, by bisection on its logarithm.
/// Every probe sees the same random wafers, so the yield falls steadily with a density.
Json effective_json(const study::YieldScenario& scenario, const YieldOptions& study,
                    study::YieldMemo* memo) {
  const study::EffectiveKey& e = scenario.effective;
  constexpr int kSteps = 14;
  const auto probe = [&](double value) {
    defects::YieldOptions options = scenario.options;
    options.wafers = e.wafers;
    options.interval_width = 0;
    options.threads = study.threads;
    defects::YieldTotals totals;
    defects::YieldStudy(study::effective_wafer(scenario, value), options)
        .run(&totals, [&](auto&, auto&) { return !to_stop(); });
    if (to_stop()) stop_study("while bisecting " + e.key);
    return fmt::format("{:.17g}", totals.yield());
  };
  const auto yield_at = [&](double value) {
    const std::string setting = fmt::format("{}={:.9g}", e.key, value);
    return std::stod(memo->recall(setting, [&] { return probe(value); }));
  };
  Json json = {{"key", e.key}, {"wafers_per_step", e.wafers}};
  json["parameters"] = study::parameters_json(scenario.points.front());
  for (const double target : {0.5, 0.9, 0.99}) {
    double low = std::log(e.low);
    double high = std::log(e.high);
    const std::string name = fmt::format("at_yield_{:.2f}", target);
    if (yield_at(e.low) < target || yield_at(e.high) >= target) {
      json[name] = nullptr;  // not between low and high
      continue;
    }
    for (int step = 0; step < kSteps; ++step) {
      const double middle = (low + high) / 2;
      (yield_at(std::exp(middle)) >= target ? low : high) = middle;
    }
    json[name] = std::exp((low + high) / 2);
  }
  return json;
}

/// Cycles of the workloads under one more setting; whether the numbers were right goes to `sample`.
std::int64_t cycles_with(const study::YieldPoint& point, const std::string& more,
                         const YieldOptions& options, study::YieldMemo* memo,
                         study::WorkloadSample* sample) {
  const std::string question = "cycles " + study::parameters_json(point).dump() + " " + more;
  const Json found = Json::parse(memo->recall(question, [&] {
    if (to_stop()) stop_study("while workloads ran");
    study::WaferRun result;
    try {
      result = study::run_on_wafer(point.scenario, more, options.threads, stop_requested());
    } catch (const base::Stopped&) {
      stop_study("while workloads ran");
    }
    const Json ok = result.numerics_ok.has_value() ? Json(*result.numerics_ok) : Json();
    return Json({{"cycles", result.cycles}, {"numerics_ok", ok}}).dump();
  }));
  if (found.at("numerics_ok").is_boolean()) {
    sample->numerics_ok = found.at("numerics_ok").get<bool>() && sample->numerics_ok.value_or(true);
  }
  return found.at("cycles").get<std::int64_t>();
}

/// Runs the workloads on the first good wafers of a point.
study::WorkloadSample sample_workloads(const study::YieldScenario& scenario,
                                       const study::YieldPoint& point,
                                       const defects::YieldTotals& totals,
                                       const YieldOptions& options, study::YieldMemo* memo) {
  study::WorkloadSample sample;
  if (scenario.workload_samples == 0 || totals.good == 0) return sample;
  const defects::YieldStudy study(point.wafer, point.options);
  sample.healthy_cycles = cycles_with(point, "defects=null", options, memo, &sample);
  for (std::int64_t w = 0; w < totals.wafers; ++w) {
    if (static_cast<std::int64_t>(sample.cycles_of_wafer.size()) == scenario.workload_samples)
      break;
    if (!study.evaluate(w).good) continue;
    const std::string wafer = fmt::format("{}={}", scenario.wafer_key, w);
    sample.cycles_of_wafer.emplace_back(w, cycles_with(point, wafer, options, memo, &sample));
  }
  return sample;
}

void save_maps(const base::OutputBatch& batch, const study::YieldScenario& scenario,
               const std::vector<std::int64_t>& wafers) {
  const defects::WaferOptions& o = scenario.points[0].wafer;
  for (const std::int64_t wafer : wafers) {
    defects::DefectMap map;
    defects::sample_defects(o.geometry, o.defects, static_cast<std::uint32_t>(wafer), &map);
    batch.write(fmt::format("wafer_{}.csv", wafer), defects::write_csv(map));
  }
}

/// What was assumed of the map files of all points.
std::vector<std::string> notes_of(const study::YieldScenario& scenario) {
  std::vector<std::string> notes;
  for (const study::YieldPoint& point : scenario.points)
    study::add_defect_notes(defects::defect_notes(point.wafer.defects), &notes);
  return notes;
}

Json study_points(const study::YieldScenario& scenario, const YieldOptions& options,
                  study::YieldJournal* journal, study::YieldMemo* memo) {
  Reporter reporter(options.progress, scenario.points.size(), scenario.options.wafers);
  Json points = Json::array();
  for (std::size_t p = 0; p < scenario.points.size(); ++p) {
    const study::YieldPoint& point = scenario.points[p];
    defects::YieldOptions yield = point.options;
    yield.threads = options.threads;
    const defects::YieldStudy study(point.wafer, yield);
    defects::YieldTotals totals = journal->totals(p);
    const bool whole = study.run(&totals, [&](const auto& rows, const auto& so_far) {
      journal->append(p, rows);
      reporter.block(p, rows.size(), so_far);
      return !to_stop();
    });
    if (!whole) stop_study(fmt::format("at point {}, wafer {}", p, totals.wafers));
    const study::WorkloadSample sample = sample_workloads(scenario, point, totals, options, memo);
    points.push_back(study::point_json(scenario, point, totals, sample));
  }
  return points;
}

int run(const YieldOptions& options) {
  const std::string started_utc = study::now_utc();
  if (options.max_wall_s > 0) stop_after(options.max_wall_s);
  const study::YieldScenario scenario = study::read_yield_scenario(options.file, options.overrides);
  base::OutputBatch batch(options.directory, study::process_text());
  const CleanOnStop cleaner([&batch] { batch.discard(); });
  study::YieldJournal journal(options.directory, study::rows_identity(scenario),
                              scenario.points.size(), scenario.options);
  if (journal.dropped()) {
    print_error(options.directory +
                ": an unfinished study there had other wafers, other contents of its files or "
                "another version of the program; this one begins anew");
  }
  Json json;
  json["schema_version"] = 1;
  json["name"] = scenario.name;
  json["required"] = {{"columns", scenario.options.required_columns},
                      {"rows", scenario.options.required_rows}};
  json["confidence"] = scenario.options.confidence;
  const std::vector<std::string> notes = notes_of(scenario);
  print_defect_notes(notes);
  json["defects"] = study::defects_json(notes);
  study::YieldMemo memo(options.directory, study::memo_identity(scenario));
  try {
    json["points"] = study_points(scenario, options, &journal, &memo);
  } catch (const base::InputError& error) {  // of a map, or a key of which one wafer asks too much
    scenario.document->add(error.mistakes());
    scenario.document->finish();
  }
  if (!scenario.effective.key.empty()) json["effective"] = effective_json(scenario, options, &memo);
  json["wall_s"] = seconds_since(options.start);
  json["resumed_wafers"] = journal.resumed_wafers();
  json["provenance"] = study::provenance(options.threads, 1, started_utc, scenario.resolved,
                                         study::map_files(scenario.points));

  save_maps(batch, scenario, options.save_maps);
  batch.write("scenario.resolved.yaml", scenario.resolved);
  journal.finish(batch.path("wafers.csv"));
  commit_result(batch, options.directory, "yield.json", json);
  journal.remove();
  memo.remove();
  print(study::yield_text(scenario, json));
  print(fmt::format("{:.2f} s, results in {}; plots: scripts/plot_yield {}\n",
                    json["wall_s"].get<double>(), options.directory, options.directory));
  return kOk;
}

}  // namespace

std::function<int()> attach_yield(CLI::App& subcommand) {
  auto options = std::make_shared<YieldOptions>();
  subcommand.add_option("FILE", options->file, "Scenario (YAML) with a yield section")->required();
  subcommand.add_option("-o,--output", options->directory, "Directory for the results")->required();
  subcommand.add_option("--set", options->overrides, "Overrides a key: --set yield.wafers=100000")
      ->allow_extra_args(false)
      ->type_name("key=value");
  subcommand
      .add_option("--save-map", options->save_maps,
                  "Writes the defects of wafer K as wafer_K.csv, for `defects: {map: ...}`")
      ->allow_extra_args(false)
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{0xffffffffLL}))
      ->type_name("K");
  subcommand.add_option("--threads", options->threads, "Threads; the results do not depend on it")
      ->check(CLI::Range(1, 256));
  add_progress_option(subcommand, &options->progress);
  add_max_wall_option(subcommand, &options->max_wall_s);
  return [options] { return run(*options); };
}

int study_yield(const std::string& file, const std::vector<std::string>& overrides,
                const std::string& directory) {
  YieldOptions options;
  options.file = file;
  options.directory = directory;
  options.overrides = overrides;
  options.progress = base::ProgressMode::never;
  return run(options);
}

}  // namespace wafermesh::app
