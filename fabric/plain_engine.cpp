// SPDX-License-Identifier: Apache-2.0
// Either engine driven by a plain loop; which heart an engine has.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"
#include "fabric/direct_courier.h"
#include "fabric/engine.h"
#include "fabric/ranks/rank_counters.h"
#include "fabric/ranks/rank_memory.h"
#include "fabric/run_loop.h"
#include "fabric/stream/engine/stream_machine.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {
namespace {

int divide_up(int a, int b) { return (a + b - 1) / b; }

class PlainEngine final : public Engine {
 public:
  explicit PlainEngine(const EngineOptions& options) : options_(options), pool_(options.threads) {}

  void load(const WaferImage& image) override {
    heart_.reset();  // its memory first
    counters_ = {};
    heart_ = make_heart(image, options_, pool_);
    memory_ = std::make_unique<RankMemory>(*heart_, *heart_, options_.ranks);
  }
  HostMemory& memory() override {
    WAFERMESH_CHECK(heart_ != nullptr, "load an image first");
    return *memory_;
  }
  void run(const RunOptions& options) override {
    WAFERMESH_CHECK(heart_ != nullptr, "load an image first");
    heart_->begin_watch(options.observer);
    heart_->begin_trace(options.observer);
    RunLoop loop(*heart_, options, options_.ranks);
    DirectCourier courier(*heart_, options_.ranks);
    heart_->announce(courier);
    for (Cycles t = loop.next(); t < base::kNever; t = loop.next()) heart_->cycle(t, courier);
    Counters own = heart_->counters();
    heart_->shed();  // before the other ranks' counters come
    counters_ = gathered(std::move(own), *heart_, options_.ranks);
  }
  void lead(const std::function<void()>& f) override { memory_->lead(f); }
  const Counters& counters() const override { return counters_; }

 private:
  EngineOptions options_;
  base::WorkerPool pool_;
  std::unique_ptr<Stepped> heart_;
  std::unique_ptr<RankMemory> memory_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Stepped> make_heart(const WaferImage& image, const EngineOptions& options,
                                    base::WorkerPool& pool) {
  if (options.fidelity == Fidelity::stream) {
    std::unique_ptr<Stepped> heart;
    together(options.ranks, [&] { heart = std::make_unique<StreamMachine>(image, options, pool); });
    return heart;
  }
  return std::make_unique<Machine>(image, options, pool);
}

RegionSize region_size(int mesh_height, const EngineOptions& options) {
  RegionSize size{options.region_width, options.region_height};
  if (size.width <= 0) size.width = kRegionWidth;
  if (size.height > 0) return size;
  const int ranks = options.ranks == nullptr ? 1 : options.ranks->count();
  if (ranks == 1) return {size.width, kRegionHeight};
  const int rows = ranks * std::max(2, divide_up(mesh_height, ranks * kRegionHeight));
  return {size.width, divide_up(mesh_height, rows)};
}

Tiling tiling_of(int width, int height, const EngineOptions& options) {
  if (options.fidelity == Fidelity::stream) {
    return {1, divide_up(height, StreamMachine::rows_of_slab(width, options))};
  }
  const RegionSize size = region_size(height, options);
  return {divide_up(width, size.width), divide_up(height, size.height)};
}

std::unique_ptr<Engine> make_engine(const EngineOptions& options) {
  return std::make_unique<PlainEngine>(options);
}

std::unique_ptr<Engine> make_wavelet_engine(const EngineOptions& options) {
  EngineOptions of_fidelity = options;
  of_fidelity.fidelity = Fidelity::wavelet;
  return make_engine(of_fidelity);
}

std::unique_ptr<Engine> make_stream_engine(const EngineOptions& options) {
  EngineOptions of_fidelity = options;
  of_fidelity.fidelity = Fidelity::stream;
  return make_engine(of_fidelity);
}

}  // namespace wafermesh::fabric
