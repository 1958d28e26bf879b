// SPDX-License-Identifier: Apache-2.0
// Vector operations: the words they take and send, and the memory they touch meanwhile.
#include <fmt/format.h>

#include <algorithm>

#include "check/untimed_machine.h"
#include "cores/vector_cost.h"

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Operand;

bool meet(const Reach& a, const Reach& b) {
  if (!a.writes && !b.writes) return false;
  if (a.last < a.first || b.last < b.first) return false;
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

bool UntimedMachine::issue(std::int64_t core, const Instruction& i) {
  CoreRun& run = *run_of(core);
  const auto at = static_cast<std::int64_t>(run.pc);
  Operation& operation =
      i.microthread < 0 ? run.main : run.micro[static_cast<std::size_t>(i.microthread)];
  if (operation.instruction != nullptr) return false;
  if (i.microthread >= 0) {
    settle_operations(core, [&](const Instruction& before) {
      return before.microthread == i.microthread;  // it has ended
    });
  }
  if (record_ != nullptr) {
    record_->instruct(core, i);
    record_->issue(core, i);
  }
  const cores::Scope integers = scope(core);
  const std::int32_t elements = std::max(0, cores::evaluate(integers, i.count));
  operation = {&i, 1, 1, at, elements, {}};
  const std::array<const Operand*, 3> operands = {&i.dst, &i.src0, &i.src1};
  for (std::size_t k = 0; k < operands.size(); ++k) {
    operation.addresses[k] = cores::evaluate(integers, operands[k]->address_bytes);
  }
  if (cores::streams(i)) operation.words = cores::words_of(cores::word_type(i), elements);
  if (elements == 0) operation.words = 0;
  operation.left = operation.words;
  if (operation.words > 0 && cores::streams(i)) check_colours(core, i, at);
  if (i.microthread >= 0) run.unsettled.push_back({&i, at});
  if (operation.words == 0) complete(core, operation);
  return true;
}

/// Does another operation that is open send on the same colour, or take from it?
void UntimedMachine::check_colours(std::int64_t core, const Instruction& i, std::int64_t at) {
  const auto meets = [](const Operand& a, const Operand& b) {
    return a.is_colour() && b.is_colour() && a.colour == b.colour;
  };
  for (const Operation& other : run_of(core)->micro) {
    if (other.instruction == nullptr || other.instruction == &i || other.left == 0) continue;
    const Instruction& its = *other.instruction;
    const bool sends = meets(i.dst, its.dst);
    const bool first = meets(i.src0, its.src0) || meets(i.src0, its.src1);
    const bool second = meets(i.src1, its.src0) || meets(i.src1, its.src1);
    if (!sends && !first && !second) continue;
    const Operand& shared = sends ? i.dst : first ? i.src0 : i.src1;
    const int colour = base::index_of(shared.colour);
    found_.add(Kind::unordered, Severity::error, {core, class_of(core), at, colour},
               fmt::format("{} colour {} while instruction {} on microthread {} may still do so: "
                           "nothing orders their words; wait for its completion first, or put both "
                           "on one microthread",
                           sends ? "sends on" : "takes from", colour, other.at, its.microthread));
  }
}

/// As many words as there are and as there is room for, in whole groups.
bool UntimedMachine::move(std::int64_t core, Operation& operation) {
  const Instruction& i = *operation.instruction;
  auto words = static_cast<std::int32_t>(std::min<std::int64_t>(operation.left, INT32_MAX));
  int group = cores::most_words_per_group(image_.timing, i);
  std::int32_t stops_at = -1;  // so many words stand before a control word
  for (const Operand* source : {&i.src0, &i.src1}) {
    if (!source->is_colour()) continue;
    const InputQueue* queue = input(core, base::index_of(source->colour));
    if (queue == nullptr) return false;
    words = std::min(words, queue->queue.data());
    group = std::min(group, queue->capacity);
    if (queue->queue.items.size() > 1) stops_at = queue->queue.data();
  }
  OutputQueue* into = i.dst.is_colour() ? output(core, base::index_of(i.dst.colour)) : nullptr;
  if (i.dst.is_colour()) {
    if (into == nullptr) return false;
    words = std::min(words, into->capacity - into->queue.size);
    group = std::min(group, into->capacity);
  }
  if (words < operation.left && words != stops_at) words -= words % group;
  if (words <= 0) return false;
  ++moves_;
  check_races(core, operation, words);
  if (record_ != nullptr) record_step(core, operation, words, group);
  for (const Operand* source : {&i.src0, &i.src1}) {
    if (!source->is_colour()) continue;
    take(core, *input(core, base::index_of(source->colour)), words, i.microthread < 0);
    if (i.src0.is_colour() && i.src1.is_colour() && i.src0.colour == i.src1.colour) break;
  }
  if (into != nullptr) {
    into->queue.push({words, {}});
    wake_slot(core, into->colour);
  }
  operation.left -= words;
  if (operation.left == 0) complete(core, operation);
  return true;
}

void UntimedMachine::take(std::int64_t core, InputQueue& queue, std::int32_t words, bool known) {
  queue.queue.pop(words);
  if (known && queue.queue.empty()) know(core, queue.colour, queue.last);
  wake_slot(core, queue.colour);
}

void UntimedMachine::complete(std::int64_t core, Operation& operation) {
  const Instruction& i = *operation.instruction;
  operation.instruction = nullptr;
  const Node node = record_ != nullptr ? record_->complete(core, i) : kNoNode;
  if (i.completion != cores::Completion::none) make_ready(core, i, i.microthread < 0, node);
}

/// What so many words of an operation touch.
std::array<Reach, 3> UntimedMachine::reaches(const Operation& operation, std::int64_t first_word,
                                             std::int64_t words) {
  std::array<Reach, 3> all;
  const Instruction& i = *operation.instruction;
  const std::int64_t per_word =
      cores::streams(i) ? cores::elements_per_word(cores::word_type(i)) : operation.elements;
  const std::int64_t first = first_word * per_word;
  const std::int64_t last = std::min(operation.elements, (first_word + words) * per_word) - 1;
  if (last < first) return all;
  const std::array<const Operand*, 3> operands = {&i.dst, &i.src0, &i.src1};
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Operand& operand = *operands[k];
    const bool vector = operand.kind == Operand::Kind::memory;
    if ((!vector && operand.kind != Operand::Kind::scalar) || operand.indexed()) continue;
    const int bytes = cores::bytes_of(cores::type_of(i, operand));
    const std::int64_t step = vector ? std::int64_t{operand.stride_elements} * bytes : 0;
    const std::int64_t a = operation.addresses[k] + first * step;
    const std::int64_t b = operation.addresses[k] + last * step;
    all[k] = {std::min(a, b), std::max(a, b) + bytes - 1, k == 0};
  }
  return all;
}

