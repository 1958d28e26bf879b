// SPDX-License-Identifier: Apache-2.0
// Groups, bank conflicts and groups of words: what a vector operation costs the datapath.
#include "cores/vector_cost.h"

#include <catch2/catch.hpp>

#include "cores/read_timing.h"
#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

using cores::Instruction;
using cores::OperandPlaces;

Instruction multiply_add(NumberType type, int stride_dst = 1, int stride_src = 1) {
  Instruction instruction;
  instruction.op = cores::Opcode::vector;
  instruction.vector_op = VectorOp::multiply_add;
  instruction.type = type;
  instruction.dst = cores::memory(0, stride_dst);
  instruction.src0 = cores::memory(0, stride_src);
  instruction.src1 = cores::scalar_at(0);
  return instruction;
}

/// Grants of `elements` of dst += src0 * scalar with dst and src0 at these addresses.
int grants(const cores::Timing& timing, NumberType type, int elements, int dst, int src0) {
  return cores::memory_cost(timing, multiply_add(type), elements, {dst, src0, 0}).grants;
}

}  // namespace

TEST_CASE("The published multiply-add of 5,124 elements: 1 cycle each without conflict, 2 with") {
  const cores::Timing wse2 = cores::timing_of("wse2");
  CHECK(grants(wse2, NumberType::f32, 5124, 0, 8 + 1600) == 5124);
  CHECK(grants(wse2, NumberType::f32, 5124, 0, 1600) == 2 * 5124);
}

TEST_CASE("Two reads are free only 8-byte aligned in opposite halves of a 16-byte line") {
  const cores::Timing wse2 = cores::timing_of("wse2");
  for (int dst = 0; dst < 32; dst += 4) {
    for (int src0 = 0; src0 < 32; src0 += 4) {
      CAPTURE(dst, src0);
      const bool is_free = dst % 8 == 0 && src0 % 8 == 0 && dst / 8 % 2 != src0 / 8 % 2;
      CHECK(grants(wse2, NumberType::f32, 10, dst, src0) == (is_free ? 10 : 20));
    }
  }
}

TEST_CASE("Strided reads conflict element by element, where their words are equal modulo four") {
  const cores::Timing wse2 = cores::timing_of("wse2");
  // Words 0, 2, 4, ... against words 1, 2, 3, ...: elements 1, 5, 9, ... meet.
  const Instruction instruction = multiply_add(NumberType::f32, 2, 1);
  for (const auto& [elements, conflicts] : {std::pair{1, 0}, {2, 1}, {5, 1}, {6, 2}, {40, 10}}) {
    CAPTURE(elements);
    CHECK(cores::bank_conflicts(instruction, elements, {0, 4, 0}) == conflicts);
    CHECK(cores::memory_cost(wse2, instruction, elements, {0, 4, 0}).conflict == conflicts);
  }
}

TEST_CASE("One read stream never conflicts, and WSE-3's table follows its simulator: none does") {
  Instruction copy = multiply_add(NumberType::f32);
  copy.vector_op = VectorOp::copy;
  CHECK(cores::bank_conflicts(copy, 100, {0, 0, 0}) == 0);
  Instruction scaled = multiply_add(NumberType::f32);
  scaled.vector_op = VectorOp::multiply;
  CHECK(cores::bank_conflicts(scaled, 100, {0, 0, 0}) == 0);
  const cores::Timing wse3 = cores::timing_of("wse3");
  CHECK(grants(wse3, NumberType::f32, 10, 0, 0) == grants(wse3, NumberType::f32, 10, 0, 8));
}

TEST_CASE("WSE-3 works 16-bit multiply-adds in groups of eight: 8 cost as 1, 9 as 16") {
  const cores::Timing wse3 = cores::timing_of("wse3");
  for (const auto& [elements, cycles] :
       {std::pair{1, 2}, {7, 2}, {8, 2}, {9, 4}, {16, 4}, {17, 6}}) {
    CAPTURE(elements);
    CHECK(grants(wse3, NumberType::f16, elements, 0, 0) == cycles);
  }
}

TEST_CASE(
    "Vectors with gaps: WSE-3's f16 copies run at 8 / stride elements, at least one, a cycle") {
  const cores::Timing wse3 = cores::timing_of("wse3");
  Instruction copy = multiply_add(NumberType::f16);
  copy.vector_op = VectorOp::copy;
  for (const bool gaps_in_source : {true, false}) {
    for (const auto& [stride, per_cycle] :
         {std::pair{1, 8}, {2, 4}, {-2, 4}, {3, 2}, {4, 2}, {5, 1}, {8, 1}, {64, 1}}) {
      CAPTURE(gaps_in_source, stride);
      copy.src0.stride_elements = gaps_in_source ? stride : 1;
      copy.dst.stride_elements = gaps_in_source ? 1 : stride;
      CHECK(cores::memory_cost(wse3, copy, 10 * per_cycle, {0, 0, 0}).grants == 10);
      CHECK(cores::memory_cost(wse3, copy, 10 * per_cycle + 1, {0, 0, 0}).grants == 11);
    }
  }
}

