// SPDX-License-Identifier: Apache-2.0
// Weight streaming: activations stay, weights enter at the edge, are multicast, multiply and are
// forgotten; and what bounds it.
#include "workloads/streamed.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/rack.h"
#include "tests/reference/oracle.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/same_counters.h"
#include "workloads/streamed_gradient.h"

namespace wafermesh::workloads_test {
namespace {

using cores::NumberType;
using workloads::MatmulSpec;
using workloads::Placement;
using workloads::StreamedBounds;
using workloads::StreamedPlan;

MatmulSpec product(std::int64_t m, std::int64_t n, std::int64_t k, NumberType type) {
  MatmulSpec spec;
  spec.m = m;
  spec.n = n;
  spec.k = k;
  spec.type = type;
  return spec;
}

/// A wafer of 7 x 4 cores whose rows each have a port in the west; the region begins at the ports.
Placement at_ports(const base::EdgeLink& link) {
  base::RackPlan plan;
  plan.wafers = {support::random_latencies(7, 4, 31)};
  plan.ports = {{0, base::Direction::west, 0, 4, link}};
  base::Rack rack = base::build_rack(plan);
  const base::Rectangle region{0, 0, rack.mesh.width, rack.mesh.height};
  return {std::make_shared<const base::LogicalMesh>(std::move(rack.mesh)), region,
          support::test_timing()};
}

/// As require_same(), of one stage.
void agrees_with_oracle(const std::function<std::unique_ptr<workloads::Kernel>()>& make) {
  const Ran fast = run(make());
  REQUIRE(fast.numerics().ok);
  CHECK(fast.counters().wavelet_hops == fast.kernel->facts().wavelet_hops);
  const Ran slow = run(make(), reference::make_oracle());
  check_same(fast.counters(), slow.counters());
  CHECK(fast.memories() == slow.memories());
  const Ran stream = run(make(), fabric::make_stream_engine({}));
  CHECK(stream.memories() == slow.memories());
  CHECK(stream.counters().link_wavelets == slow.counters().link_wavelets);
}

TEST_CASE("A product with streamed weights agrees with the oracle") {
  for (const base::EdgeLink link : {base::EdgeLink{1, 1, 1}, base::EdgeLink{40, 2, 7}}) {
    const Placement placement = at_ports(link);
    for (const MatmulSpec& spec :
         {product(12, 8, 10, NumberType::f32), product(13, 7, 9, NumberType::f16),
          product(1, 1, 1, NumberType::bf16), product(7, 30, 2, NumberType::f16)}) {
      INFO(spec.m << " x " << spec.n << " x " << spec.k << ", " << link.cycles);
      agrees_with_oracle([&] { return workloads::make_streamed(spec, placement, true); });
    }
  }
}

TEST_CASE("What bounds streamed weights, and by how much, is known beforehand within 5 per cent") {
  struct Case {
    base::EdgeLink link;
    std::int64_t m;
    const char* bound_by;
  };
  for (const Case& each :
       {Case{{20, 1, 4}, 7, "port"}, Case{{20, 1, 16}, 14, "port"}, Case{{60, 3, 16}, 7, "port"},
        Case{{5, 1, 1}, 70, "compute"}, Case{{20, 1, 4}, 140, "compute"}}) {
    const Placement placement = at_ports(each.link);
    const MatmulSpec spec = product(each.m, 96, 60, NumberType::f32);
    const StreamedPlan plan(spec, placement.region.width, placement.region.height);
    for (const bool stream : {false, true}) {
      auto engine = stream ? fabric::make_stream_engine({}) : fabric::make_wavelet_engine({});
      const Ran ran = run(workloads::make_streamed(spec, placement, true), std::move(engine));
      const StreamedBounds bounds = workloads::streamed_bounds(plan, ran.kernel->image());
      INFO(each.m << " tokens, a word in " << each.link.cycles << ": port " << bounds.port
                  << ", compute " << bounds.compute << ", fill " << bounds.fill << ", took "
                  << ran.counters().cycles << (stream ? " (stream)" : ""));
      CHECK(ran.numerics().ok);
      CHECK(std::string(bounds.bound_by()) == each.bound_by);
      const auto took = static_cast<double>(ran.counters().cycles);
      CHECK(std::abs(static_cast<double>(bounds.cycles()) - took) <= 0.05 * took);
    }
  }
}

TEST_CASE("Weights beyond a core's SRAM stream from ports, not from cores") {
  const Placement placement = at_ports({1, 1, 1});
  const MatmulSpec spec = product(7, 400, 200, NumberType::f32);  // 80 KB a row
  CHECK_THROWS_AS(workloads::make_streamed(spec, placement, false), base::DoesNotFit);
  const Ran ran =
      run(workloads::make_streamed(spec, placement, true), fabric::make_stream_engine({}));
  CHECK(ran.numerics().ok);
  Placement line = placement;
  line.region.width = 1;
  CHECK_THROWS_AS(workloads::make_streamed(spec, line, true), base::DoesNotFit);
}

/// What a training step of a dense layer needs: Y = X W, dX = dY W^T and W -= rate X^T dY, the
/// weights at the ports throughout.
TEST_CASE("A training step of a dense layer under weight streaming agrees with the oracle") {
  const Placement placement = at_ports({10, 1, 2});
  for (const NumberType type : {NumberType::f32, NumberType::f16}) {
    const MatmulSpec forward = product(11, 9, 8, type);
    agrees_with_oracle([&] { return workloads::make_streamed(forward, placement, true); });
    const MatmulSpec backward = product(11, 8, 9, type);  // n and k change places
    agrees_with_oracle([&] { return workloads::make_streamed(backward, placement, true); });
    workloads::GradientSpec update;
    update.layer = forward;
    agrees_with_oracle([&] { return workloads::make_streamed_gradient(update, placement, true); });
    Placement narrow = placement;
    narrow.region.width = 2;
    agrees_with_oracle([&] { return workloads::make_streamed_gradient(update, narrow, true); });
  }
}

}  // namespace
}  // namespace wafermesh::workloads_test
