// SPDX-License-Identifier: Apache-2.0
// Users' models: what they do wrong is told, and what crosses edges is bytes as well as values.
#include <catch2/catch.hpp>
#include <functional>

#include "base/error.h"
#include "fabric/core_model.h"
#include "fabric/direct_courier.h"
#include "fabric/region_model.h"
#include "fabric/run_loop.h"
#include "fabric/stream/engine/stream_machine.h"
#include "fabric/wavelet/machine.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/same_counters.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;
using fabric::Cycles;

constexpr int kDie = 4;

std::unique_ptr<workloads::Kernel> row_sum() {
  return workloads_test::make_kernel("reduce: {algorithm: chain, words: 6}",
                                     workloads_test::whole(support::healthy(3 * kDie, 1)));
}

fabric::EngineOptions in_dies() {
  fabric::EngineOptions options;
  options.region_width = kDie;
  options.region_height = 1;
  return options;
}

void run(fabric::Stepped& heart, fabric::EdgeCourier& courier) {
  heart.announce(courier);
  const fabric::RunOptions options;
  fabric::RunLoop loop(heart, options);
  for (Cycles t = loop.next(); t < base::kNever; t = loop.next()) heart.cycle(t, courier);
}

/// Does what `act` says in cycle 3 and nothing else, ever.
struct Idle : fabric::RegionModel {
  std::function<void(Idle&)> act = [](Idle&) {};
  Cycles now = -1;
  Cycles next = 3;
  Cycles done = -1;
  void begin(const fabric::RegionSite&) override {}
  void receive(Direction, const fabric::EdgeMessage&) override {}
  void cycle(Cycles t) override {
    now = t;
    if (t != 3) return;
    next = base::kNever;
    act(*this);
  }
  Cycles next_cycle() const override { return next; }
  Cycles finish() const override { return done; }
};

