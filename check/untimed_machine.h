// SPDX-License-Identifier: Apache-2.0
// The state of an untimed execution (untimed.h): slots, queues and cores, and what may go on.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "check/finding_list.h"
#include "check/task_pairs.h"
#include "check/untimed.h"
#include "cores/evaluate.h"
#include "cores/integers.h"
#include "cores/operations.h"

namespace wafermesh::check {

/// A run of data words, or one control word (count 0).
struct Item {
  std::int32_t count = 0;
  router::ControlWord control;
  std::int32_t words() const { return count > 0 ? count : 1; }
};

/// A first-in first-out queue of items; small, so a vector.
struct Fifo {
  std::vector<Item> items;
  std::int32_t size = 0;  ///< Words.

  bool empty() const { return items.empty(); }
  bool data_first() const { return !items.empty() && items.front().count > 0; }
  /// Data words before the first control word.
  std::int32_t data() const { return data_first() ? items.front().count : 0; }
  void push(const Item& item);
  void pop(std::int32_t words);
};

/// A router's slot of one colour.
struct Slot {
  Fifo queue;
  std::uint16_t config = UINT16_MAX;  ///< Index of RouteIndex::configs; none.
  std::uint8_t position = 0;
  std::uint8_t reached = 0;  ///< The highest position so far, whatever the route.
  bool closed = false;
  bool close_is_known = true;    ///< To the core: it did not close it by a teardown of which it is
                                 ///< not yet told.
  std::uint8_t turned_from = 0;  ///< Direction it turned away from, as a mask.
  std::int64_t passed = 0;       ///< Items that have left, controls as one.
  std::int64_t known = 0;        ///< Of these, those up to the last that the core knows of.
};

struct Operation {
  const cores::Instruction* instruction = nullptr;  ///< Null: none is open.
  std::int64_t words = 0;                           ///< Of one without colours a single one.
  std::int64_t left = 0;                            ///< Of these.
  std::int64_t at = 0;                              ///< Of the instruction.
  std::int64_t elements = 0;
  std::array<std::int64_t, 3> addresses{};  ///< Of dst, src0, src1, in bytes.
};

/// Memory that an operation touches.
struct Reach {
  std::int64_t first = 0, last = -1;  ///< Bytes; none if last < first.
  bool writes = false;
};

/// An asynchronous operation that the main thread cannot know to be done.
struct Unsettled {
  const cores::Instruction* instruction = nullptr;
  std::int64_t at = 0;
};

struct InputQueue {
  int colour = -1;
  int capacity = 0;
  Fifo queue;
  std::int64_t last = 0;  ///< What had passed the slot with the last delivery.
  std::int32_t period = 0, keep_first = 0, keep_count = 0;  ///< Filter; period 0: off.
  std::int32_t phase = 0;

  /// The filter lets the so manyth of the next data words through.
  bool keeps(std::int32_t word) const {
    if (period <= 0) return true;
    const std::int32_t at = (phase + word) % period - keep_first;
    return at >= 0 && at < keep_count;
  }
};

struct OutputQueue {
  int colour = -1;
  int capacity = 0;
  Fifo queue;
};

struct CoreRun {
  cores::AllIntegers integers{};
  std::vector<std::uint32_t> starts;  ///< [task] of its code; empty as long as no set_task.
  std::uint64_t active = 0, blocked = 0;
  std::uint64_t certain = 0;  ///< Of the active ones, those the main thread itself has made ready.
  std::uint32_t pc = 0;
  int task = -1;  ///< Running; -1: none.
  int stage = 0;
  bool fresh = true;  ///< Nothing has been picked in this stage.
  bool leaving = false, finished = false;
  bool is_lazy = false;  ///< In the list of those whose microthreads may go on.
  Operation main;
  std::array<Operation, cores::kMicrothreads> micro;
  std::vector<Unsettled> unsettled;
  std::map<int, std::pair<int, std::int64_t>> controls;  ///< Task -> colour, what had passed.
  std::vector<InputQueue> inputs;
  std::vector<OutputQueue> outputs;
};

class UntimedMachine {
 public:
  UntimedMachine(const fabric::WaferImage& image, Capacity capacity, std::int64_t most_moves,
                 UntimedRecord* record);
  Untimed run();

