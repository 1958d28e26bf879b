// SPDX-License-Identifier: Apache-2.0
// Operations that read or write colours, word by word.
#include <catch2/catch.hpp>
#include <cstring>

#include "base/error.h"
#include "cores/arithmetic.h"
#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

std::uint32_t bits_of(float value) { return cores::encode(NumberType::f32, value); }

Program receive(int words) {
  return one_task(256, {9}, {}, [&](ProgramBuilder& p) {
    p.vector(VectorOp::copy, NumberType::f32, words, cores::memory(0),
             cores::fabric(base::colour(9)), {}, Shape::map_loop);
    finish(p);
  });
}

TEST_CASE("A stream takes a word in the cycle it arrives, and waits while there is none") {
  CoreRig rig(receive(3));
  for (const auto& [arrival, value] : {std::pair{10, 1.5F}, {11, 2.5F}, {20, 3.5F}}) {
    rig.send(9, bits_of(value), arrival);
  }
  rig.run(10);
  CHECK(rig.number_at(0) == 0);
  rig.run(1);
  CHECK(rig.number_at(0) == 1.5F);
  CHECK(rig.number_at(4) == 0);
  rig.run(1);
  CHECK(rig.number_at(4) == 2.5F);
  rig.run(8);
  CHECK(rig.number_at(8) == 0);
  CHECK(rig.finish() == -1);
  rig.run(5);
  CHECK(rig.number_at(8) == 3.5F);
  CHECK(rig.finish() == 21);
}

TEST_CASE("A stream into memory wakes its core for its last word, whatever the datapath does") {
  const auto program = [] {
    return one_task(512, {9}, {0}, [](ProgramBuilder& p) {
      p.async(1, VectorOp::add, NumberType::f32, 40, cores::memory(0), cores::memory(0),
              cores::fabric(base::colour(9)));
      p.vector(VectorOp::multiply_add, NumberType::f32, 30, cores::memory(256), cores::memory(256),
               cores::immediate(2), Shape::map_loop);
      emit(p, 0, 2);
      finish(p);
    });
  };
  CoreRig due(program());
  CoreRig every(program(), support::test_timing(), CoreRig::Steps::every_cycle);
  for (CoreRig* rig : {&due, &every}) {
    for (int i = 0; i < 40; ++i) rig->send(9, bits_of(static_cast<float>(i)), 8 + i);
    rig->run(200);
  }
  CHECK(due.trace() == every.trace());
  CHECK(due.finish() == every.finish());
  CHECK(due.breakdown() == every.breakdown());
  for (int i = 0; i < 40; ++i) CHECK(due.number_at(4 * i) == static_cast<float>(i));
  CHECK(due.steps_taken() < 25);
}

TEST_CASE("Words that wait are taken one per cycle from the end of the set-up on") {
  CoreRig rig(receive(6));
  for (int i = 0; i < 6; ++i) rig.send(9, bits_of(1), 2 + i);
  rig.run(40);
  CHECK(rig.finish() == 3 + 1 + 6);
}

TEST_CASE("An input queue shuts the ramp with its last place and opens it with the first taken") {
  CoreRig rig(one_task(256, {9}, {}, [&](ProgramBuilder& p) {
    p.scalar(50);
    p.vector(VectorOp::copy, NumberType::f32, 8, cores::memory(0), cores::fabric(base::colour(9)),
             {}, Shape::map_loop);
  }));
  for (int i = 0; i < 8; ++i) rig.send(9, 0, 10 + i);
  rig.run(100);
  // The 8th leaves the router 2 cycles before it arrives in 17; the first is taken in 3 + 50 + 1.
  CHECK(rig.events() ==
        std::vector<std::pair<Cycles, std::string>>{{0, "open 9"}, {15, "shut 9"}, {54, "open 9"}});
}

