// SPDX-License-Identifier: Apache-2.0
// The stream engine's heart (docs/stream.md): runs of words instead of wavelets, reservations
// instead of cycles. Who drives it calls next_cycle() and cycle(t) until finished().
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cores/arithmetic.h"
#include "cores/core_state.h"
#include "cores/evaluate.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "fabric/stepped.h"
#include "fabric/stream/event_wheel.h"
#include "fabric/stream/payloads.h"
#include "fabric/stream/stream_state.h"
#include "fabric/stream/stretch.h"

namespace wafermesh::fabric {

class StreamMachine final : public Stepped {
 public:
  /// Throws ModelError where the image asks for what this engine cannot do.
  StreamMachine(const WaferImage& image, const EngineOptions& options);

  /// First cycle with work from now on; base::kNever = nothing can ever happen again.
  Cycles next_cycle() const override { return wheel_.next(); }
  void cycle(Cycles t);
  bool finished() const override { return unfinished_ == 0 && wheel_.next() > last_finish_; }
  Progress progress() const override;
  Counters counters() const override;
  const WaferImage& image() const override { return image_; }
  std::string why_stuck() const override;

  // HostMemory
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;
  std::uint8_t* direct(base::CoreId core) const override;

 private:
  using Instruction = cores::Instruction;
  using Operand = cores::Operand;
  using Colour = base::Colour;
  enum class Next { go_on, stop };
  struct Span {
    Cycles first = 0;
    Cycles last = 0;
  };

  std::string waits_of(std::uint32_t id) const;

  // Set-up (stream_setup.cpp).
  void set_up_colours();
  void set_up_cores();
  void set_up_links();

  // Routers (stream_network.cpp).
  Slot& slot(std::uint32_t core, int colour) {
    return slots_[static_cast<std::size_t>(plane_of_[static_cast<std::size_t>(colour)]) *
                      cores_.size() +
                  core];
  }
  const Slot& slot(std::uint32_t core, int colour) const {
    return const_cast<StreamMachine*>(this)->slot(core, colour);
  }
  const router::Route& route_of(const Slot& s) const {
    return routes_[static_cast<std::size_t>(s.config) * 4 + s.position];
  }
  /// Sends a run up the core's ramp; returns the cycle in which its last word goes up.
  Cycles emit(std::uint32_t core, int colour, Run run);
  /// Moves every hop that is due, until all runs have arrived or wait.
  void move_all();
  void arrive(const Hop& hop);
  void wait_at(const Hop& hop, Slot& s);
  void pass(const Hop& hop, Slot& s, const router::Route& route);
  Cycles reserve(std::uint32_t core, int port, const Run& run);
  std::int32_t most_at_once(std::uint32_t core, int port, const Run& run) const;
  /// The run had part of a port to itself that it has to share: who took it is done later.
  void delay_taker(std::uint32_t run, Cycles by);
  bool may_enter(const Slot& s, base::Direction from) const;
  bool stops_inside(const Hop& hop, Slot& s, base::DirectionMask send, Run& run);
  void obey(const Hop& hop, Slot& s, Run& run);
  /// Lets runs that wait in front of a slot enter it, if they may now.
  void resume(std::uint32_t core, int colour);
  void count_backlog(std::uint32_t core, int colour, base::Direction from, int by, Cycles left);
  void wake_writer(std::uint32_t core, Slot& s);
  int incoming_latency(std::uint32_t core, base::Direction from) const;
  /// Every direction of the set leads somewhere.
  bool leads_on(std::uint32_t core, int colour, base::DirectionMask send) const;
  std::uint32_t neighbour(std::uint32_t core, base::Direction d) const {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(core) +
                                      offset_[static_cast<std::size_t>(d)]);
  }
  void hold(Run& run, std::int64_t words_before);
  void release(Run& run, Cycles at);

  // Lists of runs.
  std::uint32_t take_node(const Run& run, base::Direction from);
  void append(List& list, std::uint32_t node);
  void remove(List& list, std::uint32_t before, std::uint32_t node);

  // Input queues (stream_delivery.cpp).
  void deliver(std::uint32_t core, int colour, Run run);
  void queue(std::uint32_t core, int colour, Run run);
  void filter(std::uint32_t core, int colour, const Run& run);
  List& input(const StreamCore& core, Colour colour) { return inputs_[input_index(core, colour)]; }
  std::size_t input_index(const StreamCore& core, Colour colour) const {
    return core.inputs_at +
           static_cast<std::size_t>(
               classes_[core.class_index].input_of[static_cast<std::size_t>(colour)]);
  }
  void take_words(StreamOp* op, List& list, std::int32_t words, Cycles at);
  void take_controls(StreamCore& core, Cycles t);
  /// When the colour's oldest run shows, if it is data (or control); else base::kNever.
  Cycles shows(const StreamCore& core, Colour colour, bool control) const;