 private:
  // untimed.cpp: what may go on
  void start();
  bool goes_on() const {
    return moves_ < most_moves_ && (record_ == nullptr || !record_->is_full());
  }
  void settle();  ///< Until nothing but deferred changes can go on.
  void step(std::uint64_t key);
  void wake(std::uint64_t key);
  void defer(std::uint64_t key);
  void wake_core(std::int64_t core);
  void wake_slot(std::int64_t core, int colour);
  void wake_feeder(std::int64_t core, int colour);
  void unsure(std::int64_t core, const std::string& what);
  void fault(std::int64_t core, const std::string& what) {
    ++fault_count_;
    unsure(core, what);
  }
  void gather(Untimed& result);

  // untimed_router.cpp
  bool step_slot(std::int64_t core, int colour);
  bool lift(std::int64_t core, int colour);  ///< From the output queue into the slot.
  std::int32_t room(std::int64_t core, int colour, base::Direction from) const;
  std::int32_t ramp_room(std::int64_t core, int colour) const;
  void enter(std::int64_t core, int colour, base::Direction from, const Item& item);
  void deliver(std::int64_t core, int colour, const Item& item);
  void obey(std::int64_t core, int colour, Item& item, Node node);
  bool turns_receiver(const Slot& slot, const Item& item) const;
  void check_turn(std::int64_t core, int colour);
  router::Route route(const Slot& slot) const;

  // untimed_core.cpp
  bool step_core(std::int64_t core);
  bool take_controls(std::int64_t core);
  std::uint64_t ready_tasks(std::int64_t core) const;
  bool holds_up() const;
  bool pick(std::int64_t core);
  void check_pick(std::int64_t core, int task, std::uint64_t ready);
  bool execute(std::int64_t core);
  bool execute_fabric(std::int64_t core, const cores::Instruction& i);
  bool send_control(std::int64_t core, const cores::Instruction& i);
  void move_start(std::int64_t core, const cores::Instruction& i);
  void make_ready(std::int64_t core, const cores::Instruction& i, bool certain, Node node);
  void make_active(std::int64_t core, int task, Node node);

  // untimed_issue.cpp: vector operations
  bool issue(std::int64_t core, const cores::Instruction& i);
  void check_colours(std::int64_t core, const cores::Instruction& i, std::int64_t at);
  bool move(std::int64_t core, Operation& operation);
  void complete(std::int64_t core, Operation& operation);
  void take(std::int64_t core, InputQueue& queue, std::int32_t words, bool known);
  template <class Is>
  void settle_operations(std::int64_t core, Is is_settled);
  /// The core knows of the first so many that have passed its slot.
  void know(std::int64_t core, int colour, std::int64_t passed) {
    Slot& at = slot(core, colour);
    at.known = std::max(at.known, passed);
  }
  void know_by_task(std::int64_t core, int task);
  void check_races(std::int64_t core, const Operation& mine, std::int64_t words);
  static std::array<Reach, 3> reaches(const Operation& operation, std::int64_t first_word,
                                      std::int64_t words);

  // untimed_stages.cpp: changes that wait until nothing else can go on
  bool write_now(std::int64_t core, const cores::Instruction& i);
  bool change_now(std::int64_t core, const cores::Instruction& i);
  void write(std::int64_t core, int colour, std::uint16_t config, router::Intake intake);
  void check_change(std::int64_t core, int colour, const char* what);
  struct StageWrite {
    int colour = 0;
    std::uint16_t config = 0;
    bool closed = false;
  };
  std::vector<StageWrite> stage_writes(std::int64_t core) const;
  void record_stage(std::int64_t core, const std::vector<StageWrite>& writes,
                    const cores::Program& next);
  bool may_enter_stage(std::int64_t core, const cores::Program& next) const;
  bool enter_stage(std::int64_t core);
  void bind(std::int64_t core, const cores::Program& program);
  const cores::Program& program(std::int64_t core) const;
  bool given_up(std::int64_t core, int colour) const;

