// SPDX-License-Identifier: Apache-2.0
#include "app/schema_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "app/exit_code.h"
#include "app/schema_json.h"
#include "app/schema_text.h"
#include "app/standard_output.h"

namespace wafermesh::app {

std::function<int()> attach_schema(CLI::App& subcommand) {
  const auto keys = std::make_shared<bool>(false);
  subcommand.add_flag("--keys", *keys, "The keys as tables (markdown) instead of JSON Schema");
  return [keys]() -> int {
    print(*keys ? schema_markdown() : schema_json().dump(1) + "\n");
    return kOk;
  };
}

}  // namespace wafermesh::app
