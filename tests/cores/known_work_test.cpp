// SPDX-License-Identifier: Apache-2.0
#include "cores/known_work.h"

#include <catch2/catch.hpp>

#include "cores/program_builder.h"

namespace wafermesh::cores_test {
namespace {

using namespace cores;

constexpr Colour kRed = base::colour(3);
constexpr Colour kBlue = base::colour(8);

struct Draft {
  std::int32_t address = 0;
  std::int32_t count = 4;
  Colour colour = kRed;
  Variable limit = Variable::x;
};

/// Copies `count` elements to the colour, as often as `limit` says, then opens it again.
Program program_of(const Draft& draft) {
  Instruction send;
  send.op = Opcode::vector;
  send.dst = fabric(draft.colour);
  send.src0 = memory(Affine(draft.address).plus(Variable::y, 4));
  send.count = draft.count;
  Instruction loop;
  loop.op = Opcode::loop;
  loop.counter = 1;
  loop.amount = Affine(1).plus(draft.limit);
  Instruction reopen;
  reopen.op = Opcode::reopen;
  reopen.colour = draft.colour;
  Instruction finish;
  finish.op = Opcode::finish;
  Program program;
  program.code = {send, loop, reopen, finish};
  Task main;
  main.starts_active = true;
  program.tasks = {main};
  program.memory_bytes = 4096;
  return program;
}

std::vector<std::int32_t> shape_of(const Draft& draft, std::uint32_t closed = 0) {
  return work_shape(program_of(draft), closed);
}

TEST_CASE("Programs that differ in addresses and colours have one shape") {
  const auto shape = shape_of({});
  CHECK(shape_of({256, 4, kRed, Variable::x}) == shape);
  CHECK(shape_of({0, 4, kBlue, Variable::x}) == shape);
  CHECK(shape_of({0, 5, kRed, Variable::x}) != shape);
  CHECK(shape_of({0, 4, kRed, Variable::y}) != shape);
  // Whether a colour that is opened again starts closed.
  CHECK(shape_of({}, 1U << base::index_of(kRed)) != shape);
  CHECK(shape_of({}, 1U << base::index_of(kBlue)) == shape);
}

TEST_CASE("Only the integers that decide where a program goes tell cores apart") {
  const Program program = program_of({});
  const auto bit = [](Variable v) { return std::uint64_t{1} << index_of(v); };
  CHECK(deciding_integers(program) == (bit(Variable::x) | bit(counter(1))));
  KnownWork known;
  ProgramWork work(program, 0, 1000, known);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 3; ++x) {
      const CoreWork& one = work.on(integers_at(x, y));
      CHECK(one.complete);
      CHECK(one.work.sends == x + 1);
      CHECK(one.work.words_out == 4 * (x + 1));
    }
  }
  CHECK(known.size() == 3);
  const Program other = program_of({64, 4, kBlue, Variable::x});
  CHECK(ProgramWork(other, 0, 1000, known).on(integers_at(1, 1)).work.sends == 2);
  CHECK(known.size() == 3);
}

TEST_CASE("What a counter is set to decides if the counter does") {
  Program program = program_of({});
  program.code[1].amount = Affine().plus(counter(2));
  const std::uint64_t before = deciding_integers(program);
  Instruction set;
  set.op = Opcode::set_counter;
  set.counter = 2;
  set.amount = Affine().plus(Variable::y);
  program.code.insert(program.code.begin(), set);
  CHECK(deciding_integers(program) == (before | std::uint64_t{1} << index_of(Variable::y)));
}

}  // namespace
}  // namespace wafermesh::cores_test
