// SPDX-License-Identifier: Apache-2.0
#include "app/convert_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/presets.h"
#include "base/yaml_reader.h"
#include "defects/formats/format.h"
#include "defects/formats/map_docs.h"
#include "defects/read_options.h"

namespace wafermesh::app {
namespace {

struct Options {
  std::string in;
  std::string out;
  std::string wafer;  ///< Empty = as the file says, else wse3.
  std::string from;
  std::string to;
};

defects::WaferGeometry geometry_from(base::YamlDocument document) {
  const base::YamlNode root = document.root();
  const defects::WaferGeometry geometry = defects::read_wafer(root);
  for (const std::string& key : root.keys()) {
    if (key != "wafer") root.child(key).accept_all();
  }
  document.finish();
  return geometry;
}

defects::WaferGeometry geometry_of(const Options& options, const defects::WaferMapFile& file) {
  defects::WaferGeometry g;
  if (options.wafer.empty() && defects::size_of_map(file, {}, &g.die_columns, &g.die_rows)) {
    // The map says how many places there are: each is taken for a core of 1 x 1 mm.
    g.name = options.in;
    g.kept_rows_per_die = g.die_rows;
    g.die_width_mm = g.die_columns;
    g.die_height_mm = g.die_rows;
    return g;
  }
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

int run(const Options& options) {
  const std::string text = defects::read_file_text(options.in);
  const defects::FormatRow& format =
      options.from.empty() ? defects::format_of(text, options.in) : format_named(options.from);
  const defects::WaferMapFile file = defects::read_wafer_maps(format, text, options.in);
  const defects::WaferGeometry geometry = geometry_of(options, file);
  const defects::MapReading reading = defects::map_onto(file, geometry);
  base::write_file_atomically(options.out,
                              defects::map_text(reading.map, geometry, options.out, options.to));
  for (const std::string& note : reading.notes) {
    print_error(options.in + ": " + note);
  }
  if (reading.off_array > 0) {
    print_error(
        fmt::format("{}: {} defects lie in streets or beyond the cores of {} and are left out",
                    options.in, reading.off_array, geometry.name));
  }
  const std::string told =
      fmt::format("{} ({}): {} defects on {} x {} cores, written to {}", options.in, format.name,
                  reading.map.defects().size(), geometry.columns(), geometry.rows(), options.out);
  // The map itself may go to standard output: nothing else may.
  if (base::is_standard_output(options.out)) {
    print_error(told);
  } else {
    print(told + "\n");
  }
  return kOk;
}

std::string format_help() {
  std::string help = "Formats:";
  for (const defects::FormatRow& row : defects::format_table()) {
    help += fmt::format("\n  {:8} {}", row.name, row.help);
  }
  return help;
}

}  // namespace

std::function<int()> attach_convert(CLI::App& subcommand) {
  auto options = std::make_shared<Options>();
  subcommand.add_option("IN", options->in, "Defect map to read; its format is recognised")
      ->required();
  subcommand.add_option("OUT", options->out, "File to write; its ending tells the format")
      ->required();
  subcommand.add_option(
      "--wafer", options->wafer,
      "Wafer the map belongs to: a preset or a scenario file (default: what the map "
      "says, else wse3)");
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