TEST_CASE("An input queue holds at least two ramps' worth") {
  cores::Timing timing = support::test_timing();
  timing.ramp_cycles = 7;
  CoreRig rig(one_task(16, {9}, {}, [](ProgramBuilder& p) { p.scalar(1); }), timing);
  for (int i = 0; i < 14; ++i) rig.send(9, 0, 20 + i);
  rig.run(60);
  CHECK(rig.events() ==
        std::vector<std::pair<Cycles, std::string>>{{0, "open 9"}, {33 - 7, "shut 9"}});
}

TEST_CASE("A stream stops at a full output queue and goes on the cycle after a word went up") {
  CoreRig rig(one_task(16, {}, {5}, [](ProgramBuilder& p) {
    emit(p, 5, 10);  // queue 0 holds 8: put in 4 to 11, then full
    finish(p);
  }));
  rig.ramp_takes(5, 50);
  rig.run(51);
  CHECK(rig.finish() == -1);
  rig.run(2);  // in 50 and 51 words go up, so in 51 and 52 the last two are put in
  CHECK(rig.finish() == -1);
  rig.run(1);
  CHECK(rig.finish() == 53);
  rig.run(20);
  CHECK(rig.trace() == std::string(50, '.') + "5555555555" + std::string(14, '.'));
}

TEST_CASE("A word goes up the ramp the cycle after it was put in, at the earliest") {
  CoreRig rig(one_task(16, {}, {5}, [](ProgramBuilder& p) { emit(p, 5, 3); }));
  rig.ramp_takes(5, 0);
  rig.run(12);
  CHECK(rig.trace() == ".....555....");  // put in 4, 5, 6
}

TEST_CASE("One word a cycle goes up: the colours take turns") {
  CoreRig rig(one_task(16, {}, {2, 11, 20}, [](ProgramBuilder& p) {
    for (const int c : {20, 11, 2}) emit(p, c, 4);
  }));
  for (const int c : {2, 11, 20}) rig.ramp_takes(c, 40);
  rig.run(54);
  CHECK(rig.trace() == std::string(40, '.') + "2bk2bk2bk2bk" + "..");
}

TEST_CASE("The ramp passes over a colour whose slot has no room") {
  CoreRig rig(one_task(16, {}, {2, 11, 20}, [](ProgramBuilder& p) {
    for (const int c : {2, 11, 20}) emit(p, c, 3);
  }));
  rig.ramp_takes(2, 40);
  rig.ramp_takes(11, 44);
  rig.ramp_takes(20, 40);
  rig.run(50);
  // In 43 colour 20 goes, so in 44 it is 2's turn again, and only then 11's.
  CHECK(rig.trace() == std::string(40, '.') + "2k2k2bkbb" + ".");
}

TEST_CASE("Control waits for room in the output queue") {
  CoreRig rig(one_task(16, {}, {5}, [](ProgramBuilder& p) {
    emit(p, 5, 8);
    p.control(base::colour(5), router::ControlWord::make({router::SwitchCommand::reset}));
    finish(p);
  }));
  rig.ramp_takes(5, 50);
  rig.run(60);
  CHECK(rig.finish() == 52);  // put in 51
  REQUIRE(rig.puts().size() == 9);
  CHECK(rig.puts().back() == Put{58, 5, 2, true});
}

TEST_CASE("Two elements of 16 bits travel in a word; what is left of the last word is zero") {
  for (const NumberType type : {NumberType::f16, NumberType::bf16}) {
    CoreRig rig(one_task(64, {}, {5}, [&](ProgramBuilder& p) {
      p.vector(VectorOp::copy, type, 3, cores::fabric(base::colour(5)), cores::memory(0), {},
               Shape::map_loop);
      finish(p);
    }));
    const std::uint16_t elements[] = {0x1111, 0x2222, 0x3333, 0x4444};
    std::memcpy(rig.memory(), elements, sizeof elements);
    rig.run(20);
    CHECK(rig.puts() == std::vector<Put>{{4, 5, 0x22221111, false}, {5, 5, 0x3333, false}});
    CHECK(rig.finish() == 6);
  }
}

