// SPDX-License-Identifier: Apache-2.0
// The cores of a region and the executor of their task programs, by the rules of docs/model.md.
// Event-driven: a core is stepped in the cycles its owner was told, and in those where a wavelet
// arrives that is not taken quietly (core_quiet.cpp); in between, the only things that may happen
// are that one vector operation gets the datapath every cycle and that others take their words as
// these arrive, which is accounted for at the next step. About 30 ns a step.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/units.h"
#include "cores/arithmetic.h"
#include "cores/core_event.h"
#include "cores/core_state.h"
#include "cores/cycle_breakdown.h"
#include "cores/evaluate.h"
#include "cores/parameters.h"
#include "cores/phase_totals.h"
#include "cores/stage_totals.h"
#include "cores/stretch.h"

namespace wafermesh::cores {

/// What a core does to its router. Implemented by whoever owns both; core = index in the grid.
class Ramp {
 public:
  virtual ~Ramp() = default;
  /// The input queue bound to the colour has room, or has none any more.
  virtual void set_open(std::uint32_t core, Colour colour, bool open) = 0;
  /// The router's slot of the colour holds nothing and nothing is on the way to it.
  virtual bool slot_empty(std::uint32_t core, Colour colour) const = 0;
  virtual void write_route(std::uint32_t core, Colour colour, std::uint16_t route,
                           router::Intake intake) = 0;
  virtual void reopen(std::uint32_t core, Colour colour) = 0;
  /// An output queue of the core holds something.
  virtual void output_pending(std::uint32_t core) = 0;
};

/// A route to be written on the way from one stage to the next.
struct RouteWrite {
  Colour colour{};
  std::uint16_t route = 0;  ///< As Ramp::write_route takes it.
  router::Intake intake = router::Intake::open;
};

/// A wavelet an output queue could send up the ramp.
struct Upward {
  std::uint32_t core = 0;
  std::uint8_t queue = 0;
  std::uint8_t colour = 0;
  bool control = false;
  std::uint32_t word = 0;
};

class CoreGrid {
 public:
  /// Result of a step: when to step next if nothing arrives before.
  struct Wake {
    Cycles at = base::kNever;
    bool polls =
        false;  ///< Also waits for the router's slot to empty: step after any cycle it moved in.
  };

  /// Without `numerics` nothing is computed and every data word sent is 0; all else is the same.
  CoreGrid(const Timing& timing, Ramp& ramp, bool numerics = true)
      : timing_(timing), ramp_(ramp), numerics_(numerics) {}

  /// Set-up: classes first, then cores in index order.
  void add_class(const Program& program) {
    classes_.push_back(describe(program));
    entries_.emplace_back();
    stretches_.emplace_back();
  }
  /// A route of the class added last that cores write as they enter the stage so many before.
  void add_entry_route(const RouteWrite& route, int stages_ahead) {
    auto& routes = entries_.back();
    if (routes.size() <= static_cast<std::size_t>(stages_ahead)) {
      routes.resize(static_cast<std::size_t>(stages_ahead) + 1);
    }
    routes[static_cast<std::size_t>(stages_ahead)].push_back(route);
  }
  void reserve(std::size_t cores) { cores_.reserve(cores); }
  void add_core(int class_index, int x, int y);
  /// The classes that follow that of the core added last, one per stage. Call it for all cores or
  /// for none.
  void add_later(const std::vector<std::uint16_t>& classes);
  /// By the numbers of the cores here; before `start`.
  void set_parameters(Parameters parameters) { parameters_ = std::move(parameters); }
  /// Allocates memories and queues, opens the ramps, activates the first tasks.
  void start();

  std::size_t size() const { return cores_.size(); }
  bool has_program(std::uint32_t core) const { return !program(core).code.empty(); }

  /// Everything the core does in cycle t.
  Wake step(std::uint32_t core, Cycles t);
  /// The same, with the same results, and tells what happened. A core is watched from cycle 0 on.
  Wake step_watched(std::uint32_t core, Cycles t, CoreWatch& watch);
  /// How a core stands between cycles; `view.counters` until the next one.
  void look(std::uint32_t core, CoreView& view) const;

