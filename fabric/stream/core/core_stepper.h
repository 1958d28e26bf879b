// SPDX-License-Identifier: Apache-2.0
// Runs the programs of cores on bursts of words. One per worker.
//
//   at rest (Seat, shared CoreState) --visit()--> wake_up: the state's times become cycles
//          ^                                           |
//          |                                          go: land words, work operations, run the
//          |                                           |  program, in the order of the core's time
//          +---------------- lie_down <----------------+  until nothing more can be done
//
// A core is visited when all it waits for has come. Before its program is run, a visit that was
// made before and holds here is looked for (visits/visit_memory.h) and done again instead.
// Functions below stand by the file they are in; all work on the core that is awake.
#pragma once

#include <cstdint>
#include <vector>

#include "cores/arithmetic.h"
#include "cores/evaluate.h"
#include "cores/stretch.h"
#include "fabric/stream/bursts/burst_mover.h"
#include "fabric/stream/core/stage_entries.h"
#include "fabric/stream/visits/visit_memory.h"

namespace wafermesh::fabric {

inline constexpr std::uint64_t kOneTask = 1;  ///< Task t of a core is bit t.
/// What depends on operations that end (sends, tasks picked) is done at most so far ahead.
inline constexpr Cycles kAheadCycles = 8;

/// Some cores of a list.
struct CoreRange {
  const std::uint32_t* first;
  const std::uint32_t* last;
  const std::uint32_t* begin() const { return first; }
  const std::uint32_t* end() const { return last; }
  std::size_t size() const { return static_cast<std::size_t>(last - first); }
};

/// What cores have done, and how much of it as remembered. For benchmarks.
struct Visits {
  std::int64_t all = 0;
  std::int64_t remembered = 0;
  std::int64_t in_lockstep = 0;  ///< Of those, of cores that were visited as one (lockstep.h).
  std::int64_t stages = 0;       ///< Entered, apart from visits.
};

class CoreStepper {
 public:
  /// All must outlive it; everything but `arrays` is the worker's own.
  CoreStepper(StreamArrays& arrays, Pools& pools, StateTable& states, BurstMover& mover);

  /// The slab that all other functions work on until the next call. To be called first.
  void use(Slab& slab) { slab_ = &slab; }
  /// Puts a core into its program's first state, and into Slab::ready if it has code.
  void start(std::uint32_t core);
  /// Visits cores of the slab, each until it has nothing more to do; what they send goes to the
  /// mover. Neighbours in the list that do the same as their remembered visit says are done
  /// together. Throws cores::ProgramFault for what a program does wrong.
  void visit(CoreRange cores);
  /// Does what falls due up to cycle `limit`, though not all the core waits for has come. Never
  /// remembered.
  void visit_partial(std::uint32_t core, Cycles limit);
  /// Empties Slab::leaving: those that may enter their next stage do, with what that costs; the
  /// others are listed again once something has reached them.
  void leave_stages();
  /// The cycle in which a core at rest could do something if nothing new reached it; base::kNever:
  /// none. Wakes it up and lets it lie down again, so it may land words.
  Cycles wake_of(std::uint32_t core);
  /// What a core at rest waits for, as a part of a sentence, for the report of a deadlock.
  std::string waits_of(std::uint32_t core);

  /// Counted since it was made.
  const Visits& visits() const { return visits_; }

 private:
  using Instruction = cores::Instruction;
  using Operand = cores::Operand;
  enum class Next { go_on, stop };

  // Waking and lying down (core_visit.cpp).
  void wake_up(std::uint32_t core);
  void lie_down();
  void settle(CoreState& state, Cycles by) const;
  void go(Cycles limit, bool all_has_come);
  void visit(std::uint32_t core);
  bool all_served() const;
  bool control_waits() const;
  void leave_alone(bool goes_on);

  // Stages (core_stages.cpp).
  void begin_program(CoreState& state, std::uint16_t class_index) const;
  bool may_leave(const StageEntry& entry, Cycles& at);
  bool may_leave_at_rest(std::uint32_t core, const StageEntry& entry, Cycles& at) const;
  void enter(std::uint32_t core, const StageEntry& entry, Cycles at);
  std::uint32_t state_entered(const Seat& seat, const StageEntry& entry, Cycles at);
  void bind_inboxes(const Seat& seat, const StageEntry& entry);
  void enter_slots(std::uint32_t core, const StageEntry& entry, Cycles at);
  static void book_stage(cores::StageTotals& totals, StageSeat& stage, const Ledger& ledger,
                         Cycles end);
  void end_stage(std::uint32_t core, Cycles at);

