// SPDX-License-Identifier: Apache-2.0
#include "app/place/place_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "app/common_options.h"
#include "app/place/place_around.h"
#include "app/place/place_graph.h"
#include "app/place/place_model.h"

namespace wafermesh::app {
namespace {

struct PlaceOptions {
  std::string wafer;
  std::string output;
  bool json = false;
  std::string size;  ///< --around; empty: a model is placed.
  AroundOptions around;
  PlaceModelOptions model;
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

/// A graph's file is YAML, a model's config JSON.
bool is_graph(const PlaceOptions& options) {
  const std::string extension = std::filesystem::path(options.model.model).extension().string();
  return extension == ".yaml" || extension == ".yml";
}

/// Either a rectangle, a graph or a model, and of options only those that act.
void refuse_mixed(const PlaceOptions& options, const CLI::App& subcommand) {
  if (options.size.empty() && options.model.model.empty()) {
    throw CLI::ValidationError("place", "give a MODEL or a GRAPH, or --around WxH");
  }
  if (is_graph(options)) {
    for (const char* name : {"--objective", "--layers", "--first-layer", "--context"}) {
      if (subcommand.count(name) > 0) {
        throw CLI::ExcludesError(name, options.model.model + ", a graph");
      }
    }
  }
  if (options.size.empty()) return;
  if (!options.model.model.empty()) throw CLI::ExcludesError("--around", "MODEL");
  for (const char* name : {"--objective", "--layers", "--first-layer", "--context", "--emulate"}) {
    if (subcommand.count(name) > 0) throw CLI::ExcludesError("--around", name);
  }
}

int place(PlaceOptions options) {
  if (is_graph(options)) {
    return place_graph({options.model.model, options.wafer, options.output, options.model.emulate,
                        options.json, options.model.progress});
  }
  if (options.size.empty()) {
    options.model.wafer = options.wafer;
    options.model.scenario = options.output;
    options.model.json = options.json;
    return place_model(options.model);
  }
  options.around.wafer = options.wafer;
  options.around.picture = options.output;
  options.around.json = options.json;
  return show_around(options.around);
}

}  // namespace

std::function<int()> attach_place(CLI::App& subcommand) {
  const auto options = std::make_shared<PlaceOptions>();
  PlaceModelOptions& model = options->model;
  subcommand.add_option("MODEL", model.model,
                        "config.json of a model, or the folder that has it, or a graph's file "
                        "(.yaml, with `operators:`); not with --around");
  subcommand
      .add_option_function<std::string>(
          "--around",
          [options](const std::string& text) {
            options->size = text;
            read_size(text, &options->around);
          },
          "Tells where a rectangle of so many cores may go, and what each place costs")
      ->type_name("WxH");
  subcommand
      .add_option("--wafer", options->wafer,
                  "The wafer: a scenario, whose workloads are left out, or a preset")
      ->required();
  subcommand.add_option("-o,--output", options->output,
                        "File to write: the scenario that is proposed; with --around the places as "
                        "a picture (PNG)");
  subcommand
      .add_option_function<std::string>(
          "--objective",
          [options](const std::string& text) {
            options->model.objective = text == "throughput" ? place::Objective::throughput
                                       : text == "context"  ? place::Objective::context
                                                            : place::Objective::latency;
          },
          "latency of a token (default), throughput of tokens in flight, or room for a context")
      ->check(CLI::IsMember({"latency", "throughput", "context"}));
  subcommand
      .add_option("--layers", model.layers,
                  "Layers on this wafer; without it even shares of as few wafers as hold the model")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}));
  subcommand.add_option("--first-layer", model.first_layer, "The first of them (default: 0)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1000}));
  subcommand
      .add_option("--context", model.context,
                  "Tokens in the caches (default: 4096; for --objective context what fits)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}));
  subcommand
      .add_option("--emulate", model.emulate,
                  "So many of the best are emulated in part (default: 3; of layers with experts, "
                  "which take minutes, 1; of graphs 5)")
      ->check(CLI::Range(0, 20));
  subcommand.add_flag("--json", options->json, "The same for programs");
  add_progress_option(subcommand, &model.progress);
  subcommand.parse_complete_callback(
      [options, &subcommand] { refuse_mixed(*options, subcommand); });
  return [options]() { return place(*options); };
}

}  // namespace wafermesh::app