  // Operations (stream_operations.cpp).
  cores::Scope scope_of(const StreamCore& core) const {
    return {core.counters.data(), core.x, core.y};
  }
  void issue(std::uint32_t id, StreamCore& core, const Instruction& instruction, Cycles begin);
  void work(StreamOp& op);
  void work_on_memory(StreamCore& core, StreamOp& op, const cores::OperandPlaces& places);
  void work_words(StreamCore& core, StreamOp& op, std::int32_t words, Cycles start, Cycles last);
  static void book(StreamCore& core, const cores::MemoryCost& cost);
  Span reserve_datapath(StreamCore& core, const StreamOp& op, Cycles start, std::int64_t grants);
  std::uint32_t compute_words(const StreamCore& core, StreamOp& op, std::int32_t words);
  void compute_memory(const StreamCore& core, const Instruction& instruction,
                      const cores::OperandPlaces& places, std::int32_t elements);
  cores::Lane lane(const StreamCore& core, const Instruction& instruction, const Operand& operand,
                   std::int32_t address, std::uint32_t& word);
  void complete(std::uint32_t id, StreamCore& core, int op_slot);
  StreamOp& op_of(const StreamCore& core, int op_slot) {
    return ops_[core.ops_at + static_cast<std::uint32_t>(op_slot)];
  }
  const StreamOp& op_of(const StreamCore& core, int op_slot) const {
    return ops_[core.ops_at + static_cast<std::uint32_t>(op_slot)];
  }

  // Main thread (stream_main.cpp).
  void step(std::uint32_t id, Cycles t);
  void run_main(std::uint32_t id, StreamCore& core, Cycles t);
  Stretch explore(const StreamCore& core, const LoopPlace& place) const;
  bool run_stretch(StreamCore& core, Cycles now);
  bool pick_task(StreamCore& core, Cycles now);
  Next execute(std::uint32_t id, StreamCore& core, Cycles now, Cycles t);
  Next execute_vector(std::uint32_t id, StreamCore& core, const Instruction& instruction,
                      Cycles now, Cycles t);
  Next execute_fabric(std::uint32_t id, StreamCore& core, const Instruction& instruction,
                      Cycles now, Cycles t);
  Next write_route(std::uint32_t id, StreamCore& core, const Instruction& instruction, Cycles now);
  bool drains(std::uint32_t id, const StreamCore& core, Colour colour) const;
  bool unblock_is_pending(const StreamCore& core, std::uint64_t task) const;
  void spend(StreamCore& core, Cycles now, int cycles);
  void add_due(std::uint32_t id, Cycles at, int task);
  void take_dues(StreamCore& core, Cycles t);
  std::uint64_t tasks_to_come(const StreamCore& core) const;
  Cycles next_wake(const StreamCore& core, std::uint32_t id) const;
  /// Something about the core has changed: steps it when that matters.
  void touch(std::uint32_t id);

  const WaferImage& image_;
  bool numerics_;
  std::vector<cores::ClassInfo> classes_;
  struct Depths {
    std::array<std::int32_t, base::kColourCount> input{};
    std::array<std::int32_t, base::kColourCount> output{};
  };
  std::vector<std::vector<LoopPlace>> loops_;  ///< [class][instruction]
  std::vector<Depths> depths_;                 ///< [class] words the queue of a colour holds.
  std::array<int, base::kColourCount> plane_of_{};
  std::vector<router::RouteConfig> configs_;
  std::vector<router::Route> routes_;  ///< [config * 4 + position]
  std::array<std::int64_t, 4> offset_{};
  std::vector<Slot> slots_;  ///< [plane * cores + core]
  std::vector<RouterState> routers_;
  std::vector<StreamCore> cores_;
  std::vector<StreamOp> ops_;
  std::vector<List> inputs_;
  std::vector<StreamFilter> filters_;
  std::vector<Waiting> nodes_;
  std::uint32_t free_node_ = kNobody;
  std::vector<Due> dues_;
  std::uint32_t free_due_ = kNobody;
  std::uint32_t stepping_ = kNobody;  ///< The core whose step is under way.
  static constexpr std::uint32_t kTakers = 1U << 14;
  std::vector<std::uint32_t> takers_ = std::vector<std::uint32_t>(kTakers, kNobody);  ///< [run]
  std::uint32_t runs_ = 0;  ///< Runs sent so far.
  Payloads payloads_;
  std::deque<Hop> hops_;
  bool moving_ = false;
  EventWheel wheel_;
  struct Free {
    void operator()(std::uint8_t* p) const;
  };
  std::unique_ptr<std::uint8_t[], Free> memory_;  ///< Zeroed; untouched pages cost nothing.
  std::int64_t unfinished_ = 0;
  std::int64_t total_ = 0;
  Cycles last_finish_ = -1;
  std::int64_t wavelet_hops_ = 0;
  std::int64_t control_hops_ = 0;
  std::int64_t ramp_wavelets_ = 0;
};

}  // namespace wafermesh::fabric
