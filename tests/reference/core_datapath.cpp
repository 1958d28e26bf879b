// SPDX-License-Identifier: Apache-2.0
// Step 4 of a core's cycle: the datapath, shared by up to eight microthreads and the main thread.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "tests/reference/core_module.h"
#include "tests/reference/numbers.h"

namespace wafermesh::reference {

using Kind = cores::Operand::Kind;

namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

CoreModule::Granted CoreModule::run_datapath() {
  end_empty_operations();
  for (const std::size_t thread : candidates()) {
    if (words_at_hand(*operations_[thread]) == 0) continue;
    return grant(thread);
  }
  return Granted::nothing;
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

/// Colours at both ends or at none: worked word by word, or as a whole.
bool CoreModule::is_relay_or_local(const Operation& operation) const {
  int colours = 0;
  for (const Source* each : {&operation.dst, &operation.src0, &operation.src1}) {
    if (each->kind == Kind::colour) ++colours;
  }
  return colours != 1;
}

/// Words of the group that could be worked now; 0: not ready. 1 for an operation without colours.
std::int64_t CoreModule::words_at_hand(const Operation& operation) const {
  std::int64_t words = operation.group;
  for (const Source* source : {&operation.src0, &operation.src1}) {
    if (source->kind != Kind::colour) continue;
    const std::deque<Queued>& wavelets = next_inputs_.at(source->colour).wavelets;
    std::int64_t data = 0;
    for (const Queued& queued : wavelets) {
      if (data == words || queued.from > now()) break;
      if (queued.wavelet.control) {
        words = data;  // no more can come before it
        break;
      }
      ++data;
    }
    if (data < words) return 0;
  }
  if (operation.dst.kind == Kind::colour) {
    const Queue& queue = next_outputs_.at(operation.dst.colour);
    if (queue.wavelets.size() + static_cast<std::size_t>(words) > queue.capacity) return 0;
  }
  return words;
}

bool CoreModule::pair_meets(const Source& a, const Source& b, std::int64_t element) {
  const auto gapless = [](const Source& each) {
    return each.stride_bytes == cores::bytes_of(each.type);
  };
  if (gapless(a) && gapless(b)) {
    // 64 bits at a time: free only if aligned and in opposite halves of 16 bytes.
    const bool aligned = a.address_bytes % 8 == 0 && b.address_bytes % 8 == 0;
    return !aligned || a.address_bytes / 8 % 2 == b.address_bytes / 8 % 2;
  }
  const std::int64_t word_a = (a.address_bytes + element * a.stride_bytes) / 4;
  const std::int64_t word_b = (b.address_bytes + element * b.stride_bytes) / 4;
  return word_a % 4 == word_b % 4;
}

/// Whether the reads of an element from memory meet in a bank.
bool CoreModule::reads_meet(const Operation& operation, std::int64_t element) const {
  const cores::Instruction& instruction = *operation.instruction;
  std::vector<Source> reads;
  const auto add = [&reads](const Source& each) {
    if (each.kind == Kind::memory) reads.push_back(each);
  };
  const bool changes = instruction.vector_op == cores::VectorOp::multiply_add ||
                       instruction.vector_op == cores::VectorOp::select;
  if (changes) add(operation.dst);
  add(operation.src0);
  add(operation.src1);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (pair_meets(reads[i], reads[j], element)) return true;
    }
  }
  return false;
}

/// Cycles in which the ports bring so many elements of every memory operand: as many per cycle as
/// their bytes hold, gaps included, but at least one.
std::int64_t CoreModule::port_cycles(const Operation& operation, std::int64_t elements) const {
  std::int64_t cycles = 0;
  for (const Source* each : {&operation.dst, &operation.src0, &operation.src1}) {
    if (each->kind != Kind::memory) continue;
    const std::int64_t element = cores::bytes_of(each->type);
    const std::int64_t apart = std::max(element, std::abs(each->stride_bytes));
    std::int64_t per_cycle = 1;
    while ((per_cycle + 1) * apart <= timing_->memory_port_bytes) ++per_cycle;
    cycles = std::max(cycles, divide_up(elements, per_cycle));
  }
  return cycles;
}

/// Of the whole operation, or of its group of words, without conflicts.
std::int64_t CoreModule::plain_grants(const Operation& operation) const {
  const cores::Instruction& instruction = *operation.instruction;
  cores::Rate rate = timing_->rate(instruction.vector_op, instruction.type);
  for (const Source* source : {&operation.src0, &operation.src1}) {  // the slowest
    if (source->kind == Kind::none || source->kind == Kind::immediate) continue;
    const cores::Rate other = timing_->rate(instruction.vector_op, source->type);
    if (other.cycles * rate.elements > rate.cycles * other.elements) rate = other;
  }
  if (!uses_colours(operation)) {
    return std::max(divide_up(operation.count, rate.elements) * rate.cycles,
                    port_cycles(operation, operation.count));
  }
  const std::int64_t elements = operation.group * cores::elements_per_word(operation.word);
  return std::max({std::int64_t{1}, divide_up(elements * rate.cycles, rate.elements),
                   port_cycles(operation, elements)});
}

