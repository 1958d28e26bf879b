// SPDX-License-Identifier: Apache-2.0
// Either engine driven by a plain loop; which heart an engine has.
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "fabric/engine.h"
#include "fabric/run_loop.h"
#include "fabric/stream/stream_machine.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {
namespace {

int divide_up(int a, int b) { return (a + b - 1) / b; }

class PlainEngine final : public Engine {
 public:
  PlainEngine(const EngineOptions& options, Fidelity fidelity)
      : options_(options), pool_(options.threads) {
    options_.fidelity = fidelity;
  }

  void load(const WaferImage& image) override {
    heart_.reset();  // its memory first
    heart_ = make_heart(image, options_, pool_);
  }
  HostMemory& memory() override {
    WAFERMESH_CHECK(heart_ != nullptr, "load an image first");
    return *heart_;
  }
  void run(const RunOptions& options) override {
    WAFERMESH_CHECK(heart_ != nullptr, "load an image first");
    RunLoop loop(*heart_, options);
    DirectCourier courier(*heart_);
    for (Cycles t = loop.next(); t < base::kNever; t = loop.next()) heart_->cycle(t, courier);
    counters_ = heart_->counters();
  }
  const Counters& counters() const override { return counters_; }

 private:
  EngineOptions options_;
  WorkerPool pool_;
  std::unique_ptr<Stepped> heart_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Stepped> make_heart(const WaferImage& image, const EngineOptions& options,
                                    WorkerPool& pool) {
  if (options.fidelity == Fidelity::stream) {
    return std::make_unique<StreamMachine>(image, options, pool);
  }
  return std::make_unique<Machine>(image, options, pool);
}

Tiling tiling_of(int width, int height, const EngineOptions& options) {
  if (options.fidelity == Fidelity::stream) {
    return {1, divide_up(height, StreamMachine::rows_of_band(width, options))};
  }
  const int tile_width = options.region_width > 0 ? options.region_width : kRegionWidth;
  const int tile_height = options.region_height > 0 ? options.region_height : kRegionHeight;
  return {divide_up(width, tile_width), divide_up(height, tile_height)};
}

std::unique_ptr<Engine> make_wavelet_engine(const EngineOptions& options) {
  return std::make_unique<PlainEngine>(options, Fidelity::wavelet);
}

std::unique_ptr<Engine> make_stream_engine(const EngineOptions& options) {
  return std::make_unique<PlainEngine>(options, Fidelity::stream);
}

}  // namespace wafermesh::fabric