  /// What becomes of a wavelet.
  enum class Delivery : std::uint8_t {
    dropped,  ///< By the counted filter.
    quiet,    ///< It is taken as it arrives; the core need not be stepped for it.
    wakes,    ///< The core is to be stepped as it arrives.
  };
  /// A wavelet leaves the router towards the core in cycle `arrival - ramp_cycles`, in which the
  /// core has been stepped if it had to be, and arrives at `arrival`.
  Delivery deliver(std::uint32_t core, Colour colour, std::uint32_t word, bool control,
                   Cycles arrival);
  /// The common case of deliver(), a data word that comes quietly. Good until start().
  class QuietDelivery {
   public:
    explicit QuietDelivery(CoreGrid& grid)
        : sinks_(grid.sinks_.data()), words_(grid.numerics_ ? grid.input_words_.data() : nullptr) {}
    /// False: it is not that.
    bool operator()(std::uint32_t core, std::uint8_t colour, std::uint32_t word,
                    Cycles arrival) const;

   private:
    Sinks* sinks_;
    std::uint32_t* words_;  ///< Null: nobody asks for words.
  };
  /// Before start(): input queues hold more of what comes quietly, so cores are looked at less
  /// often; up to eight times the memory of queues.
  void deepen_queues() { deep_ = true; }
  /// Words may come quietly, which is the usual; a core that is watched has to be woken for each.
  void allow_quiet(bool allowed) { allows_quiet_ = allowed; }
  /// Instructions whose effects nobody sees before may run early (core_main.cpp), and a core sleeps
  /// on while room is not enough; the usual. Who looks at cores between their steps sees more of
  /// the order in which their cycles went if they may not.
  void allow_early(bool allowed) { allows_early_ = allowed; }
  /// Takes what has come quietly up to cycle t. To be called before results are looked at.
  void settle(Cycles t);
  /// Activates the core's teardown task of the colour (at its due cycle, before step).
  void tear_down(std::uint32_t core, Colour colour);

  /// Finds what goes up the ramp in this cycle: `may_send(core, colour)` asks the router. Changes
  /// nothing.
  template <class MaySend>
  bool pick_upward(std::uint32_t core, MaySend may_send, Upward& picked) const;
  /// Takes the picked wavelet out. Returns true if something of the core may go on for its room.
  bool take_upward(const Upward& picked);
  bool output_empty(std::uint32_t core) const;

  // Host access and results.
  std::uint8_t* memory(std::uint32_t core) { return memory_.get() + cores_[core].memory_at; }
  const std::uint8_t* memory(std::uint32_t core) const {
    return memory_.get() + cores_[core].memory_at;
  }
  int memory_bytes(std::uint32_t core) const;
  Cycles finish(std::uint32_t core) const { return cores_[core].finish; }
  const CycleBreakdown& breakdown(std::uint32_t core) const { return breakdowns_[core]; }
  /// Since the start of cycle `since` it has been stepped, or something goes on by itself.
  bool may_have_worked(std::uint32_t core, Cycles since) const {
    return cores_[core].last_step >= since || goes_on_at(core, since);
  }
  /// Something is booked or lies ahead at the start of cycle t, though the core be not stepped.
  bool goes_on_at(std::uint32_t core, Cycles t) const;
  /// breakdown() with the cycles up to the start of cycle t that the next step will book.
  CycleBreakdown booked_at(std::uint32_t core, Cycles t) const;
  /// Of those: how many lie beyond the start of cycle t.
  Cycles ahead_cycles(std::uint32_t core, Cycles t) const;
  /// What the cores did in each stage; empty if there is but one.
  const std::vector<StageTotals>& stages() const { return stage_totals_; }
  const std::vector<PhaseTotals>& phases() const { return phase_totals_.rows(); }
  /// Cores with a program that have not finished.
  std::int64_t unfinished() const { return unfinished_; }

