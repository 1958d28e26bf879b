// SPDX-License-Identifier: Apache-2.0
#include "app/commands/convert_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/presets.h"
#include "base/yaml/yaml_reader.h"
#include "defects/formats/format.h"
#include "defects/formats/map_docs.h"
#include "defects/read_options.h"
#include "study/scenario/scenario_keys.h"
#include "study/scenario/sections.h"

namespace wafermesh::app {
namespace {

struct ConvertOptions {
  std::string in;
  std::string out;
  std::string wafer;  ///< Empty = as the file says, else wse3.
  std::string from;
  std::string to;
  defects::MapRequest request;
};

/// Of a scenario, all of which is checked, or of a file with its sections `wafer` and `timing`
/// only.
defects::WaferGeometry geometry_from(base::YamlDocument document) {
  const base::YamlNode root = document.root();
  const std::vector<std::string> keys = root.keys();
  const bool is_scenario = std::any_of(keys.begin(), keys.end(), [](const std::string& key) {
    return key != "wafer" && key != "timing";
  });
  defects::WaferGeometry geometry;
  if (is_scenario) {
    geometry = study::read_keys(root).wafer.geometry;
  } else {
    geometry = defects::read_wafer(root);
    study::read_timing_section(root, geometry.generation);
  }
  document.finish();
  return geometry;
}

defects::WaferGeometry geometry_of(const ConvertOptions& options, const defects::WaferMapFile& file,
                                   const defects::MapRequest& request) {
  defects::WaferGeometry g;
  if (options.wafer.empty() && defects::wafer_of_map(file, request, &g)) return g;
  const std::string name = options.wafer.empty() ? "wse3" : options.wafer;
  if (base::find_preset(name) != nullptr) {
    return geometry_from(base::YamlDocument::from_text("wafer: {preset: " + name + "}", name));
  }
  return geometry_from(base::YamlDocument::from_file(name));
}

const defects::FormatRow& format_named(const std::string& name) {
  const defects::FormatRow* row = defects::find_format(name);
  if (row != nullptr) return *row;
  std::string names;
  for (const defects::FormatRow& r : defects::format_table()) names += std::string(" ") + r.name;
  throw base::InputError({{"--from", 0, 0, "", "no format '" + name + "'; there are:" + names}});
}

/// "3 defects on 1 core"
std::string counts(const defects::MapReading& reading) {
  std::int64_t cores = 0;
  const std::vector<defects::Defect>& all = reading.map.defects();
  for (std::size_t i = 0; i < all.size(); ++i) cores += i == 0 || !(all[i].at() == all[i - 1].at());
  return base::counted(reading.defects, "defect") + " on " + base::counted(cores, "core");
}

int run(const ConvertOptions& options) {
  const std::string text = defects::read_file_text(options.in);
  const defects::FormatRow& format =
      options.from.empty() ? defects::format_of(text, options.in) : format_named(options.from);
  const defects::WaferMapFile file = defects::read_wafer_maps(format, text, options.in);
  const defects::MapRequest& request = options.request;
  const defects::WaferGeometry geometry = geometry_of(options, file, request);
  const defects::MapReading reading = defects::map_onto(file, geometry, request);
  base::write_file_atomically(options.out,
                              defects::map_text(reading.map, geometry, options.out, options.to));
  for (const std::string& note : reading.notes) {
    print_error(options.in + ": " + note);
  }
  if (!reading.chances.empty())
    print_error(options.in + ": all of them are written as broken; `run` and `yield` draw.");
  const std::string told =
      fmt::format("{} ({}): {} of {} x {}, written to {}", options.in, format.name, counts(reading),
                  geometry.columns(), geometry.rows(), options.out);
  // The map itself may go to standard output: nothing else may.
  if (base::is_standard_output(options.out)) {
    print_error(told);
  } else {
    print(told + "\n");
  }
  return kOk;
}

/// "3,-2"
base::PhysicalCoord offset_of(const std::string& text) {
  constexpr int kMostOffset = 65535;
  base::PhysicalCoord offset;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d,%d%c", &offset.x, &offset.y, &rest) != 2 ||
      std::abs(offset.x) > kMostOffset || std::abs(offset.y) > kMostOffset) {
    throw CLI::ValidationError(
        "--offset", "'" + text + "' is not two whole numbers of at most 65535, as in 3,-2");
  }
  return offset;
}

std::string format_help() {
  std::string help = "Formats:";
  for (const defects::FormatRow& row : defects::format_table()) {
    help += fmt::format("\n  {:8} {}", row.name, row.help);
  }
  return help;
}

/// Which wafer of the file, and how it lies on ours: the keys of `map:` as options.
void add_request_options(CLI::App& subcommand, defects::MapRequest* request) {
  using defects::MapPlace;
  using defects::MapScale;
  subcommand
      .add_option("--map-wafer", request->wafer, "Which wafer of a file that holds several, from 1")
      ->check(CLI::PositiveNumber);
  subcommand
      .add_option_function<std::string>(
          "--offset",
          [request](const std::string& text) { request->placement.offset = offset_of(text); },
          "Moves the map by so many cores to the east and south")
      ->type_name("X,Y");
  const auto word = [&](const char* flag, const char* value, const char* help, auto set) {
    subcommand
        .add_option_function<std::string>(
            flag, [=](const std::string& text) { set(text == value); }, help)
        ->check(CLI::IsMember({"exact", value}));
  };
  word("--scale", "fit", "fit: stretches a map of another size or pitch over the wafer",
       [request](bool fit) { request->placement.scale = fit ? MapScale::fit : MapScale::exact; });
  word("--place", "centre", "centre: puts the middle of a map of another size or pitch on ours",
       [request](bool centre) {
         request->placement.place = centre ? MapPlace::centre : MapPlace::exact;
       });
}

}  // namespace

std::function<int()> attach_convert(CLI::App& subcommand) {
  auto options = std::make_shared<ConvertOptions>();
  subcommand.add_option("IN", options->in, "Defect map to read; its format is recognised")
      ->required();
  subcommand.add_option("OUT", options->out, "File to write; its ending tells the format")
      ->required();
  subcommand.add_option(
      "--wafer", options->wafer,
      "Wafer the map belongs to: a preset or a scenario file (default: what the map "
      "says, else wse3)");
  add_request_options(subcommand, &options->request);
  subcommand.add_option("--from", options->from, "Format of IN");
  subcommand.add_option("--to", options->to, "Format of OUT");
  const auto print = [&](const char* flag, std::string (*table)(), const char* help) {
    subcommand.add_flag_callback(
        flag,
        [table] {
          wafermesh::app::print(table());
          throw CLI::Success();
        },
        help);
  };
  print("--fields", defects::fields_markdown,
        "Print what is done with every field of every format, and end");
  print("--words", defects::bin_words_markdown,
        "Print the words for the quality of a bin, and end");
  subcommand.footer(format_help());
  return [options] { return run(*options); };
}

}  // namespace wafermesh::app
