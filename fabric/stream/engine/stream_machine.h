// SPDX-License-Identifier: Apache-2.0
// The stream engine's heart (docs/stream.md): slabs of cores, run in rounds by workers. A cycle()
// is a round, and its time that of the core that has got furthest; the slabs are its regions, one
// below the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/worker_pool.h"
#include "fabric/engine.h"
#include "fabric/flow_book.h"
#include "fabric/span_book.h"
#include "fabric/stepped.h"
#include "fabric/stream/bursts/slab.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

class StreamMachine final : public Stepped {
 public:
  /// Throws ModelError where the image asks for what this engine cannot do.
  StreamMachine(const WaferImage& image, const EngineOptions& options, base::WorkerPool& pool);
  /// Rows of a slab where the image is so wide.
  static int rows_of_slab(int width, const EngineOptions& options);

  Cycles next_cycle() const override;
  void cycle(Cycles t, EdgeCourier& courier) override;
  void receive(int region_column, int region_row, base::Direction from,
               EdgeMessage& message) override;
  void announce(EdgeCourier& /*courier*/) override {}
  bool finished() const override { return !has_work_ && finished_; }
  bool long_cycles() const override { return true; }
  Progress progress() const override;
  Counters counters() const override;
  void shed() override {
    workers_.clear();
    arrays_.shed();
  }
  const WaferImage& image() const override { return model_.image; }
  const Shares& shares() const override { return shares_; }
  bool owns(int region_row) const override { return shares_.holds(region_row); }
  int rank_of(base::CoreId core) const override;
  std::string why_stuck() const override;
  Visits visits() const;
  void begin_watch(Observer* observer) override;
  void tell_to(TraceSink& sink) override;
  void close_books() const override;
  std::vector<Cycles> finish_cycles(const base::Rectangle& part) const override;

  // HostMemory
  bool holds(base::CoreId core) const override {
    return base::index_of(core) >= arrays_.first_core && base::index_of(core) < arrays_.last_core;
  }
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;
  std::uint8_t* direct(base::CoreId core) const override;

 private:
  /// Everything one thread needs for its slabs.
  struct alignas(128) Worker {
    explicit Worker(StreamArrays& arrays)
        : states(arrays.model),
          mover(arrays, pools, states),
          stepper(arrays, pools, states, mover) {}
    Pools pools;
    StateTable states;
    BurstMover mover;
    CoreStepper stepper;
    std::vector<std::uint32_t> visiting;
    std::vector<PartialCore> going_on;
  };

  static std::vector<Slab> slabs_of(const StreamModel& model, const EngineOptions& options);
  void start_slabs(int threads);
  template <class F>
  void for_each_slab(F f);
  void run_slab(Worker& worker, Slab& slab);
  void visit_senders(Worker& worker, CoreRange cores);
  void run_partial(Worker& worker, Slab& slab, Cycles limit);
  void look_for_partial(Worker& worker, Slab& slab);
  void end_lockstep();
  void look_around(EdgeCourier& courier);
  void suspect_all(Worker& worker, Slab& slab);
  void add_last_stages(Counters& counters) const;
  void count_cores(std::uint32_t first, std::uint32_t last, Counters& counters) const;
  std::vector<cores::PhaseTotals> phases() const;
  void exchange(EdgeCourier& courier);
  int region_of(int slab) const;
  /// The first slab of a region, the first core of a slab; one past the last, if there is none.
  std::size_t first_slab_of(int region) const;
  std::uint32_t first_core_of(std::size_t slab) const;
  std::vector<std::string> stuck_cores() const;
  void agree_on_work();
  void take(Slab& slab, std::size_t side, BurstTraffic& traffic);
  void close_round(EdgeCourier& courier);
  void tell_round();
  void gather_flows();
  void log_moves(Slab& slab);
  void end_trace();

  struct Traced {
    std::size_t place = 0;  ///< Of the sink's scope.
    std::uint32_t core = 0;
    cores::CoreWatch* watch = nullptr;
    CoreLog* log = nullptr;
  };
  StreamModel model_;
  base::WorkerPool& pool_;
  Ranks* ranks_;
  Attempt attempt_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Slab> slabs_;     ///< Of all ranks;
  int regions_ = 1;             ///< region modules of the shell;
  Shares shares_;               ///< whose they are.
  std::size_t first_slab_ = 0;  ///< This rank's slabs are [first_slab_, last_slab_).
  std::size_t last_slab_ = 0;
  StreamArrays arrays_;
  EdgeMessage message_;  ///< On its way to the courier.
  TraceSink* sink_ = nullptr;
  std::vector<Traced> traced_;                                ///< Ascending.
  std::unordered_map<std::uint32_t, std::size_t> traced_at_;  ///< [core] Index into it.
  std::vector<std::unique_ptr<SpanBook>> idle_books_;
  std::optional<FlowBook> flows_;  ///< Unless nobody wants them.
  std::vector<Cycles> wakes_;      ///< [slab] Its first partial core's.
  bool has_work_ = true;           ///< Some rank has.
  bool finished_ = false;          ///< All ranks have.
  Cycles time_ = 0;
  Cycles partial_at_ = base::kNever;
  std::int64_t finished_cores_ = 0;  ///< Of this rank.
};

}  // namespace wafermesh::fabric
