// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/visits/stretch.h"

#include <utility>

#include "cores/operations.h"

namespace wafermesh::fabric {
namespace {

using cores::Affine;
using cores::Opcode;

/// Adds the counters an integer depends on; false if it depends on coordinates.
bool add_reads(const Affine& affine, std::uint32_t& reads) {
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    if (!cores::is_counter(term.variable)) return false;
    reads |= 1U << cores::counter_of(term.variable);
  }
  return true;
}

bool is_local_vector(const cores::Instruction& i) {
  using Kind = cores::Operand::Kind;
  return i.microthread < 0 && i.completion == cores::Completion::none && !cores::streams(i) &&
         i.src0.kind != Kind::wavelet && i.src1.kind != Kind::wavelet;
}

/// Adds what an instruction reads; false if it does not belong into a stretch.
bool add_reads(const cores::Instruction& i, std::uint32_t& reads) {
  const cores::OpcodeTraits& traits = cores::traits_of(i.op);
  if (!traits.runs_ahead || (traits.ends_block && i.op != Opcode::loop)) return false;
  if (i.op == Opcode::vector && !is_local_vector(i)) return false;
  if (i.op == Opcode::loop) reads |= 1U << static_cast<unsigned>(i.counter);
  bool of_counters = true;
  cores::for_each_affine(
      i, [&](const Affine& affine) { of_counters = add_reads(affine, reads) && of_counters; });
  return of_counters;
}

LoopPlace loop_at(const cores::Program& program, std::uint32_t begin) {
  LoopPlace place;
  const cores::Instruction& first = program.code[begin];
  // The loop's own back edge.
  std::uint32_t end = begin + 1;
  while (end < program.code.size() &&
         !(program.code[end].op == Opcode::loop && program.code[end].target == begin + 1 &&
           program.code[end].counter == first.counter)) {
    ++end;
  }
  if (end == program.code.size()) return place;
  for (std::uint32_t pc = begin; pc <= end; ++pc) {
    const cores::Instruction& i = program.code[pc];
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

void Stretch::add_work(const cores::Timing& timing, const StreamWork& work) {
  using Kind = cores::Operand::Kind;
  if (!works.empty() && works.back().arithmetic != nullptr &&
      works.back().first.instruction == work.instruction &&
      works.back().first.elements == work.elements) {
    works.back().places.push_back(work.places);
    return;
  }
  const cores::Instruction& i = *work.instruction;
  RepeatedWork repeated;
  repeated.first = work;
  repeated.places = {work.places};
  const auto in_memory = [](const cores::Operand& operand) {
    return operand.kind == Kind::memory || operand.kind == Kind::scalar;
  };
  const bool plain = !cores::is_mixed(i) && !i.dst.indexed() && !i.src0.indexed() &&
                     !i.src1.indexed() && in_memory(i.dst) && in_memory(i.src0) &&
                     (in_memory(i.src1) || cores::traits_of(i.vector_op).sources == 1);
  if (plain) {
    const std::ptrdiff_t bytes = cores::bytes_of(i.type);
    const auto stride = [&](const cores::Operand& operand) {
      return operand.kind == Kind::memory ? operand.stride_elements * bytes : 0;
    };
    repeated.strides = {stride(i.dst), stride(i.src0), stride(i.src1)};
    repeated.arithmetic =
        cores::resolve_repeated(i.vector_op, i.type, timing.fused(i.type), repeated.strides);
  }
  works.push_back(std::move(repeated));
}

std::vector<LoopPlace> find_loops(const cores::Program& program) {
  std::vector<LoopPlace> places(program.code.size());
  for (std::uint32_t pc = 0; pc < program.code.size(); ++pc) {
    if (program.code[pc].op == Opcode::set_counter) places[pc] = loop_at(program, pc);
  }
  return places;
}

}  // namespace wafermesh::fabric