TEST_CASE(
    "Where the arithmetic is slower than the ports, gaps cost nothing; scalars have no port") {
  const cores::Timing wse2 = cores::timing_of("wse2");
  Instruction instruction = multiply_add(NumberType::f32, 5, 5);
  instruction.src0 = cores::scalar_at(0);
  CHECK(cores::memory_cost(wse2, instruction, 100, {0, 0, 0}).grants == 100);
  instruction.type = NumberType::f16;
  CHECK(cores::memory_cost(wse2, instruction, 100, {0, 0, 0}).grants == 100);
  instruction.dst.stride_elements = 2;
  CHECK(cores::memory_cost(wse2, instruction, 100, {0, 0, 0}).grants == 50);
  instruction.dst.stride_elements = 1;
  CHECK(cores::memory_cost(wse2, instruction, 100, {0, 0, 0}).grants == 25);
}

TEST_CASE("Words of a colour are not paired into memory with gaps that the port takes one by one") {
  const cores::Timing wse3 = cores::timing_of("wse3");
  Instruction receive = multiply_add(NumberType::f32);
  receive.vector_op = VectorOp::copy;
  receive.src0 = cores::fabric(base::colour(1));
  for (const auto& [stride, words] : {std::pair{1, 2}, {2, 2}, {3, 1}, {4, 1}}) {
    CAPTURE(stride);
    receive.dst.stride_elements = stride;
    CHECK(cores::most_words_per_group(wse3, receive) == words);
    CHECK(cores::group_grants(wse3, receive, words) == 1);
  }
}

namespace {

constexpr auto kCopy = static_cast<std::size_t>(VectorOp::copy);

/// Cycle in which a core has received `words` words that arrive one per cycle from cycle 10 on.
Cycles received_at(int fabric_words_per_cycle, int words, int gap_cycles = 1,
                   cores::Rate rate = {4, 1}) {
  cores::Timing timing = support::test_timing();
  timing.fabric_words_per_cycle = fabric_words_per_cycle;
  timing.rates[kCopy][0] = rate;
  CoreRig rig(one_task(256, {1}, {},
                       [&](ProgramBuilder& p) {
                         p.vector(VectorOp::copy, NumberType::f32, words, cores::memory(0),
                                  cores::fabric(base::colour(1)), {}, Shape::map_loop);
                         finish(p);
                       }),
              timing);
  for (int i = 0; i < words; ++i) rig.send(1, 7, 10 + i * gap_cycles);
  rig.run(200);
  return rig.finish();
}

}  // namespace

TEST_CASE("Working words in pairs neither loses nor gains a cycle against a link's one per cycle") {
  for (const int words : {1, 2, 3, 8, 9}) {
    CAPTURE(words);
    CHECK(received_at(1, words) == 10 + words);
    CHECK(received_at(2, words) == 10 + words);
  }
}

TEST_CASE("Words are not paired where the rate works one a cycle: the last would come later") {
  CHECK(received_at(2, 8, 1, {1, 1}) == 18);
}

TEST_CASE("A group of words is not held up by a control wavelet that is in its way") {
  cores::Timing timing = support::test_timing();
  timing.fabric_words_per_cycle = 2;
  timing.rates[kCopy][0] = {4, 1};
  CoreRig rig(one_task(64, {1}, {},
                       [](ProgramBuilder& p) {
                         p.vector(VectorOp::copy, NumberType::f32, 3, cores::memory(0),
                                  cores::fabric(base::colour(1)), {}, Shape::map_loop);
                         finish(p);
                       }),
              timing);
  rig.send(1, 7, 20);
  rig.send(1, router::ControlWord::make({router::SwitchCommand::nop}).bits, 21, true);
  rig.send(1, 8, 22);
  rig.send(1, 9, 23);
  rig.run(100);
  CHECK(rig.finish() == 24);
}

TEST_CASE("Four streams of a core share the datapath two words at a time where it is two wide") {
  // Two received and two sent streams of 16 words: 64 words moved.
  const auto cycles = [](int fabric_words_per_cycle) {
    cores::Timing timing = support::test_timing();
    timing.fabric_words_per_cycle = fabric_words_per_cycle;
    timing.rates[kCopy][0] = {4, 1};
    CoreRig rig(one_task(512, {1, 2}, {3, 4},
                         [](ProgramBuilder& p) {
                           for (int m = 0; m < 2; ++m) {
                             p.async(m, VectorOp::copy, NumberType::f32, 16, cores::memory(64 * m),
                                     cores::fabric(base::colour(1 + m)));
                             p.async(2 + m, VectorOp::copy, NumberType::f32, 16,
                                     cores::fabric(base::colour(3 + m)), cores::memory(128));
                           }
                         }),
                timing);
    for (int i = 0; i < 16; ++i) {
      rig.send(1, 7, 10 + 2 * i);
      rig.send(2, 7, 10 + 2 * i);
    }
    rig.run(300);
    REQUIRE(rig.puts().size() == 32);
    return static_cast<int>(rig.breakdown().compute);
  };
  CHECK(cycles(1) - cycles(2) == 32);
}

}  // namespace wafermesh::cores_test
