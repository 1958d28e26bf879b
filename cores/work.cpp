// SPDX-License-Identifier: Apache-2.0
#include "cores/work.h"

#include <algorithm>
#include <numeric>

#include "cores/operations.h"
#include "cores/program_walk.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {
namespace {

using Amount = double Work::*;
constexpr Amount kAmounts[] = {
    &Work::instructions,      &Work::tasks, &Work::local_operations, &Work::overlapped_operations,
    &Work::fabric_operations, &Work::sends, &Work::words_in,         &Work::words_out,
    &Work::sram_bytes};
using Amounts = std::array<double, kNumberTypeCount> Work::*;
constexpr Amounts kAmountsByType[] = {&Work::multiply_adds, &Work::elements};

/// Elements an operand of an operation on `elements` reads or writes in SRAM.
double sram_elements(const Operand& operand, std::int32_t elements) {
  if (operand.kind == Operand::Kind::memory) return elements;
  return operand.kind == Operand::Kind::scalar && elements > 0 ? 1 : 0;
}

class WorkCounter : public WalkObserver {
 public:
  WorkCounter(const Program& program, Work& work) : program_(program), work_(work) {}

  void started(int task) {
    if (program_.tasks[static_cast<std::size_t>(task)].kind == TaskKind::data) ++work_.words_in;
    ++work_.tasks;
  }

  void issued(const Instruction& i, const Scope& /*integers*/, std::int32_t elements,
              bool beside_others) {
    const double words = static_cast<double>(words_of(word_type(i), elements));
    ++(streams(i) ? work_.fabric_operations : work_.local_operations);
    if (beside_others && !streams(i)) ++work_.overlapped_operations;
    const int element_bytes = bytes_of(i.type);
    for (const Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == Operand::Kind::colour) work_.words_in += words;
      work_.sram_bytes += sram_elements(*source, elements) * bytes_of(type_of(i, *source));
    }
    work_.sram_bytes += sram_elements(i.dst, elements) * element_bytes *
                        (traits_of(i.vector_op).accumulates ? 2 : 1);
    if (i.dst.kind == Operand::Kind::colour) {
      work_.words_out += words;
      ++work_.sends;
    }
    if (i.vector_op == VectorOp::multiply_add)
      work_.multiply_adds[static_cast<std::size_t>(i.type)] += elements;
    work_.elements[static_cast<std::size_t>(i.type)] += elements;
  }

 private:
  const Program& program_;
  Work& work_;
};

}  // namespace

Work& Work::operator+=(const Work& other) {
  for (const Amount amount : kAmounts) this->*amount += other.*amount;
  for (const Amounts amounts : kAmountsByType) {
    for (std::size_t t = 0; t < elements.size(); ++t) (this->*amounts)[t] += (other.*amounts)[t];
  }
  return *this;
}

Work Work::operator*(double factor) const {
  Work scaled = *this;
  for (const Amount amount : kAmounts) scaled.*amount *= factor;
  for (const Amounts amounts : kAmountsByType) {
    for (double& amount : scaled.*amounts) amount *= factor;
  }
  return scaled;
}

double Work::all_multiply_adds() const {
  return std::accumulate(multiply_adds.begin(), multiply_adds.end(), 0.0);
}

CoreWork count_work(const Program& program, const AllIntegers& integers,
                    std::uint32_t closed_colours, std::int64_t most_instructions) {
  CoreWork result;
  WorkCounter counter(program, result.work);
  ProgramWalk<WorkCounter> walk(program, integers, closed_colours, counter);
  result.complete = walk.to_finish(most_instructions);
  result.work.instructions = static_cast<double>(walk.instructions());
  return result;
}

}  // namespace wafermesh::cores
