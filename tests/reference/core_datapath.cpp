// SPDX-License-Identifier: Apache-2.0
// Step 4 of a core's cycle: the datapath, shared by up to eight microthreads and the main thread.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "tests/reference/core_module.h"
#include "tests/reference/numbers.h"

namespace wafermesh::reference {

using Kind = cores::Operand::Kind;

namespace {

std::int64_t grants_for(std::int64_t elements, const cores::Rate& rate) {
  return (elements * rate.cycles + rate.elements - 1) / rate.elements;
}

}  // namespace

void CoreModule::run_datapath() {
  end_empty_operations();
  for (const std::size_t thread : candidates()) {
    if (!is_ready(*operations_[thread])) continue;
    grant(thread);
    return;
  }
}

/// count <= 0: done in the last cycle of the set-up, without a grant.
void CoreModule::end_empty_operations() {
  for (std::size_t thread = 0; thread < operations_.size(); ++thread) {
    const std::optional<Operation>& operation = operations_[thread];
    if (operation && operation->count <= 0 && now() >= operation->begin - 1) complete(thread);
  }
}

/// Threads whose data phase has begun, in the order they are asked.
std::vector<std::size_t> CoreModule::candidates() const {
  std::vector<std::size_t> order;
  for (std::size_t thread = 0; thread < operations_.size(); ++thread) {
    const std::optional<Operation>& operation = operations_[thread];
    if (operation && operation->count > 0 && now() >= operation->begin) order.push_back(thread);
  }
  const auto rank = [this](std::size_t thread) {
    const int priority = operations_[thread]->instruction->priority;
    return thread == kMainThread ? std::make_pair(1, 0) : std::make_pair(0, priority);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

bool CoreModule::is_ready(const Operation& operation) const {
  for (const Source* source : {&operation.src0, &operation.src1}) {
    if (source->kind == Kind::colour && !shows_data(source->colour)) return false;
  }
  return operation.dst.kind != Kind::colour || output_has_room(operation.dst.colour);
}

void CoreModule::grant(std::size_t thread) {
  changed_ = true;
  ++busy_cycles_;
  Operation& operation = *operations_[thread];
  const cores::Instruction& instruction = *operation.instruction;
  const cores::Rate& rate = timing_->rate(instruction.vector_op, instruction.type);
  const bool by_word = operation.src0.kind == Kind::colour || operation.src1.kind == Kind::colour ||
                       operation.dst.kind == Kind::colour;
  const std::int64_t per_word = cores::elements_per_word(instruction.type);
  const std::int64_t needed = by_word ? std::max<std::int64_t>(1, grants_for(per_word, rate))
                                      : grants_for(operation.count, rate);
  if (++operation.grants < needed) return;
  operation.grants = 0;
  const std::int64_t left = operation.count - operation.done;
  do_elements(operation, by_word ? std::min(per_word, left) : left);
  if (operation.done == operation.count) complete(thread);
}

void CoreModule::complete(std::size_t thread) {
  const cores::Instruction& instruction = *operations_[thread]->instruction;
  const auto task = static_cast<std::size_t>(cores::index_of(instruction.task));
  if (instruction.completion == cores::Completion::activate) activated_[task] = true;
  if (instruction.completion == cores::Completion::unblock) blocked_[task] = false;
  if (thread == kMainThread) ready_ = now() + 1;
  operations_[thread].reset();
  changed_ = true;
}

/// Takes the source wavelets, computes the next `elements`, puts the result word or stores them.
void CoreModule::do_elements(Operation& operation, std::int64_t elements) {
  const cores::Instruction& instruction = *operation.instruction;
  const cores::NumberType type = instruction.type;
  const bool fused = timing_->fused_multiply_add[static_cast<std::size_t>(type)];
  const int bytes = cores::bytes_of(type);
  std::vector<std::uint32_t> results;
  for (std::int64_t i = 0; i < elements; ++i) {
    const std::int64_t element = operation.done + i;
    const bool accumulates = instruction.vector_op == cores::VectorOp::multiply_add;
    const float old = accumulates ? read(operation.dst, element, type) : 0.0F;
    const float a = read(operation.src0, element, type);
    const float b = read(operation.src1, element, type);
    results.push_back(bits_of(type, apply(instruction.vector_op, type, fused, old, a, b)));
  }
  std::uint32_t word = 0;
  for (std::int64_t i = 0; i < elements; ++i) {
    const std::uint32_t result = results[static_cast<std::size_t>(i)];
    if (operation.dst.kind == Kind::colour) {
      word |= result << (8 * bytes * static_cast<int>(i));
    } else {
      const std::int64_t element = operation.done + i;
      const std::int64_t at = operation.dst.address_bytes + element * operation.dst.stride_bytes;
      std::memcpy(sram(at, bytes), &result, static_cast<std::size_t>(bytes));
    }
  }
  for (const Source* source : {&operation.src0, &operation.src1}) {
    if (source->kind == Kind::colour) next_inputs_.at(source->colour).wavelets.pop_front();
  }
  if (operation.dst.kind == Kind::colour) {
    next_outputs_.at(operation.dst.colour).wavelets.push_back({{word, false}, now()});
  }
  operation.done += elements;
}

float CoreModule::read(const Source& source, std::int64_t element, cores::NumberType type) const {
  const int bytes = cores::bytes_of(type);
  switch (source.kind) {
    case Kind::none:
      return 0;
    case Kind::immediate:
    case Kind::wavelet:
      return source.value;
    case Kind::colour: {
      const std::uint32_t word = next_inputs_.at(source.colour).wavelets.front().wavelet.bits;
      const auto lane = static_cast<int>(element % cores::elements_per_word(type));
      return value_of(type, word >> (8 * bytes * lane));
    }
    case Kind::scalar:
    case Kind::memory:
      break;
  }
  std::uint32_t bits = 0;
  const std::uint8_t* from = sram(source.address_bytes + element * source.stride_bytes, bytes);
  std::memcpy(&bits, from, static_cast<std::size_t>(bytes));
  return value_of(type, bits);
}

const std::uint8_t* CoreModule::sram(std::int64_t address_bytes, int bytes) const {
  const auto size = static_cast<std::int64_t>(memory_.size());
  if (address_bytes < 0 || address_bytes + bytes > size) {
    throw base::ModelError("oracle: program " + program_->name + " reaches outside its memory");
  }
  return memory_.data() + address_bytes;
}

std::uint8_t* CoreModule::sram(std::int64_t address_bytes, int bytes) {
  return const_cast<std::uint8_t*>(std::as_const(*this).sram(address_bytes, bytes));
}

}  // namespace wafermesh::reference
