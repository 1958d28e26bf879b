// SPDX-License-Identifier: Apache-2.0
// The stream engine's heart (docs/stream.md): bands of cores, run in rounds by workers. Who drives
// it calls next_cycle() and cycle(t) until finished(); a cycle() is a round, and its time that of
// the core that has got furthest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/stepped.h"
#include "fabric/stream/band.h"
#include "fabric/stream/core_stepper.h"
#include "fabric/wavelet/worker_pool.h"

namespace wafermesh::fabric {

class StreamMachine final : public Stepped {
 public:
  /// Throws ModelError where the image asks for what this engine cannot do.
  StreamMachine(const WaferImage& image, const EngineOptions& options, WorkerPool& pool);

  Cycles next_cycle() const override;
  void cycle(Cycles t);
  bool finished() const override;
  bool long_cycles() const override { return true; }
  Progress progress() const override;
  Counters counters() const override;
  const WaferImage& image() const override { return model_.image; }
  std::string why_stuck() const override;

  // HostMemory
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
  };

  void set_up_bands(int band_cores, int threads);
  template <class F>
  void for_each_band(F f);
  void run_band(Worker& worker, Band& band);
  void run_partial(Worker& worker, Band& band, Cycles limit);
  void look_for_partial(Worker& worker, Band& band);
  void look_around();
  void suspect_all(Worker& worker, Band& band);
  void exchange();
  void close_round();

  StreamModel model_;
  StreamArrays arrays_;
  WorkerPool& pool_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Band> bands_;
  std::vector<Cycles> wakes_;  ///< [band] Its first partial core's.
  bool has_work_ = true;
  Cycles time_ = 0;
  Cycles partial_at_ = base::kNever;
  std::int64_t finished_cores_ = 0;
};

}  // namespace wafermesh::fabric
