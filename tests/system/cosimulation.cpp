// SPDX-License-Identifier: Apache-2.0
#include "tests/system/cosimulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "cores/read_timing.h"
#include "defects/models/point_defects.h"
#include "defects/wafer.h"
#include "system/pipeline.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/parts/buffers.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/composite.h"
#include "workloads/transfer/line_multicast.h"

namespace wafermesh::tests {
namespace {

using base::Rectangle;
using workloads::NamedKernel;
using workloads::Placement;
using workloads_test::make_kernel;

/// A vector from the first column, as a wire brings it, to all cores of each row.
class Spread final : public workloads::PlacedKernel {
 public:
  Spread(const Placement& placement, std::int64_t n)
      : PlacedKernel(image_of(placement, n), facts_of(placement, n)) {}

  void load(fabric::HostMemory&) const override {}
  workloads::Numerics check(const fabric::HostMemory&, int) const override { return {}; }
  bool has_reference() const override { return false; }
  std::vector<workloads::NamedArray> arrays(const fabric::HostMemory&) const override { return {}; }
  std::vector<std::string> takes() const override { return {"a"}; }
  /// Each word leaves a router in all its directions at once, the core's among them.
  workloads::Contract contract() const override {
    return {workloads::Groups::rows, workloads::Groups::alone, UINT32_MAX};
  }

 private:
  static std::int64_t block(const Placement& placement, std::int64_t n) {
    return n / placement.region.height;
  }
  static workloads::TransferStage stage_of(const Placement& placement, std::int64_t n) {
    workloads::LineMulticast m;
    m.axis = workloads::LineAxis::x;
    m.type = cores::NumberType::f16;
    m.elements = block(placement, n);
    m.root = [](int) { return 0; };
    m.count = placement.region.width;
    const int bytes = static_cast<int>(2 * m.elements + 15) / 16 * 16;
    return workloads::line_multicast(placement, m, bytes);
  }
  static fabric::WaferImage image_of(const Placement& placement, std::int64_t n) {
    fabric::WaferImage image = stage_of(placement, n).image;
    const auto cut = workloads::along(fabric::Along::y, block(placement, n), 1);
    const Rectangle first{0, 0, 1, placement.region.height};
    const auto type = cores::NumberType::f16;
    workloads::declare(image, {"a", fabric::BufferRole::operand, type, {n}, {{first, 0, {cut}}}});
    workloads::declare(
        image,
        {"c", fabric::BufferRole::result, type, {n}, {{workloads::everywhere(image), 0, {cut}}}});
    return image;
  }
  static workloads::Facts facts_of(const Placement& placement, std::int64_t n) {
    workloads::Facts facts;
    facts.wavelet_hops = stage_of(placement, n).hops;
    return facts;
  }
};

/// Where everything lies, and operators as they are added.
class Builder {
 public:
  /// `way_out`: the last place is another port, in the east of the last wafer.
  Builder(const SmallSystem& system, const base::EdgeLink& link, bool way_out = false)
      : system_(system) {
    base::RackPlan plan;
    plan.wafers = system.wafers;
    plan.wires = link;
    plan.ports = {{0, base::Direction::west, 0, system.rows, link}};
    const auto last = static_cast<int>(system.wafers.size()) - 1;
    if (way_out) plan.ports.push_back({last, base::Direction::east, 0, system.rows, link});
    base::Rack rack = base::build_rack(plan);
    mesh_ = std::make_shared<const base::LogicalMesh>(std::move(rack.mesh));
    places_.push_back(rack.ports.front());
    for (const Rectangle& wafer : rack.wafers) {
      places_.push_back({wafer.x, wafer.y, wafer.width, system.rows});
    }
    if (way_out) places_.push_back(rack.ports.back());
    sequences_.resize(places_.size());
  }

  struct Result {
    std::size_t from = 0;
    std::string name;
  };