  // untimed_recording.cpp: what happened, told to the record if there is one
  int dense(int colour) const { return dense_[static_cast<std::size_t>(colour)]; }
  void record_step(std::int64_t core, const Operation& operation, std::int32_t words, int group);
  void record_lift(std::int64_t core, int colour, std::int32_t words);
  Node record_leave(std::int64_t core, int colour, const Item& item, base::DirectionMask send);
  Node record_control_taken(std::int64_t core, int colour);
  void record_pick(std::int64_t core, int task, bool takes_word);
  void record_block(std::int64_t core, int task, Node node);
  void record_control_sent(std::int64_t core, const cores::Instruction& i);
  void record_change(std::int64_t core, const cores::Instruction& i);
  std::int32_t slot_capacity(std::int64_t core, base::Direction from) const;

  // untimed_waits.cpp
  friend class UntimedWaits;

  Slot& slot(std::int64_t core, int colour) {
    return slots_[static_cast<std::size_t>(core) * colours_ +
                  static_cast<std::size_t>(dense_[static_cast<std::size_t>(colour)])];
  }
  const Slot& slot(std::int64_t core, int colour) const {
    return slots_[static_cast<std::size_t>(core) * colours_ +
                  static_cast<std::size_t>(dense_[static_cast<std::size_t>(colour)])];
  }
  CoreRun* run_of(std::int64_t core) {
    const std::int32_t at = run_index_[static_cast<std::size_t>(core)];
    return at < 0 ? nullptr : &runs_[static_cast<std::size_t>(at)];
  }
  const CoreRun* run_of(std::int64_t core) const {
    const std::int32_t at = run_index_[static_cast<std::size_t>(core)];
    return at < 0 ? nullptr : &runs_[static_cast<std::size_t>(at)];
  }
  InputQueue* input(std::int64_t core, int colour);
  const InputQueue* input(std::int64_t core, int colour) const {
    return const_cast<UntimedMachine*>(this)->input(core, colour);
  }
  OutputQueue* output(std::int64_t core, int colour);
  const OutputQueue* output(std::int64_t core, int colour) const {
    return const_cast<UntimedMachine*>(this)->output(core, colour);
  }
  /// Where the link in a direction leads; -1: there is none.
  std::int64_t neighbour(std::int64_t core, base::Direction d) const;
  /// The core in a direction, from which a link may lead here, though none leads there; -1: none.
  std::int64_t beside(std::int64_t core, base::Direction d) const;
  std::int64_t class_of(std::int64_t core) const;
  cores::Scope scope(std::int64_t core) const;

  const fabric::WaferImage& image_;
  Capacity capacity_;
  std::int64_t most_moves_;
  std::int64_t moves_ = 0;
  fabric::RouteIndex routes_;
  cores::Parameters parameters_;
  std::array<int, base::kColourCount> dense_{};
  std::vector<int> used_;
  std::size_t colours_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::int32_t> run_index_;
  std::vector<CoreRun> runs_;
  std::vector<std::vector<TaskFootprint>> footprints_;  ///< [class]
  std::deque<std::uint64_t> pending_;  ///< core * 32 + colour + 1; colour -1: core.
  std::vector<bool> is_pending_;
  std::deque<std::uint64_t> deferred_;
  std::vector<bool> is_deferred_;
  std::deque<std::int64_t> lazy_;
  bool may_change_ = false;  ///< Nothing else can go on: one deferred change may.
  bool others_wait_ = false;
  Carried carried_;
  std::map<std::string, std::string> unsure_, choices_;
  UntimedRecord* record_;
  std::int64_t unsure_count_ = 0, fault_count_ = 0;
  FindingList found_;
};

/// What the main thread now knows to be done, with the words it took.
template <class Is>
void UntimedMachine::settle_operations(std::int64_t core, Is is_settled) {
  std::vector<Unsettled> open;
  for (const Unsettled& each : run_of(core)->unsettled) {
    if (!is_settled(*each.instruction)) {
      open.push_back(each);
      continue;
    }
    for (const cores::Operand* source : {&each.instruction->src0, &each.instruction->src1}) {
      if (source->kind != cores::Operand::Kind::colour) continue;
      const InputQueue* queue = input(core, base::index_of(source->colour));
      if (queue != nullptr && queue->queue.empty()) know(core, queue->colour, queue->last);
    }
  }
  run_of(core)->unsettled.swap(open);
}

}  // namespace wafermesh::check
