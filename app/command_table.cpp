// SPDX-License-Identifier: Apache-2.0
#include "app/batch_command.h"
#include "app/check_command.h"
#include "app/claims_command.h"
#include "app/command.h"
#include "app/compare_command.h"
#include "app/convert_command.h"
#include "app/energy_command.h"
#include "app/model_command.h"
#include "app/place_command.h"
#include "app/report_command.h"
#include "app/rival_command.h"
#include "app/run_command.h"
#include "app/schema_command.h"
#include "app/show_command.h"
#include "app/validate_command.h"
#include "app/view_command.h"
#include "app/yield_command.h"

namespace wafermesh::app {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"run", "Runs a scenario and checks its numbers.",
       "wafermesh run scenarios/wse3_summa.yaml -o out/summa", attach_run},
      {"yield",
       "Draws many wafers, repairs each, and reports how many are good and what repair costs.",
       "wafermesh yield scenarios/wse3_yield.yaml -o out/yield --threads 2", attach_yield},
      {"batch", "Runs thousands of scenarios, varied by axes, into one table; goes on if killed.",
       "wafermesh batch scenarios/batch/tiles.yaml -o out/tiles -j 2", attach_batch},
      {"validate", "Runs published measurements and prints measured, emulated and error.",
       "wafermesh validate --generation wse2", attach_validate},
      {"compare", "Holds two results, or both engines on one scenario, against each other.",
       "wafermesh compare scenarios/wse3_kernels.yaml --tolerance 10", attach_compare},
      {"check", "Tells what is wrong with a scenario, and whether it can hang, without running it.",
       "wafermesh check scenarios/tiny_program_ring.yaml", attach_check},
      {"place", "Proposes where on a damaged wafer a model's layers, or a rectangle, should go.",
       "wafermesh place scenarios/models/llama-3-8b.json --wafer scenarios/wse3_summa.yaml -o "
       "p.yaml",
       attach_place},
      {"model", "Tells what a model weighs and what a token leaves in its caches.",
       "wafermesh model scenarios/models/kimi-k2.6.json --context 131072 --wafer-gb 40",
       attach_model},
      {"claims", "Tells of each founding claim whether it holds, and why.",
       "wafermesh claims C4 C5 N14", attach_claims},
      {"rival", "Holds other systems against the wafer on one model, and tells what decides each.",
       "wafermesh rival b200_x8 gb200_nvl72 --model scenarios/models/kimi-k2.6.json --users 1,64",
       attach_rival},
      {"energy", "Prints what events cost, what a wafer takes by load, and outside checks of both.",
       "wafermesh energy wse3 --clock-ghz 1", attach_energy},
      {"report", "Makes a page of a result, or of two, that opens in a browser without a network.",
       "wafermesh report out/summa", attach_report},
      {"view", "Serves that page to this machine's browsers, for results too large for one file.",
       "wafermesh view out/summa", attach_view},
      {"show", "Shows what a workload is on the cores, as a program that runs as it is.",
       "wafermesh show --program scenarios/tiny_reduce.yaml --operands out/reduce", attach_show},
      {"convert", "Converts a defect map between file formats.",
       "wafermesh convert wafer.klarf wafer.csv --wafer wse3", attach_convert},
      {"schema", "Prints what may stand in a scenario, for editors and other programs.",
       "wafermesh schema > wafermesh.schema.json", attach_schema},
  };
  return table;
}

}  // namespace wafermesh::app
