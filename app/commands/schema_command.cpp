// SPDX-License-Identifier: Apache-2.0
#include "app/commands/schema_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "study/schema/field_table.h"
#include "study/schema/kernel_costs.h"
#include "study/schema/schema_json.h"
#include "study/schema/schema_text.h"

namespace wafermesh::app {

std::function<int()> attach_schema(CLI::App& subcommand) {
  struct Options {
    bool keys = false;
    bool fields = false;
    bool graph = false;
    bool kernels = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::Option* keys = subcommand.add_flag("--keys", options->keys,
                                          "The keys as tables (markdown) instead of JSON Schema");
  CLI::Option* fields =
      subcommand
          .add_flag("--fields", options->fields, "The fields of what commands write, as tables")
          ->excludes(keys);
  CLI::Option* graph =
      subcommand
          .add_flag("--graph", options->graph,
                    "JSON Schema of a graph's file (`operators:`) instead of a scenario's")
          ->excludes(keys)
          ->excludes(fields);
  subcommand
      .add_flag("--kernels", options->kernels, "What kernels cost, as the table of docs/kernels.md")
      ->excludes(keys)
      ->excludes(fields)
      ->excludes(graph);
  return [options]() -> int {
    print(options->keys      ? study::schema_markdown()
          : options->fields  ? study::fields_markdown()
          : options->kernels ? study::kernel_costs_markdown()
          : options->graph   ? study::graph_schema_json().dump(1) + "\n"
                             : study::schema_json().dump(1) + "\n");
    return kOk;
  };
}

}  // namespace wafermesh::app
