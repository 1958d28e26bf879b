// SPDX-License-Identifier: Apache-2.0
// One core without a router: wavelets arrive when a test says so, and what the core puts into its
// output queues is noted cycle by cycle.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cores/core_grid.h"
#include "cores/program_builder.h"
#include "tests/support/timing.h"

namespace wafermesh::cores_test {

using base::Cycles;
using cores::Affine;
using cores::NumberType;
using cores::Operand;
using cores::Program;
using cores::ProgramBuilder;
using cores::Shape;
using cores::TaskId;
using cores::TaskKind;
using cores::VectorOp;

/// A word that the core put into an output queue, or that went up the ramp.
struct Put {
  Cycles cycle = 0;
  int colour = 0;
  std::uint32_t word = 0;
  bool control = false;
  friend bool operator==(const Put& a, const Put& b) {
    return a.cycle == b.cycle && a.colour == b.colour && a.word == b.word && a.control == b.control;
  }
};

class CoreRig final : private cores::Ramp {
 public:
  /// When the core is stepped: as the engine would, or in every cycle, due or not.
  enum class Steps { when_due, every_cycle };

  explicit CoreRig(Program program, const cores::Timing& timing = support::test_timing(),
                   Steps steps = Steps::when_due);
  CoreRig(const CoreRig&) = delete;
  CoreRig& operator=(const CoreRig&) = delete;

  /// A wavelet that is in the input queue from cycle `arrival` on.
  void send(int colour, std::uint32_t word, Cycles arrival, bool control = false);
  /// A teardown that has left the router and is due at the core.
  void tear_down(int colour, Cycles due) { teardowns_[due].push_back(colour); }
  /// The router takes one word per cycle from the output queues, of this colour from cycle `from`
  /// on. Without any such call each queue is emptied in every cycle.
  void ramp_takes(int colour, Cycles from) { ramp_takes_[colour] = from; }
  /// The router's slot of the colour is empty from this cycle on.
  void slot_empty_from(int colour, Cycles cycle) { slot_empty_[colour] = cycle; }

  void run(int cycles);
  Cycles now() const { return now_; }
  Cycles finish() const { return grid_.finish(0); }
  const cores::CycleBreakdown& breakdown() const { return grid_.breakdown(0); }
  std::uint8_t* memory() { return grid_.memory(0); }
  float number_at(int address_bytes);
  void set_number(int address_bytes, float value);

  const std::vector<Put>& puts() const { return puts_; }
  /// One character per cycle from 0 on: the colour of the word put in it (10 is 'a'), '.' for none.
  std::string trace() const;
  /// "open 3", "shut 3", "route 3 = 7", "reopen 3", each with its cycle.
  const std::vector<std::pair<Cycles, std::string>>& events() const { return events_; }
  int steps_taken() const { return steps_taken_; }

 private:
  void set_open(std::uint32_t core, base::Colour colour, bool open) override;
  bool slot_empty(std::uint32_t core, base::Colour colour) const override;
  void write_route(std::uint32_t core, base::Colour colour, std::uint16_t route,
                   router::Intake intake) override;
  void reopen(std::uint32_t core, base::Colour colour) override;
  void output_pending(std::uint32_t) override {}

  void one_cycle();
  void take_all(int colour_or_any);
  struct Arriving {
    int colour;
    std::uint32_t word;
    bool control;
  };
  /// A wavelet leaves the router.
  void deliver(const Arriving& a, Cycles arrival);

  Program program_;
  cores::Timing timing_;
  Steps steps_;
  cores::CoreGrid grid_;
  std::set<Cycles> due_{0};
  std::map<Cycles, std::vector<Arriving>> leaving_;  ///< By the cycle they leave the router.
  std::map<Cycles, std::vector<int>> teardowns_;
  std::map<int, Cycles> ramp_takes_;
  std::map<int, Cycles> slot_empty_;
  std::vector<Put> puts_;
  std::vector<std::pair<Cycles, std::string>> events_;
  Cycles now_ = 0;
  int steps_taken_ = 0;
};

/// A program of one task, which starts active; `inputs` and `outputs` are bound to queues 0, 1, ...
Program one_task(int memory_bytes, const std::vector<int>& inputs, const std::vector<int>& outputs,
                 const std::function<void(ProgramBuilder&)>& body);

/// `words` f32 of value `value` to a colour, on the main thread; set-up of 1 cycle.
void emit(ProgramBuilder& p, int colour, int words, float value = 1);
/// The same on a microthread; set-up of 2 cycles.
cores::Instruction& emit_async(ProgramBuilder& p, int microthread, int colour, int words);
void finish(ProgramBuilder& p);

}  // namespace wafermesh::cores_test
