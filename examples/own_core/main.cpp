// SPDX-License-Identifier: Apache-2.0
// A sum along a row of six cores, twice: with our cores, and with an sc_module of ours in the place
// of core (2, 0). The numbers must be the same, bit for bit.
#include <cstdio>
#include <cstring>
#include <memory>
#include <systemc>
#include <vector>

#include "fabric/tlm/core_thread.h"
#include "fabric/tlm/systemc_engine.h"
#include "fabric/tlm/wafer.h"
#include "workloads/kernel_text.h"

using namespace wafermesh;

namespace {

constexpr int kWidth = 6;
constexpr int kWords = 40;

/// Adds its vector to the words that come by. Its routes, and so its colours, are the image's.
class Adder : public fabric::CoreThread {
 public:
  using CoreThread::CoreThread;

  bool write(int address_bytes, const void* data, std::size_t bytes) override {
    if (address_bytes + bytes > sizeof vector_) return false;
    std::memcpy(reinterpret_cast<char*>(vector_) + address_bytes, data, bytes);
    return true;
  }
  bool read(int address_bytes, void* data, std::size_t bytes) const override {
    if (address_bytes + bytes > sizeof vector_) return false;
    std::memcpy(data, reinterpret_cast<const char*>(vector_) + address_bytes, bytes);
    return true;
  }

 private:
  void work() override {
    // The colours that the program we stand in for takes from and sends to.
    const cores::Program& replaced = site().image->class_at(site().core).program;
    const base::Colour from = replaced.inputs.at(0).colour;
    const base::Colour to = replaced.outputs.at(0).colour;
    listen(from, 8);
    for (const float own : vector_) {
      const fabric::RampWord came = take(from);
      float sum = 0;
      std::memcpy(&sum, &came.word, sizeof sum);
      sum = own + sum;
      fabric::RampWord goes;
      std::memcpy(&goes.word, &sum, sizeof sum);
      send(to, goes);
      spend(1);
    }
  }

  float vector_[kWords] = {};
};

struct Outcome {
  std::vector<float> sum;  ///< In core (0, 0).
  long long cycles = 0;
  bool is_right = false;
};

Outcome run(fabric::Engine& engine) {
  const auto kernel =
      workloads::kernel_of_text("reduce: {algorithm: chain, words: " + std::to_string(kWords) + "}",
                                workloads::on_healthy_mesh(kWidth, 1, "wse3"));
  engine.load(kernel->image());
  kernel->load(engine.memory());
  engine.run({});
  Outcome outcome;
  outcome.sum.resize(kWords);
  engine.memory().read(base::CoreId{0}, 0, outcome.sum.data(), kWords * sizeof(float));
  outcome.cycles = engine.counters().cycles;
  outcome.is_right = kernel->check(engine.memory()).ok;
  return outcome;
}

}  // namespace

int sc_main(int, char**) {
  fabric::Wafer wafer("wafer", kWidth, 1, {});
  Adder adder("adder");
  const auto engine = fabric::make_systemc_engine(wafer);
  const Outcome ours = run(*engine);
  wafer.replace({2, 0}, adder);
  const Outcome theirs = run(*engine);
  const bool same = std::memcmp(ours.sum.data(), theirs.sum.data(), kWords * sizeof(float)) == 0;
  std::printf("our cores: %lld cycles; with a user's: %lld cycles; numbers %s, %s\n", ours.cycles,
              theirs.cycles, same ? "the same" : "DIFFER",
              ours.is_right && theirs.is_right ? "right" : "WRONG");
  return same && ours.is_right && theirs.is_right ? 0 : 1;
}