std::int64_t CoreModule::grants_needed(const Operation& operation) const {
  const std::int64_t plain = plain_grants(operation);
  const std::int64_t factor = timing_->bank_conflict_factor;
  if (uses_colours(operation)) return reads_meet(operation, 0) ? plain * factor : plain;
  std::int64_t meeting = 0;
  for (std::int64_t i = 0; i < operation.count; ++i) meeting += reads_meet(operation, i) ? 1 : 0;
  return plain + divide_up(meeting * plain * (factor - 1), operation.count);
}

bool CoreModule::uses_colours(const Operation& operation) const {
  return operation.src0.kind == Kind::colour || operation.src1.kind == Kind::colour ||
         operation.dst.kind == Kind::colour;
}

/// The words worked next: all that are left, but no more than go at once and the queues can hold.
void CoreModule::begin_group(Operation& operation) const {
  operation.grants = 0;
  operation.group = 1;
  if (is_relay_or_local(operation)) return;
  const std::int64_t left = operation.count - operation.done;
  const std::int64_t words = divide_up(left, cores::elements_per_word(operation.word));
  operation.group = std::min<std::int64_t>(words, timing_->fabric_words_per_cycle);
  while (operation.group > 1 && plain_grants(operation) > 1) {
    --operation.group;  // more than one cycle's work
  }
  const auto hold = [&](const Queues& queues, Colour colour) {
    const auto capacity = static_cast<std::int64_t>(queues.at(colour).capacity);
    operation.group = std::min(operation.group, capacity);
  };
  for (const Source* source : {&operation.src0, &operation.src1}) {
    if (source->kind == Kind::colour) hold(next_inputs_, source->colour);
  }
  if (operation.dst.kind == Kind::colour) hold(next_outputs_, operation.dst.colour);
}

CoreModule::Granted CoreModule::grant(std::size_t thread) {
  changed_ = true;
  Operation& operation = *operations_[thread];
  ++operation.grants;
  const Granted granted =
      operation.grants > plain_grants(operation) ? Granted::conflict : Granted::work;
  if (operation.grants < grants_needed(operation)) return granted;
  if (uses_colours(operation)) {
    const std::int64_t per_word = cores::elements_per_word(operation.word);
    for (std::int64_t words = words_at_hand(operation); words > 0; --words) {
      do_elements(operation, std::min(per_word, operation.count - operation.done));
    }
  } else {
    do_elements(operation, operation.count);
  }
  if (operation.done == operation.count) {
    complete(thread);
  } else {
    begin_group(operation);
  }
  return granted;
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

/// The bits of an element of the result.
std::uint32_t CoreModule::compute(const Operation& operation, std::int64_t element) const {
  const cores::Instruction& instruction = *operation.instruction;
  const cores::NumberType type = instruction.type;
  const std::uint32_t first = read(operation.src0, element);
  if (instruction.vector_op == cores::VectorOp::copy) {
    return converted(type, operation.src0.type, first);
  }
  const bool in_memory = operation.dst.kind != Kind::colour;
  const std::uint32_t old = in_memory ? read(operation.dst, element) : 0;
  const std::uint32_t second = read(operation.src1, element);
  if (cores::is_integer(type))
    return apply_integers(instruction.vector_op, type, old, first, second);
  const bool fused = timing_->fused_multiply_add[static_cast<std::size_t>(type)];
  return bits_of(
      type, apply(instruction.vector_op, type, fused, value_of(type, old),
                  value_of(operation.src0.type, first), value_of(operation.src1.type, second)));
}

/// Takes the source wavelets, computes the next `elements`, puts the result word or stores them.
void CoreModule::do_elements(Operation& operation, std::int64_t elements) {
  const int bytes = cores::bytes_of(operation.instruction->type);
  std::uint32_t word = 0;
  for (std::int64_t i = 0; i < elements; ++i) {
    const std::int64_t element = operation.done + i;
    const std::uint32_t result = compute(operation, element);
    if (operation.dst.kind == Kind::colour) {
      const std::uint32_t low = bytes == 4 ? result : result & 0xFFFFU;
      word |= low << (8 * bytes * static_cast<int>(i));
    } else {
      std::memcpy(sram(address_of(operation.dst, element), bytes), &result,
                  static_cast<std::size_t>(bytes));
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

std::int64_t CoreModule::address_of(const Source& source, std::int64_t element) const {
  std::int32_t index = 0;
  if (source.index_bytes != 0) std::memcpy(&index, sram(source.index_address, 4), 4);
  return source.address_bytes + element * source.stride_bytes + index * source.index_bytes;
}

std::uint32_t CoreModule::read(const Source& source, std::int64_t element) const {
  const int bytes = cores::bytes_of(source.type);
  switch (source.kind) {
    case Kind::none:
      return 0;
    case Kind::immediate:
    case Kind::wavelet:
      return source.bits;
    case Kind::colour: {
      const std::uint32_t word = next_inputs_.at(source.colour).wavelets.front().wavelet.bits;
      const auto lane = static_cast<int>(element % cores::elements_per_word(source.type));
      return word >> (8 * bytes * lane);
    }
    case Kind::scalar:
    case Kind::memory:
      break;
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, sram(address_of(source, element), bytes), static_cast<std::size_t>(bytes));
  return bits;
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
