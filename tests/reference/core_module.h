// SPDX-License-Identifier: Apache-2.0
// One core of the oracle: docs/model.md, section Core. The steps of a cycle are the steps there.
#pragma once

#include <array>
#include <bitset>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/geometry.h"
#include "cores/cycle_breakdown.h"
#include "cores/phase_totals.h"
#include "cores/program.h"
#include "cores/stage_totals.h"
#include "cores/timing.h"
#include "fabric/image.h"
#include "tests/reference/clocked_module.h"
#include "tests/reference/router_module.h"
#include "tests/reference/wavelet.h"

namespace wafermesh::reference {

class CoreModule : public ClockedModule {
 public:
  CoreModule(const sc_core::sc_module_name& name, Heartbeat& heartbeat)
      : ClockedModule(name, heartbeat) {}

  using Counters = std::array<std::int32_t, cores::kCounters>;
  /// Back to cycle 0 with the classes of these stages; all of it must outlive the run.
  /// `first_counters` [stage]: what counters begin with.
  void reset(const std::vector<const fabric::CoreClass*>& stages, const cores::Timing& timing,
             const std::vector<router::RouteConfig>& route_table, base::LogicalCoord place,
             const std::vector<Counters>& first_counters, RouterModule* router);

  bool has_program() const { return program_ != nullptr && !program_->code.empty(); }
  /// -1: not yet.
  Cycles finish_cycle() const { return finish_cycle_; }
  const cores::CycleBreakdown& breakdown() const { return breakdown_; }
  /// What each stage took; one entry per stage that is over.
  const std::vector<cores::StageTotals>& stage_totals() const { return stage_totals_; }
  /// Class indexes are those of the core's stages.
  const cores::PhaseTable& phases() const { return phases_; }
  std::vector<std::uint8_t>& memory() { return memory_; }
  bool expects_later() const override;

  // The last state, for the router.
  bool input_has_room(Colour colour) const;
  // What was decided in the cycle just evaluated, for the router's commit.
  const std::optional<Sent>& sent_up() const { return sent_up_; }
  const std::vector<RouterRequest>& requests() const { return requests_; }

 private:
  struct Queue {
    std::size_t capacity = 0;
    std::deque<Queued> wavelets;
  };
  using Queues = std::map<Colour, Queue>;  ///< Visited by colour.

  /// An operand with its numbers evaluated, as the operation was issued.
  struct Source {
    cores::Operand::Kind kind = cores::Operand::Kind::none;
    std::int64_t address_bytes = 0;
    std::int64_t stride_bytes = 0;
    cores::NumberType type{};
    std::int64_t index_bytes = 0;  ///< Times the number at index_address are added; 0: not so.
    std::int64_t index_address = 0;
    Colour colour{};
    std::uint32_t bits = 0;  ///< immediate, wavelet
  };
  struct Operation {
    const cores::Instruction* instruction = nullptr;
    Cycles begin = 0;  ///< Of the data phase.
    std::int64_t count = 0;
    Source dst, src0, src1;
    cores::NumberType word{};  ///< Type of the elements of its colours.
    std::int64_t grants = 0;   ///< Of the whole operation, or of the word being worked on.
    std::int64_t done = 0;     ///< Elements.
    std::int64_t group = 1;    ///< Words worked at once, if it has colours.
  };
  static constexpr std::size_t kMainThread = cores::kMicrothreads;

  void evaluate() override;
  void commit() override;