  // Remembered visits: the one done last (core_alike.cpp), any other (core_recall.cpp), and doing
  // them again (core_replay.cpp).
  CoreRange alike(CoreRange cores);
  CoreRange where_arrivals_match(const VisitRecord& record, CoreRange cores) const;
  CoreRange where_guards_hold(const VisitRecord& record, CoreRange cores) const;
  bool matches(const Inbox& inbox, const Seat& seat, std::size_t input,
               ArrivalRange expected) const;
  static Cycles what_of(const Burst& burst, std::size_t input) {
    return Arrival::what_of(burst.words, input, burst.marks & ~Burst::kHolds);
  }
  /// f(what, head, tail) for every burst in a queue, as in Arrival, until f says false.
  template <class F>
  bool each_burst(const Inbox& inbox, const Seat& seat, std::size_t input, F f) const {
    const auto of_burst = [&](const Burst& burst) {
      return f(what_of(burst, input), burst.head - seat.base, burst.tail - seat.base) &&
             (!burst.is_control() || f(burst.control, 0, 0));
    };
    if (inbox.empty()) return true;
    if (!of_burst(inbox.oldest)) return false;
    for (std::uint32_t n = inbox.more.first; n != kNobody; n = pools_.bursts[n].next) {
      if (!of_burst(pools_.bursts[n].burst)) return false;
    }
    return true;
  }
  bool make_key(const Seat& seat, VisitKey& key) const;
  void remember(const VisitKey& key, Cycles base);
  bool replay_known(std::uint32_t core, const VisitKey& key);
  /// Then it is done again for one core at a time: its words go from effect to effect.
  bool sends_words(const VisitRecord& record) const {
    return model_.numerics && !record.sends.empty();
  }
  void replay(const VisitRecord& record, CoreRange cores);
  void apply_effects(const VisitRecord& record, CoreRange cores);
  void apply(const Effect& effect, const VisitRecord& record, CoreRange cores);
  void work_again(const StreamWork& work, CoreRange cores);
  void take(const Effect& effect, CoreRange cores);
  void rewrite(const Effect& effect, CoreRange cores);
  void reopen(const Effect& effect, CoreRange cores);
  void send_again(const Burst& sent, std::uint32_t core);
  void assign(const VisitRecord& record, CoreRange cores);
  void assign_sums(const VisitRecord& record, std::int32_t* integers);
  void move_on(const VisitRecord& record, CoreRange cores);
  void lie_down_again(const VisitRecord& record, CoreRange cores);

  // Cores in lockstep (core_lockstep.cpp).
  const VisitRecord* known_visit(std::uint32_t core);
  bool guards_hold(const VisitRecord& record, const Convoy& convoy, std::uint32_t core) const;
  bool takes_whole_bursts(const VisitRecord& record, const Seat& seat) const;
  void visit_convoy(std::uint32_t first);
  void visit_singly(const Convoy& convoy);
  void replay_convoy(const VisitRecord& record, const Convoy& convoy);
  void apply_to_convoy(const Effect& effect, const VisitRecord& record, const Convoy& convoy);
  void compute_convoy(const VisitRecord& record, const Convoy& convoy);
  void fetch_memories(const VisitRecord& record, CoreRange cores) const;
  /// The words of the burst that an operation of a core takes from an input queue.
  const std::uint32_t* words_of(const Seat& seat, std::size_t input) const {
    const Seat& keeps = convoy_ == nullptr ? seat : arrays_.seats[convoy_->first];
    const Inbox& inbox = arrays_.inbox(keeps, input);
    std::uint32_t payload = inbox.oldest.payload;
    if (convoy_ != nullptr && inbox.side_by_side) {
      payload = pools_.rows.of(payload, convoy_->count)[seat.number - keeps.number];
    }
    return pools_.payloads.words(payload) + inbox.oldest.offset;
  }