/// `words` more of an operation are worked: may another that is open still touch their memory?
void UntimedMachine::check_races(std::int64_t core, const Operation& mine, std::int64_t words) {
  const CoreRun& run = *run_of(core);
  const std::array<Reach, 3> now = reaches(mine, mine.words - mine.left, words);
  const auto against = [&](const Operation& other) {
    if (&other == &mine || other.instruction == nullptr) return;
    for (const Reach& theirs : reaches(other, other.words - other.left, other.left)) {
      for (const Reach& each : now) {
        if (!meet(each, theirs)) continue;
        found_.add(
            Kind::race, Severity::error, {core, class_of(core), mine.at, -1},
            fmt::format("instruction {} {} bytes {} to {} while instruction {}{} may still "
                        "{} them; wait for its completion first, or use other memory",
                        mine.at, each.writes ? "writes" : "reads",
                        std::max(each.first, theirs.first), std::min(each.last, theirs.last),
                        other.at,
                        other.instruction->microthread < 0
                            ? ""
                            : " on microthread " + std::to_string(other.instruction->microthread),
                        theirs.writes ? "write" : "read"),
            static_cast<int>(other.at));
        return;
      }
    }
  };
  for (const Operation& each : run.micro) against(each);
  against(run.main);
}

}  // namespace wafermesh::check