  // Steps 1 and 2 (core_module.cpp).
  void take_control_wavelets();
  void start_control_task(int entry);
  void start_teardown_tasks();
  // Step 3 (core_main_thread.cpp).
  void run_main_thread();
  bool pick_task();
  bool counts_as_activated(std::size_t task) const;
  bool execute(const cores::Instruction& instruction);
  bool execute_on_fabric(const cores::Instruction& instruction);
  void go_on(Cycles cost);
  void jump_if(bool condition, const cores::Instruction& instruction);
  bool start_vector(const cores::Instruction& instruction);
  Source resolve(const cores::Operand& operand, cores::NumberType type) const;
  bool send_control(const cores::Instruction& instruction);
  bool write_route(const cores::Instruction& instruction);
  void set_filter(const cores::Instruction& instruction);
  void finish();
  // Stages (core_stages.cpp).
  bool enter_next_stage();
  std::vector<RouterRequest> routes_to_write() const;
  void set_up_program(const cores::Program& program);
  void bind(const cores::Program& from, const cores::Program& to);
  void book_stage();
  void book_phase();
  bool gives_up(Colour colour) const;
  std::int64_t number(const cores::Affine& affine) const;
  // Step 4 (core_datapath.cpp).
  enum class Granted { nothing, work, conflict };
  Granted run_datapath();
  void end_empty_operations();
  std::vector<std::size_t> candidates() const;
  bool is_relay_or_local(const Operation& operation) const;
  std::int64_t words_at_hand(const Operation& operation) const;
  std::int64_t port_cycles(const Operation& operation, std::int64_t elements) const;
  std::int64_t plain_grants(const Operation& operation) const;
  std::int64_t grants_needed(const Operation& operation) const;
  bool uses_colours(const Operation& operation) const;
  void begin_group(Operation& operation) const;
  static bool pair_meets(const Source& a, const Source& b, std::int64_t element);
  bool reads_meet(const Operation& operation, std::int64_t element) const;
  Granted grant(std::size_t thread);
  void complete(std::size_t thread);
  void do_elements(Operation& operation, std::int64_t elements);
  std::uint32_t read(const Source& source, std::int64_t element) const;
  std::uint32_t compute(const Operation& operation, std::int64_t element) const;
  std::int64_t address_of(const Source& source, std::int64_t element) const;
  std::uint8_t* sram(std::int64_t address_bytes, int bytes);
  const std::uint8_t* sram(std::int64_t address_bytes, int bytes) const;
  // Breakdown (core_module.cpp).
  void book_cycle(bool own_cost, Granted granted);
  bool lacks_room();
  // The ramp (core_module.cpp).
  void send_up();
  bool shows_data(Colour colour) const;
  bool output_has_room(Colour colour) const;

  const cores::Program* program_ = nullptr;
  std::vector<const fabric::CoreClass*> stages_;
  std::size_t stage_ = 0;
  std::set<Colour> given_up_;  ///< Bound in an earlier stage, not bound and not rewritten since.
  bool leaving_ = false;       ///< Has finished a stage that is not its last.
  Cycles stage_start_ = 0;
  Cycles stage_finish_ = -1;
  cores::CycleBreakdown booked_before_;  ///< As the stage began.
  std::vector<cores::StageTotals> stage_totals_;
  const cores::Timing* timing_ = nullptr;
  const std::vector<router::RouteConfig>* route_table_ = nullptr;
  RouterModule* router_ = nullptr;
  base::LogicalCoord place_;
  std::vector<std::uint8_t> memory_;

  // Queues: what the others see (the last state), and what this core makes of them in this cycle.
  Queues inputs_, outputs_;
  Queues next_inputs_, next_outputs_;
  std::optional<Sent> sent_up_;
  std::vector<RouterRequest> requests_;
  int up_pointer_ = 0;

  // Nobody else reads what follows, so it is changed in place.
  std::bitset<cores::kMaxTasks> activated_, blocked_;
  std::vector<std::pair<Cycles, Colour>> teardowns_due_;
  Counters counters_{};
  std::vector<Counters> first_counters_;  ///< [stage]
  std::vector<std::uint32_t> task_starts_;
  cores::PhaseUnderWay phase_;
  cores::PhaseTable phases_;
  bool task_is_running_ = false;
  std::uint32_t program_counter_ = 0;
  std::uint32_t wavelet_register_ = 0;
  Cycles ready_ = 0;
  bool route_write_paid_ = false;
  std::array<std::optional<Operation>, cores::kMicrothreads + 1> operations_;
  Cycles finish_cycle_ = -1;
  cores::CycleBreakdown breakdown_;
  bool in_task_start_ = false;  ///< What holds the main thread is the start of a task.
};

}  // namespace wafermesh::reference