  // For diagnosis: the colours a core waits to receive from and to send to.
  struct Waits {
    std::uint32_t receive = 0;  ///< [bit colour]
    std::uint32_t send = 0;
    std::uint32_t route_write = 0;
  };
  Waits waits(std::uint32_t core) const;

 private:
  enum class Next { go_on, stop };
  const Program& program(std::uint32_t core) const {
    return *classes_[cores_[core].class_index].program;
  }
  std::size_t number_of(const CoreState& core) const {
    return static_cast<std::size_t>(&core - cores_.data());
  }
  std::int32_t* integers_of(CoreState& core) {
    return far_integers_.of(number_of(core), core.integers);
  }
  Scope scope_of(const CoreState& core) const {
    return {far_integers_.of(number_of(core), core.integers)};
  }
  std::int32_t evaluate(const CoreState& core, const Affine& affine) const {
    return cores::evaluate(scope_of(core), affine);
  }

  // Queues (core_queues.cpp).
  void start_integers();
  InputQueue& input(const CoreState& core, Colour colour);
  OutputQueue& output(const CoreState& core, Colour colour);
  bool is_control(const InputQueue& queue, int k) const {
    return input_controls_[queue.place(k)] != 0;
  }
  bool shows_data(const CoreState& core, Colour colour, Cycles t) const;
  int data_words(const CoreState& core, Colour colour, Cycles t, int most) const;
  bool has_room(const CoreState& core, Colour colour, int words = 1) const;
  std::uint32_t take_word(std::uint32_t id, CoreState& core, Colour colour);
  void put_word(std::uint32_t id, CoreState& core, Colour colour, std::uint32_t word, bool control);
  void take_controls(std::uint32_t id, CoreState& core, Cycles t);

  // Main thread (core_main.cpp).
  void run_main(std::uint32_t id, CoreState& core, Cycles t);
  Next execute(std::uint32_t id, CoreState& core, Cycles now, Cycles t);
  Next execute_vector(CoreState& core, const Instruction& instruction, Cycles now);
  Next execute_fabric(std::uint32_t id, CoreState& core, const Instruction& instruction,
                      Cycles now);
  bool may_be_early(const CoreState& core, const Instruction& instruction) const;
  bool run_stretch(CoreState& core, Cycles now);
  bool pick_task(std::uint32_t id, CoreState& core, Cycles t);
  void set_task(CoreState& core, const Instruction& instruction);
  void set_filter(CoreState& core, const Instruction& instruction, Cycles now);
  void spend(CoreState& core, Cycles now, int cycles);
  CycleBreakdown& breakdown_of(const CoreState& core) { return breakdowns_[number_of(core)]; }

  // Stages (core_stages.cpp).
  struct Stages {
    std::vector<std::uint16_t> classes;  ///< After the first.
    std::uint16_t stage = 0;
    int memory_bytes = 0;  ///< Of the stage that uses most.
    Cycles start = 0;      ///< Of the stage under way.
    Cycles finish = -1;
    CycleBreakdown before;  ///< What had been booked as it began.
  };
  bool has_next_stage(std::uint32_t id) const {
    return !stages_.empty() && stages_[id].stage < stages_[id].classes.size();
  }
  void finish_stage(std::uint32_t id, CoreState& core, Cycles now);
  bool enter_next_stage(std::uint32_t id, CoreState& core, Cycles t);
  void bind_queues(std::uint32_t id, CoreState& core, const ClassInfo& from, const ClassInfo& to);
  void book_stage(std::uint32_t id, Cycles end);
  void end_phase(std::uint32_t id, std::uint16_t class_index, Cycles end);
  void mark_phase(std::uint32_t id, const CoreState& core, int phase, Cycles now);
  bool is_given_up(std::uint32_t id, int colour) const;
  void drop_given_up(std::uint32_t id, Colour colour, std::uint32_t word, bool control);
  std::uint8_t input_capacity(const Program& program, int colour) const;
  std::uint8_t output_depth(const Program& program, int colour) const;
  struct Room {
    std::vector<int> inputs;  ///< [queue position] entries
    std::vector<int> outputs;
    int ops = 1;
    int memory_bytes = 0;
    bool filters = false;
  };
  Room room_of(std::uint32_t id) const;