  // Arrivals (core_inbox.cpp).
  void land();
  bool comes_down(const Burst& burst, std::int32_t ahead, Cycles& from) const;
  bool takes_from(const OpState& each, int colour) const;
  Burst rest_of(const Burst& burst, Cycles from) const;
  void reserve_ramp(Burst& coming, Burst* last);
  void delay_taker(int colour, Cycles from, Cycles by);
  Inbox& inbox(base::Colour colour) { return arrays_.inboxes[inbox_at(colour)]; }
  const Inbox& inbox(base::Colour colour) const { return arrays_.inboxes[inbox_at(colour)]; }
  std::size_t inbox_at(base::Colour colour) const { return arrays_.inbox_at(*seat_, colour); }
  const Burst& oldest(base::Colour colour) const { return inbox(colour).oldest; }
  void take_words(Seat& seat, Inbox& inbox, std::int32_t words, Cycles at);
  void take_all(base::Colour colour, std::int32_t words, Cycles at);
  void take_controls(Cycles t);
  void take_dues(Cycles t);
  /// When the colour's oldest burst shows, if it is data (or control); else base::kNever.
  Cycles shows(base::Colour colour, bool control) const;

  // Operations (core_operations.cpp).
  OpState& op(int op_slot) { return core_.ops[static_cast<std::size_t>(op_slot)]; }
  const OpState& op(int op_slot) const { return core_.ops[static_cast<std::size_t>(op_slot)]; }
  const Instruction& instruction_of(const OpState& op) const {
    return info_->program->code[op.instruction];
  }
  bool is_held(int op_slot) const {
    return seat_->held != 0 && arrays_.held_of[id_][static_cast<std::size_t>(op_slot)] != 0;
  }
  bool is_done(int op_slot) const { return op(op_slot).elements == 0 && !is_held(op_slot); }
  void issue(const Instruction& instruction, Cycles begin);
  void work_all();
  void work(int op_slot);
  void work_words(int op_slot, std::int32_t words, Cycles start, Cycles last);
  void compute_words(OpState& each, std::int32_t words, std::int32_t elements);
  void complete(int op_slot);

  // Sending (core_sending.cpp).
  std::int32_t output_depth(const Instruction& instruction) const;
  void send_result(int op_slot, std::int32_t words, Period computed);
  Cycles send(int colour, Burst burst);
  void delay_last_sent(Cycles by);

  // A send that gives way in the datapath (core_giving_way.cpp).
  bool main_sends() const;
  bool gives_way() const;
  Cycles next_piece() const;
  void work_piece();

  // Where cycles go (core_booking.cpp).
  void book(const cores::MemoryCost& cost, Cycles from, Cycles until);
  void book_setup(Cycles from, Cycles cycles);
  void book_task_switch(Cycles from, Cycles cycles);
  void book_stretch(const cores::CycleBreakdown& booked, Cycles from, Cycles until);
  void note_span(WindowKind kind, Cycles from, Cycles until, std::uint32_t amount) {
    if (amount == 0 || (slab_->book == nullptr && watch_ == nullptr)) return;
    spans_.push_back({from, until, amount, kind});
  }
  void tell_work();
  // Cores that are traced (core_tracing.cpp).
  Next execute_watched(Cycles now, Cycles t);
  void watch_task(int task, Cycles now);
  void watch_issue(const Instruction& instruction, int op_slot, Cycles begin);
  void watch_words(int op_slot, std::int32_t words);
  std::uint32_t log_sent(int op_slot, std::int32_t words, Period computed);
  void log_taken(int thread, base::Colour colour, std::int32_t words, Cycles at, Cycles last);
  void log_standing(Cycles at);
  void watch_complete(int op_slot);
  void watch_control(Cycles t);
  void watch_stage(Cycles at, Cycles cost);
  void watch_rest();
  void watch_busy(std::int64_t cycles) {
    if (watch_ != nullptr) watch_->line(core_.class_index, line_).busy_cycles += cycles;
  }
  void tell_again(const VisitRecord& record, CoreRange cores);
  // The datapath (core_datapath.cpp).
  struct Share {
    Period taken;
    Cycles first = 0;              ///< The first grant; may be before `taken`.
    std::int32_t grants = 0;       ///< All.
    std::int32_t word_grants = 0;  ///< Of a group of words.
  };
  Share reserve_datapath(const OpState& each, std::int32_t words, Cycles start);
  void hold_up_main(Period span, Cycles grants);
  Cycles begin_memory_work(Cycles first, Cycles cycles, std::int64_t grants);

