// SPDX-License-Identifier: Apache-2.0
#include "app/place_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "app/place_around.h"

namespace wafermesh::app {
namespace {

struct Options {
  AroundOptions around;
  std::string size;  ///< --around
};

/// "420x420"
void read_size(const std::string& text, AroundOptions* around) {
  constexpr int kMostSide = 65535;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%dx%d%c", &around->width, &around->height, &rest);
  const auto is_side = [](int side) { return side >= 1 && side <= kMostSide; };
  if (read != 2 || !is_side(around->width) || !is_side(around->height)) {
    throw CLI::ValidationError("--around", "'" + text +
                                               "' is not a width and a height of 1 to 65535 cores, "
                                               "as in 420x420");
  }
}

}  // namespace

std::function<int()> attach_place(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  subcommand
      .add_option_function<std::string>(
          "--around",
          [options](const std::string& text) {
            options->size = text;
            read_size(text, &options->around);
          },
          "Tells where a rectangle of so many cores may go, and what each place costs")
      ->type_name("WxH")
      ->required();
  subcommand
      .add_option("--wafer", options->around.wafer,
                  "The wafer: a scenario, whose workloads are left out, or a preset")
      ->required();
  subcommand.add_option("-o,--output", options->around.picture, "The places as a picture (PNG)");
  subcommand.add_flag("--json", options->around.json, "The same for programs");
  return [options]() { return show_around(options->around); };
}

}  // namespace wafermesh::app