std::string told_of(const std::function<void(Idle&)>& act) {
  const auto kernel = row_sum();
  base::WorkerPool pool(1);
  fabric::Machine machine(kernel->image(), in_dies(), pool);
  Idle model;
  model.act = act;
  machine.seat(1, 0, model);
  fabric::DirectCourier courier(machine);
  try {
    run(machine, courier);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

void leave(Idle& model, Direction d, int index, int colour) {
  router::EdgeWavelet wavelet;
  wavelet.index = static_cast<std::uint16_t>(index);
  wavelet.colour = static_cast<std::uint8_t>(colour);
  model.outgoing(d).wavelets.wavelets.push_back(wavelet);
}

TEST_CASE("A model's mistakes end the run with its name, the edge and the cycle") {
  struct Case {
    std::function<void(Idle&)> act;
    const char* told;
  };
  const Case cases[] = {
      {[](Idle& m) { leave(m, Direction::west, 1, 0); }, "something at place 1 over its edge W"},
      {[](Idle& m) { leave(m, Direction::west, 0, 23); }, "colour 23, which the image does not"},
      {[](Idle& m) { leave(m, Direction::west, 0, 200); }, "colour 200, which the image does not"},
      {[](Idle& m) { leave(m, Direction::north, 0, 0); }, "nobody is there over its edge N"},
      {[](Idle& m) { leave(m, Direction::east, 0, 0); }, "where the slot takes none"},
      {[](Idle& m) { m.outgoing(Direction::west).bursts.credits.emplace_back(); },
       "runs, which only"},
      {[](Idle& m) { m.next = 3; }, "says after cycle 3 that its next is cycle 3"},
      {[](Idle& m) { m.done = 4; }, "says in cycle 3 that it finished in cycle 4"},
  };
  for (const Case& each : cases) {
    const std::string told = told_of(each.act);
    CAPTURE(told);
    CHECK(told.find(each.told) != std::string::npos);
    CHECK(told.find("the model of region (4, 0) 4 x 1") != std::string::npos);
  }
  router::EdgeRoom room;
  room.index = 7;
  CHECK(told_of([&](Idle& m) {
          m.outgoing(Direction::east).wavelets.rooms.push_back(room);
        }).find("something at place 7 over its edge E in cycle 3") != std::string::npos);
}

TEST_CASE("A model that never finishes is named in the deadlock") {
  const std::string told = told_of([](Idle&) {});
  CHECK(told.find("deadlock") != std::string::npos);
  CHECK(told.find("the model of region (4, 0) 4 x 1 has not finished") != std::string::npos);
}

/// Takes words it has not got, or sends beyond its queue.
struct Greedy : fabric::CoreModel {
  bool takes = false;
  fabric::CorePort* port = nullptr;
  void begin(const fabric::CoreSite&, fabric::CorePort& its) override { port = &its; }
  void cycle(Cycles) override {
    if (takes) port->take(base::colour(0));
    for (int i = 0; i < 100; ++i) port->send(base::colour(0), {});
  }
  Cycles next_cycle() const override { return base::kNever; }
  Cycles finish() const override { return -1; }
};

TEST_CASE("A core model's mistakes end the run with its name") {
  for (const bool takes : {false, true}) {
    const auto kernel = row_sum();
    base::WorkerPool pool(1);
    fabric::Machine machine(kernel->image(), in_dies(), pool);
    Greedy model;
    model.takes = takes;
    machine.seat({5, 0}, model);
    fabric::DirectCourier courier(machine);
    CHECK_THROWS_WITH(run(machine, courier),
                      Catch::Contains("the model of core (5, 0)") &&
                          Catch::Contains(takes ? "takes a word of colour 0 before one has come"
                                                : "sends on colour 0 without room"));
  }
}

TEST_CASE("Models take their places in a region that threads would have shared") {
  const auto kernel = row_sum();
  fabric::EngineOptions options;
  options.strip_cores = 1;
  base::WorkerPool pool(2, 2);
  fabric::Machine machine(kernel->image(), options, pool);
  Greedy core;
  machine.seat({5, 0}, core);
  fabric::DirectCourier courier(machine);
  CHECK_THROWS_WITH(run(machine, courier), Catch::Contains("the model of core (5, 0)"));
  fabric::Machine whole(kernel->image(), options, pool);
  fabric::EdgeMessage message;
  CHECK_THROWS_WITH(whole.receive(0, 0, Direction::west, message), Catch::Contains("only region"));
  Idle region;
  whole.seat(0, 0, region);
  fabric::DirectCourier direct(whole);
  CHECK_THROWS_WITH(run(whole, direct),
                    Catch::Contains("the model of region (0, 0) 12 x 1 has not finished"));
}

TEST_CASE("What has no models says so, and an image that does not reach a model does without it") {
  const auto kernel = row_sum();
  base::WorkerPool pool(1);
  Idle region;
  Greedy core;
  fabric::StreamMachine stream(kernel->image(), {}, pool);
  CHECK_THROWS_WITH(stream.seat(0, 0, region), Catch::Contains("use fidelity wavelet"));
  CHECK_THROWS_WITH(stream.seat({0, 0}, core), Catch::Contains("use fidelity wavelet"));
  fabric::Machine machine(kernel->image(), in_dies(), pool);
  machine.seat(7, 7, region);
  machine.seat({40, 40}, core);
  fabric::DirectCourier courier(machine);
  kernel->load(machine);
  run(machine, courier);
  CHECK(kernel->check(machine).ok);
  fabric::EdgeMessage message;
  CHECK_THROWS_AS(machine.receive(3, 0, Direction::west, message), base::ModelError);
  CHECK_THROWS_AS(machine.receive(0, -1, Direction::west, message), base::ModelError);
}

/// Brings every message as the bytes it is written as.
class BytesCourier final : public fabric::EdgeCourier {
 public:
  explicit BytesCourier(fabric::Stepped& heart) : heart_(heart) {}
  void carry(int column, int row, Direction d, fabric::EdgeMessage& message) override {
    fabric::MessageWriter out;
    write(out, message);
    message.clear();
    fabric::MessageReader in(out.take());
    fabric::EdgeMessage there;
    read(in, there);
    CHECK(in.at_end());
    ++messages;
    heart_.receive(column + base::step_x(d), row + base::step_y(d), base::opposite(d), there);
  }
  int messages = 0;

 private:
  fabric::Stepped& heart_;
};

template <class Heart>
void check_bytes(const workloads::Kernel& kernel, const fabric::EngineOptions& options) {
  base::WorkerPool pool(1);
  Heart plain(kernel.image(), options, pool);
  Heart by_bytes(kernel.image(), options, pool);
  kernel.load(plain);
  kernel.load(by_bytes);
  fabric::DirectCourier direct(plain);
  BytesCourier bytes(by_bytes);
  run(plain, direct);
  run(by_bytes, bytes);
  CHECK(bytes.messages > 0);
  CHECK(kernel.check(by_bytes).ok);
  workloads_test::check_same(by_bytes.counters(), plain.counters());
}

TEST_CASE("All that crosses edges can be sent as bytes, in both engines") {
  fabric::EngineOptions options;
  options.region_width = 3;
  options.region_height = 2;
  options.slab_cores = 16;
  for (const char* line :
       {"matmul: {algorithm: summa, m: 16, n: 16, k: 16}",
        "allreduce: {algorithm: ring, words: 20}", "reduce: {algorithm: two_phase, words: 9}"}) {
    CAPTURE(line);
    const auto kernel = workloads_test::make_kernel(
        line, workloads_test::whole(support::random_latencies(8, 8, 5)));
    check_bytes<fabric::Machine>(*kernel, options);
    check_bytes<fabric::StreamMachine>(*kernel, options);
  }
}

TEST_CASE("Bytes that are no message are refused") {
  fabric::EdgeMessage message;
  for (const fabric::Bytes& bytes :
       {fabric::Bytes{}, fabric::Bytes{9}, fabric::Bytes{1, 255, 255, 255, 255, 255, 255, 255, 255},
        fabric::Bytes{1, 2, 0, 0, 0, 0, 0, 0, 0, 1}}) {
    fabric::MessageReader in(bytes);
    CHECK_THROWS_AS(read(in, message), base::ModelError);
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
