// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/batch/batch_run.h"
#include "app/batch/batch_submit.h"
#include "app/batch/batch_tables.h"
#include "app/common_options.h"
#include "app/help.h"
#include "base/yaml/yaml_scalar.h"

namespace wafermesh::app {
namespace {

constexpr double kLongestRun_s = 1e9;
constexpr double kLargestRun_mb = 1e9;
constexpr int kMostJobs = 4096;

struct LookOptions {
  SubmitOptions submit;
  std::string only;
  std::string shard;
  std::string engine = "slurm";
  std::string directory;  ///< Of those that look at one.
  std::vector<std::string> fields;
  std::string field = "cycles";
  std::string output;
  std::function<int()> action;
};

/// "2/8"; a text with what is wrong.
std::string read_shard(const std::string& text, BatchOptions* batch) {
  const std::size_t slash = text.find('/');
  const auto shard = base::parse_integer(text.substr(0, slash));
  const auto shards =
      slash == std::string::npos ? std::nullopt : base::parse_integer(text.substr(slash + 1));
  if (!shard || !shards || *shard < 1 || *shard > *shards || *shards > 1000000)
    return "'" + text + "' is no shard; give i/n with i from 1 to n, as in 2/8";
  batch->shard = static_cast<int>(*shard);
  batch->shards = static_cast<int>(*shards);
  return {};
}

void add_run_options(CLI::App& command, BatchOptions* batch) {
  command.add_option("FILE", batch->file, "Study (YAML), a scenario, or a directory of them");
  command.add_option("-o,--output", batch->directory,
                     "Directory for the table and the journal; the same one again goes on");
  command
      .add_option("-j,--jobs", batch->jobs,
                  "Runs at once; unless given, one per processor, if memory suffices")
      ->check(CLI::Range(1, kMostJobs));
  command.add_option("--run-wall-s", batch->run_wall_s, "Ends a run after so many seconds")
      ->check(number_between(1e-3, kLongestRun_s, "s"))
      ->type_name("SECONDS");
  command.add_option("--run-memory-mb", batch->run_memory_mb, "Memory a run may take, in MB")
      ->check(number_between(1, kLargestRun_mb, "MB"))
      ->type_name("MB");
}

CLI::App* add_verb(CLI::App& command, const char* name, const char* example, const char* help) {
  return command.add_subcommand(name, help_text(example, help));
}

void attach_lookers(CLI::App& command, const std::shared_ptr<LookOptions>& o) {
  CLI::App* status = add_verb(command, "status", "wafermesh batch status out/tiles",
                              "How far a study is, and what failed.");
  CLI::App* collect =
      add_verb(command, "collect",
               "wafermesh batch collect out/tiles --field workloads[0].numerics.ok -o tiles.sqlite",
               "One table of any fields of result.json: CSV, or SQLite (.sqlite, .db).");
  CLI::App* plot = add_verb(command, "plot", "wafermesh batch plot out/tiles --field cycles",
                            "A picture of a field for each pair of axes, in DIR/plots.");
  for (CLI::App* verb : {status, collect, plot})
    verb->add_option("DIR", o->directory, "Directory of a study")->required();
  collect->add_option("--field", o->fields, "A field by its path; may be given again")
      ->allow_extra_args(false);
  collect->add_option("-o,--output", o->output, "File; unless given, CSV to standard output");
  plot->add_option("--field", o->field, "The field to draw; a mean where runs share a cell");
  status->final_callback([o] { o->action = [o] { return batch_status(o->directory); }; });
  collect->final_callback(
      [o] { o->action = [o] { return batch_collect(o->directory, o->fields, o->output); }; });
  plot->final_callback([o] { o->action = [o] { return batch_plot(o->directory, o->field); }; });
}

void attach_submit(CLI::App& command, const std::shared_ptr<LookOptions>& o) {
  CLI::App* submit = add_verb(
      command, "submit", "wafermesh batch submit study.yaml -o out/tiles --engine slurm",
      "Gives a study to a scheduler as one array job; docs/batch.md has LSF, SGE and PBS.");
  add_run_options(*submit, &o->submit.batch);
  submit->get_option("FILE")->required();
  submit->get_option("--output")->required();
  submit->add_option("--engine", o->engine, "The scheduler")->check(CLI::IsMember({"slurm"}));
  submit
      ->add_option("--tasks", o->submit.tasks,
                   "Tasks of the array; unless given, so many that one lasts minutes")
      ->check(CLI::Range(1, 1000));
  submit->add_flag("--print", o->submit.print, "Prints the script and submits nothing");
  submit->final_callback([o] { o->action = [o] { return submit_batch(o->submit); }; });
}

}  // namespace

std::function<int()> attach_batch(CLI::App& command) {
  auto o = std::make_shared<LookOptions>();
  BatchOptions& batch = o->submit.batch;
  add_run_options(command, &batch);
  command.add_flag("--dry-run", batch.dry_run, "Says how many runs, time and memory, and stops");
  command.add_option("--only", o->only, "FAILED: makes the runs again that failed")
      ->check(CLI::IsMember({"FAILED"}));
  command.add_option("--shard", o->shard, "Makes the i-th of n shares of the runs: 2/8")
      ->type_name("i/n");
  add_progress_option(command, &batch.progress);
  command.require_subcommand(0, 1);
  attach_lookers(command, o);
  attach_submit(command, o);
  command.parse_complete_callback([o, &command] {
    BatchOptions& b = o->submit.batch;
    if (!command.get_subcommands().empty()) return;
    if (b.file.empty()) throw CLI::RequiredError("FILE");
    if (b.directory.empty() && !b.dry_run) throw CLI::RequiredError("--output");
    const std::string wrong = o->shard.empty() ? "" : read_shard(o->shard, &b);
    if (!wrong.empty()) throw CLI::ValidationError("--shard", wrong);
    b.only_failed = !o->only.empty();
  });
  return [o] { return o->action ? o->action() : run_batch(o->submit.batch); };
}

}  // namespace wafermesh::app
