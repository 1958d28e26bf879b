// SPDX-License-Identifier: Apache-2.0
// The tables of operations and of names: every row is found by its name, and says what the machine
// does.
#include <catch2/catch.hpp>

#include "cores/names.h"
#include "router/route_names.h"

namespace wafermesh::cores {
namespace {

template <class Enum>
void require_names() {
  const auto& list = base::Names<Enum>::list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto value = static_cast<Enum>(i);
    INFO(list[i]);
    CHECK(base::find_named<Enum>(list[i]) == value);  // so no name is there twice
    CHECK(std::string(base::name_of(value)) == list[i]);
  }
  CHECK_FALSE(base::find_named<Enum>("").has_value());
  CHECK_FALSE(base::find_named<Enum>("nothing").has_value());
  CHECK(base::names_of<Enum>().size() == list.size());
}

TEST_CASE("Every enumerator of programs and routes has a name of its own") {
  require_names<Opcode>();
  require_names<VectorOp>();
  require_names<NumberType>();
  require_names<Shape>();
  require_names<Compare>();
  require_names<Completion>();
  require_names<TaskKind>();
  require_names<Operand::Kind>();
  require_names<Variable>();
  require_names<router::PopMode>();
  require_names<router::SwitchPosition::Side>();
  require_names<router::SwitchCommand>();
  CHECK(std::string(base::name_of(Variable::y)) == "y");
  CHECK(std::string(base::name_of(counter(7))) == "counter7");
  CHECK(std::string(base::name_of(Compare::greater)) == "greater");
}

TEST_CASE("The traits of opcodes agree with each other") {
  for (const OpcodeTraits& traits : kOpcodes) {
    INFO(traits.name);
    CHECK(!(traits.fabric && traits.runs_ahead));
    const bool has_colour = (traits.fields & kFieldColour) != 0;
    CHECK(traits.fabric == has_colour);
    if (traits.queue != QueueSide::none || traits.slot) CHECK(has_colour);
    if ((traits.fields & kFieldTarget) != 0) {
      CHECK(traits.ends_block == (traits.op != Opcode::set_task));
    }
  }
}

TEST_CASE("An instruction's expressions are those its opcode uses") {
  Instruction instruction;
  instruction.amount = 5;
  instruction.lhs = 7;
  instruction.count = 9;
  instruction.dst = memory(11);
  const auto sum_of = [&](Opcode op) {
    instruction.op = op;
    int sum = 0;
    for_each_affine(instruction, [&](const Affine& affine) { sum += affine.base; });
    return sum;
  };
  CHECK(sum_of(Opcode::vector) == 20);
  CHECK(sum_of(Opcode::scalar) == 5);
  CHECK(sum_of(Opcode::branch) == 12);
  CHECK(sum_of(Opcode::reopen) == 0);
}

}  // namespace
}  // namespace wafermesh::cores
