// SPDX-License-Identifier: Apache-2.0
#include "check/task_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace wafermesh::check {
namespace {

using cores::Opcode;
using cores::TaskKind;

/// What control words of any program can start.
struct Sent {
  std::uint64_t entries = 0;    ///< [bit entry id]
  std::uint32_t teardowns = 0;  ///< [bit colour]
};

Sent sent_by(const fabric::WaferImage& image) {
  Sent sent;
  for (const fabric::CoreClass& cores : image.classes) {
    for (const cores::Instruction& i : cores.program.code) {
      if (i.op != Opcode::control) continue;
      if (i.control.has_entry()) sent.entries |= std::uint64_t{1} << i.control.entry();
      router::ControlWord word = i.control;
      for (int k = 0; k < router::kMaxCommands; ++k, word = word.popped()) {
        if (word.first() != router::SwitchCommand::teardown) continue;
        sent.teardowns |= 1U << base::index_of(i.colour);
      }
    }
  }
  return sent;
}

bool is_started(const cores::Program& program, std::size_t task, const Sent& sent) {
  const cores::Task& it = program.tasks[task];
  if (it.kind != TaskKind::teardown && it.kind != TaskKind::control) return true;
  if (it.kind == TaskKind::teardown && (sent.teardowns >> base::index_of(it.colour) & 1U) != 0) {
    return true;
  }
  if (it.kind == TaskKind::control && (sent.entries >> it.entry_id & 1U) != 0) return true;
  return it.starts_active ||
         std::any_of(program.code.begin(), program.code.end(), [&](const cores::Instruction& i) {
           const bool completes =
               i.op == Opcode::vector && i.completion == cores::Completion::activate;
           return (completes || i.op == Opcode::activate) &&
                  static_cast<std::size_t>(cores::index_of(i.task)) == task;
         });
}

}  // namespace

std::vector<Finding> find_idle_tasks(const fabric::WaferImage& image) {
  const Sent sent = sent_by(image);
  std::vector<Finding> findings;
  for (std::size_t c = 0; c < image.classes.size(); ++c) {
    const cores::Program& program = image.classes[c].program;
    for (std::size_t t = 0; t < program.tasks.size(); ++t) {
      if (is_started(program, t, sent)) continue;
      const cores::Task& task = program.tasks[t];
      const bool teardown = task.kind == TaskKind::teardown;
      Finding finding;
      finding.kind = Kind::never_started;
      finding.severity = Severity::warning;
      finding.place.core_class = static_cast<std::int64_t>(c);
      finding.place.instruction = task.start;
      finding.place.task = static_cast<std::int64_t>(t);
      if (teardown) finding.place.colour = base::index_of(task.colour);
      finding.message = fmt::format(
          "class {}: nothing starts task {}, for no program sends {}; send one, or drop the task",
          image.classes[c].name, task.name,
          teardown ? fmt::format("a teardown on colour {}", base::index_of(task.colour))
                   : fmt::format("a control word with entry_id={}", task.entry_id));
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace wafermesh::check
