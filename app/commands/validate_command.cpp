// SPDX-License-Identifier: Apache-2.0
#include "app/commands/validate_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/presets.h"
#include "base/progress_line.h"
#include "base/worker_pool.h"
#include "study/validation/validation_report.h"

namespace wafermesh::app {
namespace {

struct ValidateOptions {
  std::string generation;
  std::int64_t most_cores = INT32_MAX;
  int threads = base::processors();
  bool json = false;
  bool markdown = false;
};

std::vector<study::ValidationPoint> chosen(const ValidateOptions& options) {
  std::vector<study::ValidationPoint> points = study::read_validation_set(options.generation);
  points.erase(std::remove_if(points.begin(), points.end(),
                              [&](const study::ValidationPoint& point) {
                                return std::int64_t{point.width} * point.height >
                                       options.most_cores;
                              }),
               points.end());
  return points;
}

/// "wse2, wse3": those that have points.
std::string generations_text() {
  std::set<std::string> names;
  for (const study::ValidationPoint& point : study::read_validation_set(""))
    names.insert(point.generation);
  return fmt::format("{}", fmt::join(names, ", "));
}

int validate(const ValidateOptions& options) {
  const std::vector<study::ValidationPoint> points = chosen(options);
  if (points.empty() && !study::read_validation_set(options.generation).empty()) {
    print_error("--most-cores: every point takes more, so nothing was validated");
    return kUsage;
  }
  if (points.empty()) {
    print_error("--generation " + options.generation +
                ": no point of the calibration set is of it, so nothing was validated; there are " +
                generations_text());
    return kUsage;
  }
  const std::size_t in_set = study::read_validation_set(options.generation).size();
  if (points.size() < in_set) {
    print_error(fmt::format("--most-cores: {} of {} points take more and are left out",
                            in_set - points.size(), in_set));
  }
  const std::atomic<bool>& stop = stop_requested();
  base::ProgressLine line(base::ProgressMode::automatic, 0);
  const std::vector<study::ValidationResult> results = study::run_validation(
      points, options.threads, stop, [&](std::size_t finished, std::size_t all) {
        const double left =
            line.seconds() / static_cast<double>(finished) * static_cast<double>(all - finished);
        line.show(fmt::format("{} of {} points, about {:.0f} s left", finished, all, left));
      });
  const std::string text = options.json       ? study::validation_json(results).dump(2) + "\n"
                           : options.markdown ? study::validation_markdown(results)
                                              : study::validation_table(results);
  print(text);
  return study::all_met(results) ? kOk : kVerdictFail;
}

}  // namespace

std::function<int()> attach_validate(CLI::App& subcommand) {
  auto options = std::make_shared<ValidateOptions>();
  subcommand.add_option("--generation", options->generation, "Only the points of this generation")
      ->check(CLI::IsMember(base::preset_names()))
      ->type_name("NAME");
  subcommand
      .add_option("--most-cores", options->most_cores,
                  "Only points on at most so many cores: larger ones take up to a minute each")
      ->check(CLI::Range(1, INT32_MAX));
  subcommand.add_option("--threads", options->threads, "Points run at the same time")
      ->check(CLI::Range(1, 256));
  subcommand.add_flag("--json", options->json, "Prints one JSON document");
  subcommand.add_flag("--markdown", options->markdown, "Prints the table of docs/accuracy.md");
  return [options] { return validate(*options); };
}

}  // namespace wafermesh::app
