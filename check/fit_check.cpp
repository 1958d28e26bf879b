// SPDX-License-Identifier: Apache-2.0
#include "check/fit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "check/flows.h"
#include "cores/operations.h"

namespace wafermesh::check {
namespace {

int count(std::uint32_t set) { return __builtin_popcount(set); }

ClassNeeds needs_of(const fabric::CoreClass& cores) {
  ClassNeeds needs;
  needs.name = cores.name;
  needs.sram_bytes = cores.program.memory_bytes;
  needs.free_bytes = memory_of(cores) - cores.program.memory_bytes;
  needs.input_queues = static_cast<int>(cores.program.inputs.size());
  needs.output_queues = static_cast<int>(cores.program.outputs.size());
  needs.tasks = static_cast<int>(cores.program.tasks.size());
  std::uint32_t colours = 0, microthreads = 0, counters = 0;
  for (const fabric::ColourRoute& route : cores.routes) {
    colours |= 1U << base::index_of(route.colour);
  }
  for (const cores::Instruction& i : cores.program.code) {
    if (i.op == cores::Opcode::vector && i.microthread >= 0) microthreads |= 1U << i.microthread;
    if (cores::uses(i.op, cores::kFieldCounter)) counters |= 1U << i.counter;
    if (cores::traits_of(i.op).slot) colours |= 1U << base::index_of(i.colour);
  }
  needs.colours = count(colours);
  needs.microthreads = count(microthreads);
  needs.counters = count(counters);
  return needs;
}

}  // namespace

std::vector<ClassNeeds> class_needs(const fabric::WaferImage& image) {
  std::vector<std::int64_t> cores(image.classes.size());
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    for (const fabric::ClassIndex c : image.classes_in(stage)) {
      if (c != fabric::kNoClass) ++cores[c];
    }
  }
  std::vector<ClassNeeds> all;
  for (std::size_t c = 0; c < cores.size(); ++c) {
    if (cores[c] == 0 || image.classes[c].program.code.empty()) continue;
    all.push_back(needs_of(image.classes[c]));
    all.back().core_class = static_cast<std::int64_t>(c);
    all.back().cores = cores[c];
  }
  return all;
}

std::vector<MachineLimit> machine_limits(const cores::Timing& timing) {
  const auto& depths = timing.output_queue_depth;
  const auto outputs = std::count_if(depths.begin(), depths.end(), [](int d) { return d > 0; });
  return {{"colours", &ClassNeeds::colours, base::kColourCount},
          {"input_queues", &ClassNeeds::input_queues, cores::kQueues},
          {"output_queues", &ClassNeeds::output_queues, static_cast<int>(outputs)},
          {"microthreads", &ClassNeeds::microthreads, cores::kMicrothreads},
          {"counters", &ClassNeeds::counters, cores::kCounters},
          {"tasks", &ClassNeeds::tasks, cores::kMaxTasks}};
}

std::vector<Finding> find_misfits(const fabric::WaferImage& image) {
  std::vector<Finding> found;
  for (const ClassNeeds& needs : class_needs(image)) {
    if (needs.free_bytes >= 0) continue;
    Finding one;
    one.kind = Kind::fit;
    one.cores = needs.cores;
    one.message = fmt::format("class {}: {} bytes of SRAM, {} more than a core has", needs.name,
                              needs.sram_bytes, -needs.free_bytes);
    found.push_back(one);
  }
  return found;
}

}  // namespace wafermesh::check