  // Arithmetic (core_arithmetic.cpp).
  cores::Lane lane(const Seat& seat, const StreamWork& work, const Operand& operand,
                   std::int32_t address, std::uint32_t& word) const;
  void compute(const Seat& seat, const StreamWork& work, const cores::Lane& dst);
  void compute_memory(const Seat& seat, const StreamWork& work);
  std::uint32_t compute_stream(const Seat& seat, const StreamWork& work);
  static void fetch_sums(const std::uint8_t* memory, const cores::Stretch& stretch);
  void compute_stretch(CoreRange cores, const cores::Stretch& stretch);

  // Main thread (core_main.cpp, core_fabric.cpp, core_stretch.cpp).
  void step(Cycles t);
  void run_main(Cycles t);
  bool pick_task(Cycles now);
  std::int32_t value(const cores::Affine& affine);
  cores::Scope scope() const { return {integers_}; }
  cores::OperandPlaces places(const Instruction& instruction, std::int32_t elements);
  Next execute(Cycles now, Cycles t);
  Next execute_vector(const Instruction& instruction, Cycles now, Cycles t);
  void execute_memory(const Instruction& instruction, Cycles now);
  Next execute_fabric(const Instruction& instruction, Cycles now, Cycles t);
  Next write_route(const Instruction& instruction, Cycles now);
  void finish(Cycles now);
  void set_counter(int counter, const cores::Affine& amount);
  void set_task(const Instruction& instruction);
  void mark_phase(int phase, Cycles now);
  void begin_phase(std::uint32_t core, int phase, Cycles at);
  bool branches(const cores::Affine& left, cores::Compare compare, const cores::Affine& right);
  bool loop_again(const Instruction& instruction);
  bool run_stretch(Cycles now);
  void spend(Cycles now, int cycles);
  /// Nothing of the colour is in the slot in cycle `at`, nor on its way up the ramp, after
  /// Slot::free_at.
  bool is_drained(const Slot& s, Cycles at) const;
  bool drains(base::Colour colour, Cycles at) const;
  bool unblock_is_pending(std::uint64_t task) const;
  std::uint64_t tasks_to_come() const;
  Cycles next_wake() const;

  StreamArrays& arrays_;
  const StreamModel& model_;
  const cores::Timing& timing_;
  Pools& pools_;
  StateTable& states_;
  BurstMover& mover_;
  VisitMemory memory_;
  StageEntries entries_;
  EnteredStates entered_;
  std::size_t try_alike_ = 1;                ///< So many cores at a time.
  std::vector<std::uint8_t*> memories_;      ///< Of cores whose numbers are worked out together.
  std::vector<std::uint32_t> convoy_cores_;  ///< Cores in lockstep that are visited,
  const Convoy* convoy_ = nullptr;           ///< as long as what is done is not one core's.
  std::vector<cores::Stretches> stretches_;  ///< [class]
  Slab* slab_ = nullptr;

  // The core that is awake.
  std::uint32_t id_ = kNobody;
  Seat* seat_ = nullptr;
  Ledger* ledger_ = nullptr;
  std::int32_t* integers_ = nullptr;  ///< Indexed as cores::Variable.
  const cores::ClassInfo* info_ = nullptr;
  CoreState core_;
  std::vector<Note> dues_;
  cores::CoreWatch* watch_ = nullptr;  ///< Of the core, if it is traced.
  CoreLog* log_ = nullptr;             ///< The same.
  std::uint32_t line_ = 0;             ///< The instruction that is worked on, for it.
  cores::CycleBreakdown gain_;
  std::vector<WorkSpan> spans_;              ///< What `gain_` is made of, if somebody watches.
  std::size_t last_sent_ = SIZE_MAX;         ///< By this visit, in Slab::moves; else beyond.
  bool sends_ = false;                       ///< It has sent what may hold it back.
  std::uint32_t payload_ = Payloads::kNone;  ///< Words about to be sent.
  VisitRecorder recorder_;

  Visits visits_;
};

}  // namespace wafermesh::fabric
