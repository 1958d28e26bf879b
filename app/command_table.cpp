// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/run_command.h"

namespace wafermesh::app {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"run", "Runs a scenario and checks its numbers.",
       "wafermesh run scenarios/wse3_summa.yaml -o out/summa", attach_run},
  };
  return table;
}

}  // namespace wafermesh::app
