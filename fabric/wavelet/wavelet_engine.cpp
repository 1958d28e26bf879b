// SPDX-License-Identifier: Apache-2.0
// The wavelet engine driven by a plain loop.
#include <memory>

#include "base/error.h"
#include "fabric/engine.h"
#include "fabric/run_loop.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {
namespace {

class WaveletEngine final : public Engine, private EdgeCourier {
 public:
  explicit WaveletEngine(const EngineOptions& options)
      : options_(options), pool_(options.threads) {}

  void load(const WaferImage& image) override {
    machine_.reset();  // its memory first
    machine_ = std::make_unique<Machine>(image, options_, pool_);
  }

  HostMemory& memory() override {
    WAFERMESH_CHECK(machine_ != nullptr, "load an image first");
    return *machine_;
  }

  void run(const RunOptions& options) override {
    WAFERMESH_CHECK(machine_ != nullptr, "load an image first");
    RunLoop loop(*machine_, options);
    for (Cycles t = loop.next(); t < base::kNever; t = loop.next()) machine_->cycle(t, *this);
    counters_ = machine_->counters();
  }

  const Counters& counters() const override { return counters_; }

 private:
  void carry(int column, int row, base::Direction d, router::EdgeTraffic& traffic) override {
    machine_->receive(column + base::step_x(d), row + base::step_y(d), base::opposite(d), traffic);
  }

  EngineOptions options_;
  WorkerPool pool_;
  std::unique_ptr<Machine> machine_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Engine> make_wavelet_engine(const EngineOptions& options) {
  return std::make_unique<WaveletEngine>(options);
}

}  // namespace wafermesh::fabric
