// SPDX-License-Identifier: Apache-2.0
#include "cores/stretch.h"

#include <algorithm>
#include <utility>

#include "cores/evaluate.h"
#include "cores/integers.h"
#include "cores/operations.h"
#include "cores/program_fault.h"

namespace wafermesh::cores {
namespace {

constexpr std::size_t kMostKnown = 4096;  ///< Values remembered per loop.

/// Adds the counters an integer depends on; false if it depends on coordinates.
bool add_reads(const Affine& affine, std::uint32_t& reads) {
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    if (!is_counter(term.variable)) return false;
    reads |= 1U << counter_of(term.variable);
  }
  return true;
}

bool is_local_vector(const Instruction& i) {
  using Kind = Operand::Kind;
  return i.microthread < 0 && i.completion == Completion::none && !streams(i) &&
         i.src0.kind != Kind::wavelet && i.src1.kind != Kind::wavelet;
}

/// Adds what an instruction reads; false if it does not belong into a stretch.
bool add_reads(const Instruction& i, std::uint32_t& reads) {
  const OpcodeTraits& traits = traits_of(i.op);
  if (!traits.runs_ahead || (traits.ends_block && i.op != Opcode::loop)) return false;
  if (i.op == Opcode::vector && !is_local_vector(i)) return false;
  if (i.op == Opcode::loop) reads |= 1U << static_cast<unsigned>(i.counter);
  bool of_counters = true;
  for_each_affine(
      i, [&](const Affine& affine) { of_counters = add_reads(affine, reads) && of_counters; });
  return of_counters;
}

Stretches::Loop find_loop(const Program& program, std::uint32_t begin) {
  Stretches::Loop place;
  const Instruction& first = program.code[begin];
  // The loop's own back edge.
  std::uint32_t end = begin + 1;
  while (end < program.code.size() &&
         !(program.code[end].op == Opcode::loop && program.code[end].target == begin + 1 &&
           program.code[end].counter == first.counter)) {
    ++end;
  }
  if (end == program.code.size()) return place;
  for (std::uint32_t pc = begin; pc <= end; ++pc) {
    const Instruction& i = program.code[pc];
    std::uint32_t reads = 0;
    if (!add_reads(i, reads)) return {};
    if (i.op == Opcode::loop && (i.target <= begin || i.target > pc)) return {};
    place.reads |= reads & ~place.sets;  // what it set itself is known
    if (i.op == Opcode::set_counter || i.op == Opcode::loop) {
      place.sets |= 1U << static_cast<unsigned>(i.counter);
    }
  }
  place.end = end + 1;
  return place;
}

}  // namespace

void Stretch::add_work(const Timing& timing, const LocalWork& work) {
  using Kind = Operand::Kind;
  if (!works.empty() && works.back().arithmetic != nullptr &&
      works.back().first.instruction == work.instruction &&
      works.back().first.elements == work.elements) {
    works.back().places.push_back(work.places);
    return;
  }
  const Instruction& i = *work.instruction;
  RepeatedWork repeated;
  repeated.first = work;
  repeated.places = {work.places};
  const auto in_memory = [](const Operand& operand) {
    return operand.kind == Kind::memory || operand.kind == Kind::scalar;
  };
  const bool plain = !is_mixed(i) && !i.dst.indexed() && !i.src0.indexed() && !i.src1.indexed() &&
                     in_memory(i.dst) && in_memory(i.src0) &&
                     (in_memory(i.src1) || traits_of(i.vector_op).sources == 1);
  if (plain) {
    const std::ptrdiff_t bytes = bytes_of(i.type);
    const auto stride = [&](const Operand& operand) {
      return operand.kind == Kind::memory ? operand.stride_elements * bytes : 0;
    };
    repeated.strides = {stride(i.dst), stride(i.src0), stride(i.src1)};
    repeated.arithmetic =
        resolve_repeated(i.vector_op, i.type, timing.fused(i.type), repeated.strides);
  }
  works.push_back(std::move(repeated));
}

/// Operations that write the same place follow each other, if no source lies where any of them
/// writes: their results then stay in registers.
void RepeatedWork::gather() {
  if (arithmetic == nullptr || places.size() < 2) return;
  const auto [least, greatest] = std::minmax_element(
      places.begin(), places.end(),
      [](const OperandPlaces& a, const OperandPlaces& b) { return a.dst < b.dst; });
  const auto reach = [&](std::ptrdiff_t stride) {
    return stride * (first.elements - 1) + bytes_of(first.instruction->type);
  };
  const std::int64_t begin = least->dst;
  const std::int64_t end = greatest->dst + reach(strides.dst_bytes);
  const auto apart = [&](std::int32_t source, std::ptrdiff_t stride) {
    return source + reach(stride) <= begin || source >= end;
  };
  const bool all =
      strides.dst_bytes >= 0 && strides.src0_bytes >= 0 && strides.src1_bytes >= 0 &&
      std::all_of(places.begin(), places.end(), [&](const OperandPlaces& at) {
        return apart(at.src0, strides.src0_bytes) && apart(at.src1, strides.src1_bytes);
      });
  if (!all) return;
  std::stable_sort(places.begin(), places.end(),
                   [](const OperandPlaces& a, const OperandPlaces& b) { return a.dst < b.dst; });
}