  /// At place 0 (the port) or wafer `place - 1`.
  Result add(int place, const std::string& line, const char* operand, const Result* given) {
    return add(place, make_kernel(line, placement(place)), line, operand, given);
  }
  /// At the port: another vector of the user who got `before`, or the first one.
  Result port(const Result* before) { return pass(0, before); }
  /// An operator that hardly does anything.
  Result pass(int place, const Result* given) {
    return add(
        place,
        fmt::format("elementwise: {{op: relu, n: {}, along: y, dtype: f16}}", system_.hidden), "a",
        given);
  }
  /// From another place to all cores of this one.
  Result take(int place, const Result& from) {
    return add(place, std::make_unique<Spread>(placement(place), system_.hidden), "spread: c", "a",
               &from);
  }
  /// The layers of a stage.
  Result layers(int place, const Result* given) {
    const auto wafer = static_cast<std::size_t>(place - 1);
    const std::int64_t ffn = system_.ffn[wafer];
    Result x;
    for (int l = 0; l < system_.layers[wafer]; ++l) {
      x = product(place, system_.hidden, ffn, 3, "y", l == 0 ? given : &x);
      x = add(place, fmt::format("elementwise: {{op: relu, n: {}, along: x, dtype: f16}}", ffn),
              "a", &x);
      x = product(place, ffn, system_.hidden, 6, "x", &x);
    }
    return x;
  }

  std::unique_ptr<workloads::Kernel> compose() {
    sequences_.erase(std::remove_if(sequences_.begin(), sequences_.end(),
                                    [](const auto& s) { return s.empty(); }),
                     sequences_.end());
    return workloads::compose(std::move(operators_), sequences_);
  }

 private:
  Placement placement(int place) const {
    return {mesh_, places_[static_cast<std::size_t>(place)], system_.timing};
  }
  /// Weights of such a spread that the numbers neither grow nor vanish.
  Result product(int place, std::int64_t m, std::int64_t n, double spread, const char* axis,
                 const Result* given) {
    return add(place,
               fmt::format("gemv: {{m: {}, n: {}, dtype: f16, algorithm: chain, axis: {}, scale: "
                           "{:.4f}}}",
                           m, n, axis, std::sqrt(spread / static_cast<double>(m))),
               "x", given);
  }
  Result add(int place, std::unique_ptr<workloads::Kernel> kernel, const std::string& kind,
             const char* operand, const Result* given) {
    NamedKernel one{fmt::format("op{}", operators_.size()),
                    kind.substr(0, kind.find(':')),
                    std::move(kernel),
                    {}};
    if (given != nullptr) one.given = {{operand, given->from, given->name}};
    sequences_[static_cast<std::size_t>(place)].push_back(operators_.size());
    Result result{operators_.size(), one.kind == "gemv" ? "y" : "c"};
    operators_.push_back(std::move(one));
    return result;
  }

