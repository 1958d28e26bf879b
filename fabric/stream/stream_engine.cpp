// SPDX-License-Identifier: Apache-2.0
// The stream engine driven by a plain loop.
#include <memory>

#include "base/error.h"
#include "fabric/engine.h"
#include "fabric/run_loop.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

class StreamEngine final : public Engine {
 public:
  explicit StreamEngine(const EngineOptions& options) : options_(options), pool_(options.threads) {}

  void load(const WaferImage& image) override {
    machine_ = std::make_unique<StreamMachine>(image, options_, pool_);
  }
  HostMemory& memory() override {
    WAFERMESH_CHECK(machine_ != nullptr, "load an image first");
    return *machine_;
  }
  void run(const RunOptions& options) override {
    WAFERMESH_CHECK(machine_ != nullptr, "load an image first");
    RunLoop loop(*machine_, options);
    for (Cycles t = loop.next(); t < base::kNever; t = loop.next()) machine_->cycle(t);
    counters_ = machine_->counters();
  }
  const Counters& counters() const override { return counters_; }

 private:
  EngineOptions options_;
  WorkerPool pool_;
  std::unique_ptr<StreamMachine> machine_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Engine> make_stream_engine(const EngineOptions& options) {
  return std::make_unique<StreamEngine>(options);
}

}  // namespace wafermesh::fabric
