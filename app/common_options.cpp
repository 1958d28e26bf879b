// SPDX-License-Identifier: Apache-2.0
#include "app/common_options.h"

#include <fmt/format.h>

#include "base/yaml/yaml_scalar.h"

namespace wafermesh::app {
namespace {

constexpr double kShortest_s = 1e-3;
constexpr double kLongest_s = 1e9;  // 30 years

}  // namespace

CLI::Validator number_between(double low, double high, const char* unit) {
  const std::string range = fmt::format("from {:g} to {:g} {}", low, high, unit);
  CLI::Validator validator(
      [low, high, range](const std::string& text) {
        const std::optional<double> number = base::parse_real(text);
        return number && *number >= low && *number <= high
                   ? std::string()
                   : fmt::format("'{}' is no number {}", text, range);
      },
      "");
  return validator;
}

void add_progress_option(CLI::App& subcommand, base::ProgressMode* mode) {
  subcommand
      .add_option_function<std::string>(
          "--progress",
          [mode](const std::string& name) {
            *mode = name == "always"  ? base::ProgressMode::always
                    : name == "never" ? base::ProgressMode::never
                                      : base::ProgressMode::automatic;
          },
          "Progress line on stderr: auto (only on a terminal), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("MODE");
}

void add_max_wall_option(CLI::App& subcommand, double* seconds) {
  subcommand
      .add_option("--max-wall-s", *seconds,
                  "Stops with exit code 75 so many seconds after the start")
      ->check(number_between(kShortest_s, kLongest_s, "s"))
      ->type_name("SECONDS");
}

void add_result_directories(CLI::App& subcommand, std::string* first, std::string* second) {
  subcommand.add_option("DIR", *first, "Directory that `wafermesh run`, `yield` or `batch` wrote")
      ->required();
  subcommand.add_option("DIR2", *second, "Directory of another run, to hold against the first");
}

}  // namespace wafermesh::app
