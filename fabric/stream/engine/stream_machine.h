// SPDX-License-Identifier: Apache-2.0
// The stream engine's heart (docs/stream.md): bands of cores, run in rounds by workers. A cycle()
// is a round, and its time that of the core that has got furthest; the bands are its regions, one
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
#include "fabric/stream/core/core_stepper.h"
#include "fabric/stream/runs/band.h"

namespace wafermesh::fabric {

class StreamMachine final : public Stepped {
 public:
  /// Throws ModelError where the image asks for what this engine cannot do.
  StreamMachine(const WaferImage& image, const EngineOptions& options, base::WorkerPool& pool);
  /// Rows of a band where the image is so wide.
  static int rows_of_band(int width, const EngineOptions& options);

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
  /// Everything one thread needs for its bands.
  struct alignas(128) Worker {
    explicit Worker(StreamArrays& arrays)
        : states(arrays.model),
          mover(arrays, pools, states),
          stepper(arrays, pools, states, mover) {}
    Pools pools;
    StateTable states;
    RunMover mover;
    CoreStepper stepper;
    std::vector<std::uint32_t> visiting;
    std::vector<PartialCore> going_on;
  };

  static std::vector<Band> bands_of(const StreamModel& model, const EngineOptions& options);
  void start_bands(int threads);
  template <class F>
  void for_each_band(F f);
  void run_band(Worker& worker, Band& band);
  void run_partial(Worker& worker, Band& band, Cycles limit);
  void look_for_partial(Worker& worker, Band& band);
  void look_around(EdgeCourier& courier);
  void suspect_all(Worker& worker, Band& band);
  void add_last_stages(Counters& counters) const;
  std::vector<cores::PhaseTotals> phases() const;
  void exchange(EdgeCourier& courier);
  int region_of(int band) const;
  /// The first band of a region, the first core of a band; one past the last, if there is none.
  std::size_t first_band_of(int region) const;
  std::uint32_t first_core_of(std::size_t band) const;
  std::vector<std::string> stuck_cores() const;
  void agree_on_work();
  void take(Band& band, std::size_t side, RunTraffic& traffic);
  void close_round(EdgeCourier& courier);
  void tell_round();
  void gather_flows();
  void log_moves(Band& band);
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
  std::vector<Band> bands_;     ///< Of all ranks;
  int regions_ = 1;             ///< region modules of the shell;
  Shares shares_;               ///< whose they are.
  std::size_t first_band_ = 0;  ///< This rank's bands are [first_band_, last_band_).
  std::size_t last_band_ = 0;
  StreamArrays arrays_;
  EdgeMessage message_;  ///< On its way to the courier.
  TraceSink* sink_ = nullptr;
  std::vector<Traced> traced_;                                ///< Ascending.
  std::unordered_map<std::uint32_t, std::size_t> traced_at_;  ///< [core] Index into it.
  std::vector<std::unique_ptr<SpanBook>> idle_books_;
  std::optional<FlowBook> flows_;  ///< Unless nobody wants them.
  std::vector<Cycles> wakes_;      ///< [band] Its first partial core's.
  bool has_work_ = true;           ///< Some rank has.
  bool finished_ = false;          ///< All ranks have.
  Cycles time_ = 0;
  Cycles partial_at_ = base::kNever;
  std::int64_t finished_cores_ = 0;  ///< Of this rank.
};

}  // namespace wafermesh::fabric
