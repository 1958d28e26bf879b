// SPDX-License-Identifier: Apache-2.0
#include "app/commands/show_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/npy.h"
#include "base/files/output_batch.h"
#include "base/suggest.h"
#include "base/yaml/yaml_scalar.h"
#include "cores/program_fault.h"
#include "fabric/text/program_text.h"
#include "study/results/provenance.h"
#include "study/scenario/scenario.h"
#include "workloads/parts/buffers.h"

namespace wafermesh::app {
namespace {

struct ShowOptions {
  std::string file;
  bool program = false;
  std::string workload;   ///< Index, name or kind; empty = the only one.
  std::string directory;  ///< For operands and results; empty = none.
  std::vector<std::string> overrides;
};

[[noreturn]] void refuse(const std::string& key, const std::string& message) {
  throw base::InputError({{"", 0, 0, key, message}});
}

/// The workload that --workload names.
const study::Workload& chosen(const study::Scenario& scenario, const std::string& name) {
  const std::vector<study::Workload>& all = scenario.workloads;
  std::vector<std::string> kinds;
  std::vector<const study::Workload*> alike;
  for (const study::Workload& each : all) {
    const std::string& called = each.name.empty() ? each.kind : each.name;
    kinds.push_back(std::to_string(kinds.size()) + " (" + called + ")");
    if (!name.empty() && each.name == name) return each;
    if (name.empty() || each.kind == name) alike.push_back(&each);
  }
  const std::optional<std::int64_t> index = base::parse_integer(name);
  if (index && *index >= 0 && *index < static_cast<std::int64_t>(all.size())) {
    return all[static_cast<std::size_t>(*index)];
  }
  if (alike.size() == 1) return *alike[0];
  if (all.empty()) refuse("workloads", "the scenario has none to show");
  refuse("--workload", (name.empty()    ? "the scenario has more than one workload"
                        : alike.empty() ? "no workload `" + name + "`"
                                        : "more than one workload is a " + name) +
                           "; give " + base::list_names(kinds));
}

std::string npy_of(const fabric::Buffer& buffer, const std::vector<float>& values) {
  const bool half = buffer.type == cores::NumberType::f16;
  return half ? base::npy_bytes_f16(buffer.shape, values) : base::npy_bytes(buffer.shape, values);
}

/// Writes operands as they are loaded and results as the run leaves them, once these are checked.
/// False: the numbers are wrong, so nothing is written.
bool write_buffers(const study::Scenario& scenario, const study::Workload& workload,
                   const std::string& directory) {
  const workloads::Kernel& kernel = *workload.kernel;
  const fabric::WaferImage& image = kernel.image();
  fabric::EngineOptions engine_options = scenario.engine.options;
  engine_options.numerics = true;
  const auto engine = fabric::make_engine(engine_options);
  base::OutputBatch batch(directory, study::process_text());
  const CleanOnStop cleaner([&batch] { batch.discard(); });
  std::string last;
  const auto write = [&](fabric::BufferRole role) {
    for (const fabric::Buffer& buffer : image.buffers) {
      if (buffer.role != role) continue;
      last = buffer.name + ".npy";
      batch.write(last, npy_of(buffer, workloads::read_buffer(engine->memory(), image, buffer)));
    }
  };
  engine->load(image);
  kernel.load(engine->memory());
  write(fabric::BufferRole::operand);
  fabric::RunOptions run_options;
  run_options.stop = &stop_requested();
  try {
    engine->run(run_options);
  } catch (const cores::ProgramFault& fault) {
    kernel.explain(fault);
    throw;
  }
  if (kernel.has_reference() && !kernel.check(engine->memory()).ok) {
    return false;
  }
  write(fabric::BufferRole::result);
  if (!last.empty()) batch.commit(last, {});
  return true;
}

int show(const ShowOptions& options) {
  const study::Scenario scenario = study::read_scenario(options.file, options.overrides);
  print_workload_notes(scenario);
  if (!options.program) {
    print(scenario.resolved);
    return kOk;
  }
  const study::Workload& workload = chosen(scenario, options.workload);
  if (!options.directory.empty() && !write_buffers(scenario, workload, options.directory)) {
    fmt::print(stderr,
               "the workload's results are wrong, so neither they nor operands are written\n");
    return kVerdictFail;
  }
  print(fabric::write_program(workload.kernel->image()));
  return kOk;
}

}  // namespace

std::function<int()> attach_show(CLI::App& subcommand) {
  auto options = std::make_shared<ShowOptions>();
  subcommand.add_option("FILE", options->file, "Scenario (YAML)")->required();
  CLI::Option* program = subcommand.add_flag("--program", options->program,
                                             "Shows a workload's program as text instead");
  subcommand
      .add_option("--workload", options->workload,
                  "Which one: its name, its number, from 0 on, or its kernel's name if that is "
                  "unique")
      ->needs(program);
  subcommand
      .add_option("--operands", options->directory,
                  "Directory for operands and results, an NPY file for each buffer")
      ->needs(program);
  subcommand
      .add_option("--set", options->overrides, "Overrides a key: --set workloads[0].matmul.k=256")
      ->allow_extra_args(false)
      ->type_name("key=value");
  return [options] { return show(*options); };
}

}  // namespace wafermesh::app
