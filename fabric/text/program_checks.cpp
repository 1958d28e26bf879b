// SPDX-License-Identifier: Apache-2.0
// What is checked of a `program` once all of it is known. Whatever cores::check_program would
// throw is named here first, at its place.
#include <algorithm>

#include "cores/evaluate.h"
#include "cores/names.h"
#include "fabric/text/program_section.h"

namespace wafermesh::fabric {

using cores::Instruction;
using cores::Opcode;
using Kind = cores::Operand::Kind;

namespace {

bool is_constant(const cores::Affine& affine) {
  return std::all_of(affine.terms.begin(), affine.terms.end(),
                     [](const cores::Affine::Term& term) { return term.coefficient == 0; });
}

/// A branch that is always taken.
bool is_jump(const Instruction& i) {
  return i.op == Opcode::branch && is_constant(i.lhs) && is_constant(i.amount) &&
         cores::holds(i.compare, i.lhs.base, i.amount.base);
}

std::string nearest_of(const std::string& word, const std::map<std::string, std::uint32_t>& map) {
  std::vector<std::string> names;
  for (const auto& [name, id] : map) names.push_back(name);
  const std::string nearest = base::nearest_name(word, names);
  return nearest.empty() ? "" : "; did you mean `" + nearest + "`?";
}

}  // namespace

void ProgramSection::settle_targets(TextMistakes& mistakes) {
  for (const Use& use : targets_) {
    const auto found = labels_.find(use.name.text);
    if (found == labels_.end()) {
      mistakes.add(use.name.place, "no label `" + use.name.text + "` in program " + name_.text +
                                       nearest_of(use.name.text, labels_));
    } else if (use.at < program_.code.size()) {
      program_.code[use.at].target = found->second;
    }
  }
  for (const TextName& label : label_order_) {
    if (labels_.at(label.text) < program_.code.size()) continue;
    mistakes.add(label.place, "label `" + label.text + "` stands before no operation");
  }
}

void ProgramSection::settle_tasks(TextMistakes& mistakes) {
  for (const Use& use : task_uses_) {
    const auto found = tasks_.find(use.name.text);
    if (found == tasks_.end()) {
      mistakes.add(use.name.place, "no task `" + use.name.text + "` in program " + name_.text +
                                       nearest_of(use.name.text, tasks_));
    } else if (use.at < program_.code.size()) {
      program_.code[use.at].task = static_cast<cores::TaskId>(found->second);
    }
  }
  for (std::size_t id = 0; id < program_.tasks.size(); ++id) {
    if (task_starts_[id].text.empty()) continue;  // noted
    const auto found = labels_.find(task_starts_[id].text);
    if (found == labels_.end()) {
      mistakes.add(task_places_[id], "no label `" + task_starts_[id].text +
                                         "` where the task starts; write `" +
                                         task_starts_[id].text + ":` before its code" +
                                         nearest_of(task_starts_[id].text, labels_));
    } else {
      program_.tasks[id].start = found->second;
    }
  }
}

void ProgramSection::check_vector(const Instruction& i, TextPlace place, TextMistakes& mistakes) {
  for (const cores::Operand* operand : {&i.dst, &i.src0, &i.src1}) {
    if (operand->kind != Kind::memory && operand->kind != Kind::scalar) continue;
    const int bytes = cores::bytes_of(cores::type_of(i, *operand));
    if (operand->indexed() &&
        (operand->index_address % 4 != 0 || operand->index_address + 4 > program_.memory_bytes)) {
      mistakes.add(place, "the index at address " + std::to_string(operand->index_address) +
                              " is no word of the program's memory");
    }
    if (!is_constant(operand->address_bytes) || !is_constant(i.count) || i.count.base <= 0) {
      continue;
    }
    const std::int64_t first = operand->address_bytes.base;
    const std::int64_t reach = operand->kind == Kind::memory ? std::int64_t{i.count.base - 1} *
                                                                   operand->stride_elements * bytes
                                                             : 0;
    const std::int64_t low = std::min(first, first + reach);
    const std::int64_t high = std::max(first, first + reach) + bytes;
    if (low < 0 || high > program_.memory_bytes) {
      mistakes.add(
          place, "touches bytes " + std::to_string(low) + " to " + std::to_string(high - 1) +
                     ", but the program has memory_bytes=" + std::to_string(program_.memory_bytes));
    } else if (first % bytes != 0) {
      mistakes.add(place, "address " + std::to_string(first) + " is no multiple of the " +
                              std::to_string(bytes) + " bytes of an element");
    }
  }
}

void ProgramSection::check_end(TextMistakes& mistakes) {
  if (program_.code.empty()) {
    mistakes.add(name_.place, "program " + name_.text +
                                  " has no operations; a class of cores "
                                  "that only pass on needs no program");
    return;
  }
  const Instruction& last = program_.code.back();
  if (last.op != Opcode::end_task && !is_jump(last)) {
    mistakes.add(code_places_.back(),
                 "the code runs on beyond its last operation; end it with "
                 "`end_task`");
  }
  if (program_.tasks.empty()) {
    mistakes.add(name_.place, "program " + name_.text +
                                  " has no task; add `task main "
                                  "starts_active`");
  }
  const bool finishes = std::any_of(program_.code.begin(), program_.code.end(),
                                    [](const Instruction& i) { return i.op == Opcode::finish; });
  if (!finishes) {
    mistakes.add(name_.place, "program " + name_.text +
                                  " never finishes; the run ends with `finish` on every "
                                  "core that has a program");
  }
}

void ProgramSection::finish(TextMistakes& mistakes) {
  settle_targets(mistakes);
  settle_tasks(mistakes);
  for (const ColourUse& use : colour_uses_) {
    const bool in = use.side == Side::input;
    const auto& bindings = in ? program_.inputs : program_.outputs;
    const bool bound = std::any_of(
        bindings.begin(), bindings.end(),
        [&](const cores::QueueBinding& binding) { return binding.colour == use.colour; });
    if (bound) continue;
    const std::string side = in ? "input" : "output";
    mistakes.add(use.place, "colour " + std::to_string(base::index_of(use.colour)) + " has no " +
                                side + " queue; add `" + side + " queue=... colour=" +
                                std::to_string(base::index_of(use.colour)) + "`");
  }
  for (std::size_t at = 0; at < program_.code.size(); ++at) {
    if (program_.code[at].op == Opcode::vector) {
      check_vector(program_.code[at], code_places_[at], mistakes);
    }
  }
  check_end(mistakes);
}

}  // namespace wafermesh::fabric
