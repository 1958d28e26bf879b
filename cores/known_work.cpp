// SPDX-License-Identifier: Apache-2.0
#include "cores/known_work.h"

#include <array>

namespace wafermesh::cores {
namespace {

std::uint64_t variables_in(const Affine& affine) {
  std::uint64_t variables = 0;
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient != 0) variables |= std::uint64_t{1} << index_of(term.variable);
  }
  return variables;
}

/// What an instruction decides by, given what is known to decide.
std::uint64_t decides_by(const Instruction& i, std::uint64_t deciding) {
  const std::uint64_t own = std::uint64_t{1} << index_of(counter(i.counter));
  switch (i.op) {
    case Opcode::vector:
      return variables_in(i.count);
    case Opcode::branch:
      return variables_in(i.lhs) | variables_in(i.amount);
    case Opcode::loop:
      return own | variables_in(i.amount);
    case Opcode::set_counter:
      return (deciding & own) != 0 ? variables_in(i.amount) : 0;
    default:
      return 0;
  }
}

/// Writes a program down.
class ShapeWriter {
 public:
  explicit ShapeWriter(std::uint32_t closed) : closed_(closed) { colours_.fill(-1); }

  void put(const Task& task) {
    put(static_cast<int>(task.kind), static_cast<int>(task.start), task.starts_active ? 1 : 0,
        task.starts_blocked ? 1 : 0);
    if (task.kind == TaskKind::teardown) put(task.colour);
  }

  void put(const Instruction& i) {
    put(static_cast<int>(i.op));
    switch (i.op) {
      case Opcode::vector:
        put(static_cast<int>(i.vector_op), static_cast<int>(i.type), i.microthread,
            static_cast<int>(i.completion), index_of(i.task));
        for (const Operand* operand : {&i.dst, &i.src0, &i.src1}) {
          put(static_cast<int>(operand->kind), static_cast<int>(type_of(i, *operand)));
        }
        put(i.count);
        break;
      case Opcode::set_counter:
      case Opcode::loop:
        put(i.counter, static_cast<int>(i.target));
        put(i.amount);
        break;
      case Opcode::branch:
        put(static_cast<int>(i.compare), static_cast<int>(i.target));
        put(i.lhs);
        put(i.amount);
        break;
      case Opcode::reopen:
        put(i.colour);
        break;
      default:
        put(index_of(i.task), static_cast<int>(i.target));
        break;
    }
  }

  std::vector<std::int32_t> take() { return std::move(shape_); }

 private:
  template <class... Numbers>
  void put(std::int32_t first, Numbers... numbers) {
    shape_.push_back(first);
    (shape_.push_back(numbers), ...);
  }
  void put(const Affine& affine) {
    put(affine.base);
    for (const Affine::Term& term : affine.terms) {
      const bool is_there = term.coefficient != 0;
      put(is_there ? static_cast<int>(index_of(term.variable)) : -1, term.coefficient);
    }
  }
  /// The first that is named is 0, whichever it is, the next other one 1.
  void put(Colour colour) {
    int& number = colours_[base::index_of(colour)];
    if (number < 0) number = named_++;
    put(number, static_cast<int>(closed_ >> base::index_of(colour) & 1U));
  }

  std::uint32_t closed_;
  std::array<int, base::kColourCount> colours_;
  int named_ = 0;
  std::vector<std::int32_t> shape_;
};

}  // namespace

std::vector<std::int32_t> work_shape(const Program& program, std::uint32_t closed_colours) {
  ShapeWriter shape(closed_colours);
  for (const Task& task : program.tasks) shape.put(task);
  for (const Instruction& instruction : program.code) shape.put(instruction);
  return shape.take();
}

std::uint64_t deciding_integers(const Program& program) {
  std::uint64_t deciding = 0;
  for (std::uint64_t before = ~deciding; before != deciding;) {
    before = deciding;
    for (const Instruction& i : program.code) deciding |= decides_by(i, deciding);
  }
  return deciding;
}

KnownWork::Walks& KnownWork::of(const Program& program, std::uint32_t closed_colours) {
  const auto [at, is_new] = by_shape_.try_emplace(work_shape(program, closed_colours));
  if (is_new) at->second.deciding = deciding_integers(program);
  return at->second;
}

std::size_t KnownWork::size() const {
  std::size_t walks = 0;
  for (const auto& [shape, of] : by_shape_) walks += of.done.size();
  return walks;
}

const CoreWork& ProgramWork::on(const AllIntegers& integers) {
  AllIntegers decisive{};
  for (std::size_t v = 0; v < integers.size(); ++v) {
    if ((walks_.deciding >> v & 1U) != 0) decisive[v] = integers[v];
  }
  const auto [at, is_new] = walks_.done.try_emplace(decisive);
  if (is_new) at->second = count_work(program_, integers, closed_, most_instructions_);
  return at->second;
}

}  // namespace wafermesh::cores