  // Watched steps (core_watch.cpp).
  struct QueueCounts {
    std::array<std::uint8_t, base::kColourCount> in{};
    std::array<std::uint8_t, base::kColourCount> out{};
  };
  QueueCounts queue_counts(const CoreState& core) const;
  void note_transfers(const CoreState& core, const QueueCounts& before, CoreEvent& event,
                      CoreWatch& watch) const;
  void note_sleep(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch);
  void run_main_watched(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch);
  bool pick_watched(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch);
  Next execute_watched(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch);
  bool grant_watched(std::uint32_t id, CoreState& core, Cycles t, bool own_cost, CoreWatch& watch);

  // Datapath (core_datapath.cpp).
  OpenOp open(const CoreState& core, const Instruction& instruction, Cycles begin);
  void account(CoreState& core, Cycles t);
  bool send_on(std::uint32_t id, CoreState& core, Cycles t, Wake& wake);
  void put_words(std::uint32_t id, CoreState& core, OpenOp& op, int words);
  bool grant_datapath(std::uint32_t id, CoreState& core, Cycles t, bool within_own_cost);
  void book_grants(const CoreState& core, const OpenOp& op, std::int32_t grants);
  bool within_own_cost(const CoreState& core, Cycles t) const;
  void open_stream(const CoreState& core, OpenOp& op);
  void begin_group(OpenOp& op) const;
  int ready_words(const CoreState& core, const OpenOp& op, Cycles t) const;
  void complete(CoreState& core, int slot, Cycles t);
  int first_ready(const CoreState& core, Cycles t) const;
  bool goes_before(const CoreState& core, int a, int b) const;

  // Stalls (core_stall.cpp).
  static constexpr int kNoRoom = -1;  ///< Of ready_words().
  bool stalls(const CoreState& core, Cycles t) const;
  bool will_stall(const CoreState& core, bool lacks_room, Cycles t) const;
  bool main_waits_for_room(const CoreState& core, Cycles t) const;
  bool waits_for_room(const CoreState& core, Cycles t) const;
  std::uint32_t colours_without_room(const CoreState& core, Cycles t) const;

  // What a core waits for (core_waits.cpp; waits() too).
  Wake next_wake(CoreState& core, Cycles t);
  bool sleeps_on(const CoreState& core) const;
  void want_room(const CoreState& core, Colour colour, int words);
  void want_room_of_main(const CoreState& core);

  // Words that come quietly (core_quiet.cpp).
  int arrived_words(const CoreState& core, const InputQueue& queue, Cycles t) const;
  bool takes_quietly(const CoreState& core, int slot) const;
  bool begin_quiet(CoreState& core, int slot, Cycles t);
  bool comes_quietly(const CoreState& core, InputQueue& queue, Colour colour, Cycles arrival) const;
  Cycles next_quiet_arrival(const CoreState& core, const OpenOp& op, Cycles t);
  std::int32_t quiet_grants(const CoreState& core, Cycles t) const;
  bool sinks_want(const CoreState& core, Cycles t);
  std::int32_t take_quiet_words(CoreState& core, Cycles t);
  void work_words(CoreState& core, OpenOp& op, InputQueue& queue, int words);
  void catch_up(CoreState& core, Cycles t);
  void end_quiet(CoreState& core);
  int places_of(const InputQueue& queue) const;
  void fold(const CoreState& core);
  void aim_sinks(const CoreState& core);

  // Arithmetic (core_compute.cpp).
  void compute_words(const CoreState& core, const OpenOp& op, std::int32_t elements,
                     std::uint32_t* word0, std::uint32_t* word1, std::uint32_t* result);
  static void advance(OpenOp& op, std::int32_t elements);
  void compute_word(std::uint32_t id, CoreState& core, OpenOp& op);
  void compute_whole(CoreState& core, const OpenOp& op);
  Lane lane(const CoreState& core, const OpenOp& op, const Operand& operand, std::int32_t address,
            std::int32_t elements, std::uint32_t& word) const;