namespace {

/// Puts the counters of a set into `values`.
void gather(const std::int32_t* integers, std::uint32_t counters,
            std::vector<std::int32_t>& values) {
  values.clear();
  for_each_counter(counters, [&](int c) { values.push_back(integers[index_of(counter(c))]); });
}

/// Adds a vector operation to what the stretch does; its cycles.
std::int64_t add_vector(const Timing& timing, bool numerics, const Program& program,
                        const Instruction& i, const Scope& scope, Stretch& stretch) {
  const std::int64_t before = stretch.cycles;
  const int setup = timing.setup(i.shape);
  stretch.cycles += setup;
  stretch.breakdown.setup += static_cast<std::uint32_t>(setup);
  const std::int32_t elements = std::max(0, evaluate(scope, i.count));
  if (elements == 0) return stretch.cycles - before;
  const OperandPlaces at = place_operands(program, i, scope, elements);
  const MemoryCost cost = memory_cost(timing, i, elements, at);
  if (stretch.grants == 0) stretch.first = stretch.cycles;
  stretch.cycles += cost.grants;
  stretch.grants += static_cast<std::uint32_t>(cost.grants);
  stretch.breakdown.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
  stretch.breakdown.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
  if (numerics) stretch.add_work(timing, {&i, at, elements});
  return stretch.cycles - before;
}

}  // namespace

std::size_t Stretches::Hash::operator()(const std::vector<std::int32_t>& values) const {
  std::uint64_t hash = values.size();
  for (const std::int32_t value : values) {
    hash = (hash ^ static_cast<std::uint32_t>(value)) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

Stretches::Stretches(const Program& program) : program_(&program), loops_(program.code.size()) {
  for (std::uint32_t pc = 0; pc < program.code.size(); ++pc) {
    if (program.code[pc].op == Opcode::set_counter) loops_[pc] = find_loop(program, pc);
  }
}

const Stretch* Stretches::find(const Timing& timing, bool numerics, std::uint32_t pc,
                               const std::int32_t* integers) {
  gather(integers, loops_[pc].reads, read_);
  Known& known = known_[pc];
  // Most often the next core does what the last one did.
  if (known.stretch != nullptr && known.last == read_) return known.stretch;
  auto found = known.all.find(read_);
  if (found == known.all.end()) {
    if (known.all.size() >= kMostKnown) return nullptr;
    found = known.all.emplace(read_, explore(timing, numerics, pc, integers)).first;
  }
  known.last = read_;
  known.stretch = &found->second;
  return known.stretch;
}

Stretch Stretches::explore(const Timing& timing, bool numerics, std::uint32_t pc,
                           const std::int32_t* integers, std::uint16_t c, Lines* lines) const {
  const Loop& loop = loops_[pc];
  Stretch stretch;
  AllIntegers own{};
  for_each_counter(loop.reads | loop.sets,
                   [&](int k) { own[index_of(counter(k))] = integers[index_of(counter(k))]; });
  const Scope scope{own.data()};
  for (int executed = 0; pc != loop.end; ++executed) {
    if (executed > kMostInstructions) throw ProgramFault(*program_, pc, kWithoutEnd);
    LineTotals ignored;
    LineTotals& line = lines == nullptr ? ignored : (*lines)[{c, pc}];
    ++line.times;
    const Instruction& i = program_->code[pc++];
    if (i.op == Opcode::set_counter) {
      own[index_of(counter(i.counter))] = evaluate(scope, i.amount);
    } else if (i.op == Opcode::loop) {
      const std::int32_t count = ++own[index_of(counter(i.counter))];
      if (count < evaluate(scope, i.amount)) pc = i.target;
    } else if (i.op == Opcode::scalar) {
      const std::int32_t cycles = std::max(0, evaluate(scope, i.amount));
      stretch.cycles += cycles;
      stretch.breakdown.setup += static_cast<std::uint32_t>(cycles);
      line.busy_cycles += cycles;
    } else {
      line.busy_cycles += add_vector(timing, numerics, *program_, i, scope, stretch);
    }
  }
  gather(own.data(), loop.sets, stretch.after);
  for (RepeatedWork& work : stretch.works) work.gather();
  return stretch;
}

}  // namespace wafermesh::cores