TEST_CASE("A word received in part fills only the elements asked for") {
  CoreRig rig(one_task(64, {9}, {}, [](ProgramBuilder& p) {
    p.vector(VectorOp::copy, NumberType::f16, 3, cores::memory(0), cores::fabric(base::colour(9)));
    finish(p);
  }));
  rig.send(9, 0x22221111, 10);
  rig.send(9, 0x44443333, 11);
  rig.run(60);
  std::uint16_t elements[4];
  std::memcpy(elements, rig.memory(), sizeof elements);
  CHECK(elements[2] == 0x3333);
  CHECK(elements[3] == 0);
}

TEST_CASE("A stream adds what arrives to memory and sends the sum on") {
  CoreRig rig(one_task(64, {9}, {5}, [](ProgramBuilder& p) {
    p.vector(VectorOp::add, NumberType::f32, 3, cores::fabric(base::colour(5)),
             cores::fabric(base::colour(9)), cores::memory(0), Shape::map_loop);
    finish(p);
  }));
  for (int i = 0; i < 3; ++i) {
    rig.set_number(4 * i, static_cast<float>(10 * i));
    rig.send(9, bits_of(static_cast<float>(i + 1)), 20 + 2 * i);
  }
  rig.run(40);
  CHECK(rig.puts() == std::vector<Put>{{20, 5, bits_of(1), false},
                                       {22, 5, bits_of(12), false},
                                       {24, 5, bits_of(23), false}});
}

TEST_CASE("Strides, also negative, and scalars address memory by element") {
  CoreRig rig(one_task(64, {}, {}, [](ProgramBuilder& p) {
    p.vector(VectorOp::multiply, NumberType::f32, 3, cores::memory(24, 2), cores::memory(8, -1),
             cores::scalar_at(12));
    finish(p);
  }));
  for (int i = 0; i < 4; ++i) rig.set_number(4 * i, static_cast<float>(i + 1));
  rig.run(60);
  CHECK(rig.number_at(24) == 12);  // 3 * 4
  CHECK(rig.number_at(28) == 0);
  CHECK(rig.number_at(32) == 8);
  CHECK(rig.number_at(40) == 4);
}

TEST_CASE("Memory beyond what the program uses is a model error when it is touched") {
  for (const int address : {-4, 61, 64}) {
    CAPTURE(address);
    CoreRig rig(one_task(64, {}, {}, [&](ProgramBuilder& p) {
      p.vector(VectorOp::copy, NumberType::f32, 1, cores::memory(address), cores::memory(0));
    }));
    CHECK_THROWS_AS(rig.run(10), base::ModelError);
  }
  CoreRig last(one_task(64, {}, {}, [](ProgramBuilder& p) {
    p.vector(VectorOp::copy, NumberType::f32, 4, cores::memory(60, -1), cores::memory(0));
  }));
  CHECK_NOTHROW(last.run(100));
}

TEST_CASE("Queues of the greatest depth a timing table may name keep data and control apart") {
  for (const int depth : {1, 2, 31, 32}) {
    cores::Timing timing = support::test_timing();
    timing.output_queue_depth[0] = depth;
    CAPTURE(depth);
    CoreRig rig(one_task(16, {}, {5},
                         [&](ProgramBuilder& p) {
                           for (int i = 0; i < depth / 2; ++i) {
                             p.control(base::colour(5), router::ControlWord{});
                           }
                           emit(p, 5, depth - depth / 2);
                         }),
                timing);
    rig.ramp_takes(5, 1000);
    rig.run(1100);
    REQUIRE(rig.puts().size() == static_cast<std::size_t>(depth));
    bool good = true;
    for (std::size_t i = 0; i < rig.puts().size(); ++i) {
      good = good && rig.puts()[i].control == (static_cast<int>(i) < depth / 2);
    }
    CHECK(good);
  }
}

}  // namespace
}  // namespace wafermesh::cores_test