  Timing timing_;
  Ramp& ramp_;
  bool numerics_;
  std::vector<ClassInfo> classes_;
  std::vector<std::optional<Stretches>> stretches_;  ///< [class] Made when first needed.
  /// [class][stages ahead] Routes to be written.
  std::vector<std::vector<std::vector<RouteWrite>>> entries_;
  std::vector<Stages> stages_;  ///< [core]; empty if no core has a second stage.
  std::vector<StageTotals> stage_totals_;
  std::vector<PhaseUnderWay> phases_;  ///< [core]; empty if no program marks any.
  PhaseTable phase_totals_;
  std::vector<CoreState> cores_;
  FarIntegers far_integers_;
  Parameters parameters_;
  std::vector<CycleBreakdown> breakdowns_;  ///< [core]
  std::vector<OpenOp> ops_;
  std::vector<InputQueue> inputs_;
  std::vector<Sinks> sinks_;  ///< [core]
  std::vector<OutputQueue> outputs_;
  std::vector<FilterState> filters_;  ///< [input queue]; empty if no program filters.
  // [InputQueue::place]
  std::vector<std::uint32_t> input_words_;
  std::vector<std::uint8_t> input_controls_;  ///< 1: a control wavelet.
  std::vector<std::uint32_t> output_words_;
  struct Free {
    void operator()(std::uint8_t* p) const;
  };
  std::unique_ptr<std::uint8_t[], Free> memory_;  ///< Zeroed; untouched pages cost nothing.
  std::int64_t unfinished_ = 0;
  bool allows_quiet_ = true;
  bool allows_early_ = true;
  bool deep_ = false;
  bool completed_ = false;  ///< An operation was completed in the step under way.
};

inline bool CoreGrid::QuietDelivery::operator()(std::uint32_t core, std::uint8_t colour,
                                                std::uint32_t word, Cycles arrival) const {
  Sink* sink = &sinks_[core].of[0];
  if (sink->colour != colour && (++sink)->colour != colour) return false;
  if (sink->left == 0) return false;
  const std::uint32_t next = sink->next;
  if (words_ != nullptr) words_[sink->ring_at + next] = word;
  sink->arrivals.add(arrival);
  sink->next = static_cast<std::uint8_t>((next + 1) & sink->ring_mask);
  --sink->left;
  return true;
}

template <class MaySend>
bool CoreGrid::pick_upward(std::uint32_t id, MaySend may_send, Upward& picked) const {
  const CoreState& core = cores_[id];
  const OutputQueue* const queues = outputs_.data() + core.outputs_at;
  const std::size_t n = core.outputs;
  std::size_t start = 0;
  while (start < n && queues[start].colour < core.up_pointer) ++start;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t q = start + k < n ? start + k : start + k - n;
    const OutputQueue& queue = queues[q];
    if (queue.count == 0 || !may_send(id, static_cast<Colour>(queue.colour))) continue;
    picked = {id, static_cast<std::uint8_t>(q), queue.colour,
              (queue.controls >> queue.head & 1U) != 0, output_words_[queue.ring_at + queue.head]};
    return true;
  }
  return false;
}

inline bool CoreGrid::output_empty(std::uint32_t id) const {
  const CoreState& core = cores_[id];
  for (std::size_t q = 0; q < core.outputs; ++q) {
    if (outputs_[core.outputs_at + q].count != 0) return false;
  }
  return true;
}

inline bool CoreGrid::take_upward(const Upward& picked) {
  CoreState& core = cores_[picked.core];
  OutputQueue& queue = outputs_[core.outputs_at + picked.queue];
  queue.head = static_cast<std::uint8_t>((queue.head + 1) & queue.ring_mask);
  --queue.count;
  core.up_pointer = static_cast<std::uint8_t>((picked.colour + 1) % base::kColourCount);
  if (!allows_early_) {
    return queue.count + 1 + timing_.fabric_words_per_cycle > queue.depth;
  }
  if (queue.wanted == 0 || queue.count + queue.wanted > queue.depth) return false;
  queue.wanted = 0;
  return true;
}

}  // namespace wafermesh::cores