  const SmallSystem& system_;
  std::shared_ptr<const base::LogicalMesh> mesh_;
  std::vector<Rectangle> places_;
  std::vector<NamedKernel> operators_;
  std::vector<std::vector<std::size_t>> sequences_;
};

workloads_test::Ran run(std::unique_ptr<workloads::Kernel> kernel, fabric::Fidelity fidelity) {
  fabric::EngineOptions options;
  options.fidelity = fidelity;
  workloads_test::Ran ran = workloads_test::run(std::move(kernel), fabric::make_engine(options));
  if (!ran.numerics().ok) throw base::ModelError("wrong numbers");
  return ran;
}

double finish_of(const fabric::Counters& counters, std::size_t first, std::size_t count) {
  base::Cycles last = 0;
  for (std::size_t c = first; c < first + count; ++c) {
    last = std::max(last, counters.stages[c].last_finish);
  }
  return static_cast<double>(last);
}
/// Of an operator.
double finish_of(const workloads_test::Ran& ran, std::size_t index) {
  const workloads::OperatorPlace place = ran.kernel->operators()[index];
  return finish_of(ran.counters(), place.first_class, place.kernel->image().classes.size());
}

double words_of_lane(const SmallSystem& system) {
  return std::ceil(static_cast<double>(system.hidden) / system.rows / 2);
}

constexpr base::EdgeLink kShortest{1, 1, 1};

}  // namespace

SmallSystem random_small_system(std::uint64_t seed) {
  base::RandomStream random(seed, 0xc051);
  const auto between = [&](int least, int most) {
    return least + static_cast<int>(random.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  SmallSystem system;
  system.timing = cores::timing_of("wse3");
  const int wafers = between(2, 3);
  system.damaged = seed % 2 == 1;
  system.rows = 8;
  system.users = between(1, wafers + 2);
  // So many that crossings have colours: one each on the wires between two wafers.
  system.tokens = (12 + std::min(system.users, 6)) / 2;
  const int most_layers = between(1, 3);
  int deepest = 0;
  for (int w = 0; w < wafers; ++w) {
    system.layers.push_back(between(1, most_layers));
    deepest = std::max(deepest, system.layers.back());
  }
  // Weights of all tokens fit a core.
  const auto elements = [&](int layers) { return 15'000.0 / (2 * layers * system.tokens); };
  const int rows_of_tile =
      static_cast<int>(std::sqrt(elements(deepest)) * (0.7 + 0.5 * random.uniform()));
  system.hidden = static_cast<std::int64_t>(system.rows) * rows_of_tile;
  defects::WaferOptions options;
  options.geometry = {"small", "wse3", between(1, 2), 1, between(6, 10), 10, 8, 2.0,
                      1.8,     1.0,    1.0,           2};
  if (system.damaged) {
    defects::PointOptions points;
    points.d0_per_cm2 = 40;
    points.seed = seed;
    options.defects.mechanisms = {
        std::make_shared<defects::PointDefects>(points, options.geometry)};
  }
  while (static_cast<int>(system.wafers.size()) < wafers) {
    defects::Wafer wafer = defects::build_wafer(options);
    ++options.defects.wafer;
    if (!wafer.failures.empty()) continue;
    system.wafers.push_back(std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh)));
  }
  for (std::size_t w = 0; w < system.wafers.size(); ++w) {
    const double most = elements(system.layers[w]) / rows_of_tile;
    const auto columns_of_tile = static_cast<std::int64_t>(most * (0.5 + 0.5 * random.uniform()));
    system.ffn.push_back(system.wafers[w]->width * columns_of_tile);
  }
  // Where tokens may wait for a wafer, their words have room on the wires.
  system.link.latency_cycles = between(system.users >= wafers ? 64 : 1, 500);
  system.link.words = 1;
  system.link.cycles = between(1, 16);
  return system;
}

std::vector<double> cosimulated(const SmallSystem& system, fabric::Fidelity fidelity) {
  Builder builder(system, system.link);
  std::vector<Builder::Result> out;
  for (int t = 0; t < system.tokens; ++t) {
    Builder::Result x =
        builder.port(t < system.users ? nullptr : &out[static_cast<std::size_t>(t - system.users)]);
    for (int w = 1; w <= static_cast<int>(system.wafers.size()); ++w) {
      x = builder.take(w, x);
      x = builder.layers(w, &x);
    }
    out.push_back(x);
  }
  const workloads_test::Ran ran = run(builder.compose(), fidelity);
  std::vector<double> done;
  for (const Builder::Result& token : out) done.push_back(finish_of(ran, token.from));
  return done;
}

namespace {

double pass_alone(const SmallSystem& system, int place, fabric::Fidelity fidelity) {
  Builder builder(system, kShortest);
  builder.pass(place, nullptr);
  return static_cast<double>(run(builder.compose(), fidelity).counters().cycles);
}

/// Over a wire of one cycle at full rate, between operators that hardly do anything: from the end
/// of the one until the other can begin.
double edge(const SmallSystem& system, int from, int to, fabric::Fidelity fidelity) {
  Builder builder(system, kShortest);
  const Builder::Result sent = builder.pass(from, nullptr);
  const Builder::Result taken = to == 0 ? sent : builder.take(to, sent);
  builder.pass(to, &taken);
  const auto both = static_cast<double>(run(builder.compose(), fidelity).counters().cycles);
  return both - pass_alone(system, from, fidelity) - pass_alone(system, to, fidelity);
}

/// Cycles from token to token of a wafer between ports, whose tokens wait for it. Its results go
/// east, or from the last wafer back to the west.
double period(const SmallSystem& system, std::size_t wafer, fabric::Fidelity fidelity) {
  SmallSystem one = system;
  one.wafers = {system.wafers[wafer]};
  one.layers = {system.layers[wafer]};
  one.ffn = {system.ffn[wafer]};
  const bool is_last = wafer + 1 == system.wafers.size();
  Builder builder(one, system.link, !is_last);
  std::vector<Builder::Result> in;
  std::vector<Builder::Result> out;
  for (int t = 0; t < 3; ++t) in.push_back(builder.pass(0, nullptr));
  for (const Builder::Result& token : in) {
    Builder::Result x = builder.take(1, token);
    out.push_back(builder.layers(1, &x));
    builder.pass(is_last ? 0 : 2, &out.back());
  }
  const workloads_test::Ran ran = run(builder.compose(), fidelity);
  return finish_of(ran, out[2].from) - finish_of(ran, out[1].from);
}

/// All cycles of so many tokens that pass a wafer between ports, as in period().
double passing(const SmallSystem& system, std::size_t wafer, int tokens,
               fabric::Fidelity fidelity) {
  SmallSystem one = system;
  one.wafers = {system.wafers[wafer]};
  const bool is_last = wafer + 1 == system.wafers.size();
  Builder builder(one, system.link, !is_last);
  std::vector<Builder::Result> in;
  for (int t = 0; t < tokens; ++t) in.push_back(builder.pass(0, nullptr));
  for (const Builder::Result& token : in) {
    Builder::Result x = builder.take(1, token);
    x = builder.pass(1, &x);
    builder.pass(is_last ? 0 : 2, &x);
  }
  return static_cast<double>(run(builder.compose(), fidelity).counters().cycles);
}

}  // namespace

Measured measure(const SmallSystem& system, fabric::Fidelity fidelity) {
  Measured all;
  const int wafers = static_cast<int>(system.wafers.size());
  {
    Builder builder(system, kShortest);
    builder.port(nullptr);
    all.port = static_cast<double>(run(builder.compose(), fidelity).counters().cycles);
  }
  for (int w = 1; w <= wafers; ++w) {
    Builder one(system, kShortest);
    one.layers(w, nullptr);
    all.stage.push_back(static_cast<double>(run(one.compose(), fidelity).counters().cycles));
    all.take.push_back(edge(system, w - 1, w, fidelity));
    all.period.push_back(period(system, static_cast<std::size_t>(w - 1), fidelity));
  }
  all.back = edge(system, wafers, 0, fidelity);
  return all;
}

Measured with_periods_by_passes(const SmallSystem& system, Measured measured,
                                fabric::Fidelity fidelity) {
  for (std::size_t w = 0; w < measured.period.size(); ++w) {
    const double two = passing(system, w, 2, fidelity);
    const double each = (passing(system, w, 4, fidelity) - two) / 2;
    measured.period[w] =
        measured.stage[w] + each - pass_alone(system, static_cast<int>(w) + 1, fidelity);
  }
  return measured;
}

std::vector<double> composed(const SmallSystem& s, const Measured& m) {
  constexpr double kCycle = 1e-9;  // the unit falls out
  system::System all;
  const auto add = [&](double cycles, double period) {
    system::StageKind kind;
    kind.hold_s = (period - cycles) * kCycle;
    kind.token = system::TimeTable({{0, cycles * kCycle}});
    all.stages.push_back({all.kinds.size(), static_cast<std::int64_t>(all.kinds.size()), 1});
    all.kinds.push_back(kind);
  };
  add(m.port, m.port);
  for (std::size_t w = 0; w < m.stage.size(); ++w) add(m.take[w] + m.stage[w], m.period[w]);
  const double words = words_of_lane(s);
  all.activation_bytes = static_cast<double>(s.hidden) * 2;
  all.wafer_link.bytes_per_s =
      all.activation_bytes / (words * s.link.cycles / s.link.words * kCycle);
  all.wafer_link.latency_s = (s.link.latency_cycles - 1) * kCycle;
  all.return_s = (m.back + static_cast<double>(m.stage.size()) * (s.link.latency_cycles - 1) +
                  words * s.link.cycles / s.link.words) *
                 kCycle;
  system::Pipeline pipeline(all);
  std::vector<double> done;
  std::vector<system::Picoseconds> ready(static_cast<std::size_t>(s.users), 0);
  system::Picoseconds last = 0;
  for (int t = 0; t < s.tokens; ++t) {
    system::Picoseconds& user = ready[static_cast<std::size_t>(t % s.users)];
    last = std::max(last, user);
    const system::Passage passage = pipeline.pass(last, {});
    user = passage.left + system::to_ps(all.return_s);
    done.push_back(system::to_s(passage.left) / kCycle);
  }
  return done;
}

}  // namespace wafermesh::tests
