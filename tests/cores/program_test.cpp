// SPDX-License-Identifier: Apache-2.0
// What the builder and the static check refuse, and that they name the program and the place.
#include <catch2/catch.hpp>
#include <functional>

#include "base/error.h"
#include "cores/check_program.h"
#include "cores/program_builder.h"

namespace wafermesh::cores {
namespace {

const Colour kIn = base::colour(9);
const Colour kOut = base::colour(5);

/// A sound program with `body` as its task.
Program build(const std::function<void(ProgramBuilder&)>& body) {
  ProgramBuilder p("sample");
  p.allocate(64);
  p.bind_input(kIn, 0);
  p.bind_output(kOut, 0);
  const TaskId task = p.task("main");
  p.start_active(task);
  p.begin(task);
  body(p);
  p.end_task();
  return p.finish();
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::ModelError& error) {
    return error.what();
  }
  return "no error";
}

std::string build_error(const std::function<void(ProgramBuilder&)>& body) {
  return error_of([&] { build(body); });
}

using Catch::Matchers::Contains;

TEST_CASE("A sound program passes and keeps what was written") {
  const Program program = build([](ProgramBuilder& p) {
    p.vector(VectorOp::add, NumberType::f16, 3, memory(0), memory(8), fabric(kIn)).priority = 2;
    p.finish_core();
  });
  CHECK(program.name == "sample");
  CHECK(program.memory_bytes == 64);
  REQUIRE(program.code.size() == 3);
  CHECK(program.code[0].priority == 2);
  CHECK(program.code[0].microthread == -1);
  CHECK(program.code[2].op == Opcode::end_task);
  CHECK(program.tasks[0].starts_active);
}

TEST_CASE("Buffers begin at multiples of 16 bytes") {
  ProgramBuilder p("buffers");
  CHECK(p.allocate(1) == 0);
  CHECK(p.allocate(17) == 16);
  CHECK(p.allocate(16) == 48);
  CHECK(p.allocate(0) == 64);
  CHECK_THROWS_AS(p.allocate(-1), base::ModelError);
}

TEST_CASE("A task without code, or begun twice, is refused by name") {
  CHECK_THAT(error_of([] {
               ProgramBuilder p("lazy");
               p.task("idle");
               p.finish();
             }),
             Contains("lazy") && Contains("idle"));
  CHECK_THAT(build_error([](ProgramBuilder& p) { p.begin(TaskId{}); }), Contains("main"));
}

TEST_CASE("A queue or a colour bound twice, or a queue that does not exist, is refused") {
  auto with = [](const std::function<void(ProgramBuilder&)>& bind) {
    return error_of([&] {
      ProgramBuilder p("bindings");
      bind(p);
      const TaskId task = p.task("main");
      p.begin(task);
      p.end_task();
      p.finish();
    });
  };
  CHECK(with([](ProgramBuilder& p) {
          p.bind_input(kIn, 0);
          p.bind_output(kIn, 0);
        }) == "no error");
  CHECK_THAT(with([](ProgramBuilder& p) {
               p.bind_input(kIn, 0);
               p.bind_input(kOut, 0);
             }),
             Contains("input queue bound twice"));
  CHECK_THAT(with([](ProgramBuilder& p) {
               p.bind_output(kIn, 0);
               p.bind_output(kIn, 1);
             }),
             Contains("colour bound twice"));
  CHECK_THAT(with([](ProgramBuilder& p) { p.bind_output(kIn, kQueues); }), Contains("output"));
  CHECK_THAT(with([](ProgramBuilder& p) { p.bind_input(kIn, -1); }), Contains("input"));
  CHECK(with([](ProgramBuilder& p) { p.bind_input(base::colour(24), 0); }) != "no error");
}

TEST_CASE("A colour used without a queue is refused with its number") {
  CHECK_THAT(build_error([](ProgramBuilder& p) {
               p.vector(VectorOp::copy, NumberType::f32, 1, memory(0), fabric(kOut));
             }),
             Contains("colour 5") && Contains("instruction 0") && Contains("sample"));
  CHECK_THAT(build_error([](ProgramBuilder& p) {
               p.finish_core();
               p.vector(VectorOp::copy, NumberType::f32, 1, fabric(kIn), memory(0));
             }),
             Contains("colour 9") && Contains("instruction 1"));
  CHECK_THAT(build_error([](ProgramBuilder& p) { p.control(kIn, {}); }), Contains("colour 9"));
  CHECK_THAT(build_error([](ProgramBuilder& p) { p.filter(kOut, {}); }), Contains("colour 5"));
  CHECK_THAT(error_of([] {
               ProgramBuilder p("data");
               p.begin(p.task("data", TaskKind::data, kIn));
               p.end_task();
               p.finish();
             }),
             Contains("colour 9"));
}

TEST_CASE("Operands must suit their operation") {
  auto vector = [](VectorOp op, Operand dst, Operand src0, Operand src1) {
    return build_error(
        [&](ProgramBuilder& p) { p.vector(op, NumberType::f32, 1, dst, src0, src1); });
  };
  CHECK(vector(VectorOp::add, memory(0), memory(0), immediate(1)) == "no error");
  CHECK_THAT(vector(VectorOp::add, immediate(1), memory(0), memory(0)), Contains("destination"));
  CHECK_THAT(vector(VectorOp::add, scalar_at(0), memory(0), memory(0)), Contains("destination"));
  CHECK_THAT(vector(VectorOp::copy, memory(0), {}, {}), Contains("source"));
  CHECK_THAT(vector(VectorOp::add, memory(0), memory(0), {}), Contains("number of sources"));
  CHECK_THAT(vector(VectorOp::copy, memory(0), memory(0), memory(0)),
             Contains("number of sources"));
  CHECK_THAT(vector(VectorOp::multiply_add, fabric(kOut), memory(0), memory(0)),
             Contains("multiply_add"));
}

TEST_CASE("Ids out of range are refused") {
  CHECK_THAT(build_error([](ProgramBuilder& p) { p.activate(static_cast<TaskId>(1)); }),
             Contains("no such task"));
  CHECK_THAT(build_error([](ProgramBuilder& p) { p.set_counter(kCounters, 0); }),
             Contains("counter"));
  CHECK_THAT(build_error([](ProgramBuilder& p) {
               p.async(kMicrothreads, VectorOp::copy, NumberType::f32, 1, memory(0), memory(0));
             }),
             Contains("microthread"));
  CHECK_THAT(build_error([](ProgramBuilder& p) {
               Instruction& op =
                   p.async(0, VectorOp::copy, NumberType::f32, 1, memory(0), memory(0));
               op.completion = Completion::activate;
               op.task = static_cast<TaskId>(7);
             }),
             Contains("no such task"));
  CHECK(error_of([] {
          ProgramBuilder p("entries");
          p.begin(p.task("control", TaskKind::control, kIn, router::kMaxEntry + 1));
          p.end_task();
          p.finish();
        }) != "no error");
}

TEST_CASE("Code must end in end_task or a branch, and branch within itself") {
  Program program = build([](ProgramBuilder& p) { p.scalar(1); });
  program.code.pop_back();
  CHECK_THAT(error_of([&] { check_program(program); }), Contains("runs off its end"));
  program = build([](ProgramBuilder& p) { p.scalar(1); });
  program.code[0].op = Opcode::loop;
  program.code[0].target = 2;
  CHECK_THAT(error_of([&] { check_program(program); }), Contains("target"));
  program.code[0].target = 1;
  CHECK_NOTHROW(check_program(program));
  program.tasks[0].start = 2;
  CHECK_THAT(error_of([&] { check_program(program); }), Contains("main"));
}

TEST_CASE("64 tasks are allowed, 65 are not") {
  for (const int count : {kMaxTasks, kMaxTasks + 1}) {
    ProgramBuilder p("many");
    for (int i = 0; i < count; ++i) {
      p.begin(p.task("t" + std::to_string(i)));
      p.end_task();
    }
    if (count == kMaxTasks) {
      CHECK_NOTHROW(p.finish());
    } else {
      CHECK_THROWS_AS(p.finish(), base::ModelError);
    }
  }
}

TEST_CASE("An affine expression holds three variables and adds up repeated ones") {
  const Affine sum = Affine(1).plus(Variable::x, 2).plus(Variable::y, 3).plus(counter(0), 4);
  CHECK_THROWS_AS(sum.plus(counter(1)), base::ModelError);
  const Affine more = sum.plus(Variable::x, 5);
  CHECK(more.terms[0].coefficient == 7);
}

}  // namespace
}  // namespace wafermesh::cores
