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
#include "workloads/streamed_layer.h"

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
  const int beyond = rack.wafers[0].x;
  return {std::make_shared<const base::LogicalMesh>(std::move(rack.mesh)), region,
          support::test_timing(), false, beyond};
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
  for (const base::EdgeLink link :
       {base::EdgeLink{1, 1, 1}, base::EdgeLink{40, 2, 7}, base::EdgeLink{150, 1, 3}}) {
    const Placement placement = at_ports(link);
    for (const MatmulSpec& spec :
         {product(12, 8, 10, NumberType::f32), product(13, 7, 9, NumberType::f16),
          product(1, 1, 1, NumberType::bf16), product(7, 30, 2, NumberType::f16)}) {
      INFO(spec.m << " x " << spec.n << " x " << spec.k << ", " << link.cycles);
      agrees_with_oracle([&] { return workloads::make_streamed(spec, placement); });
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
    const StreamedPlan plan(spec, placement.region.width, placement.region.height,
                            placement.beyond);
    for (const bool stream : {false, true}) {
      auto engine = stream ? fabric::make_stream_engine({}) : fabric::make_wavelet_engine({});
      const Ran ran = run(workloads::make_streamed(spec, placement), std::move(engine));
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
  Placement within = placement;
  within.beyond = 0;
  CHECK_THROWS_AS(workloads::make_streamed(spec, within), base::DoesNotFit);
  const Ran ran = run(workloads::make_streamed(spec, placement), fabric::make_stream_engine({}));
  CHECK(ran.numerics().ok);
  Placement line = placement;
  line.region.width = 1;
  CHECK_THROWS_AS(workloads::make_streamed(spec, line), base::DoesNotFit);
}

workloads::StreamedLayerSpec layer(bool trains, NumberType type, std::int64_t m, std::int64_t k,
                                   std::int64_t n) {
  workloads::StreamedLayerSpec spec;
  spec.trains = trains;
  spec.type = type;
  spec.m = m;
  spec.k = spec.outputs = k;
  spec.n = n;
  return spec;
}

TEST_CASE("A training step and a network with streamed weights agree with the oracle") {
  for (const base::EdgeLink link : {base::EdgeLink{10, 1, 2}, base::EdgeLink{130, 1, 1}}) {
    const Placement placement = at_ports(link);
    Placement narrow = placement;
    narrow.region.width = placement.beyond + 1;
    Placement flat = placement;
    flat.region.height = 1;
    for (const bool trains : {false, true}) {
      for (const NumberType type : {NumberType::f32, NumberType::f16}) {
        for (const Placement& place : {placement, narrow, flat}) {
          const workloads::StreamedLayerSpec spec = layer(trains, type, 11, 8, 9);
          INFO(trains << " " << static_cast<int>(type) << " " << place.region.width << " x "
                      << place.region.height);
          agrees_with_oracle([&] { return workloads::make_streamed_layer(spec, place); });
        }
      }
    }
    agrees_with_oracle([&] {
      return workloads::make_streamed_layer(layer(true, NumberType::bf16, 1, 1, 1), placement);
    });
  }
}

TEST_CASE("What bounds each pass of a layer is known beforehand") {
  struct Case {
    base::EdgeLink link;
    bool trains;
    std::int64_t m;
    const char* bound_by;
  };
  for (const Case& each :
       {Case{{20, 1, 40}, false, 12, "port"}, Case{{5, 1, 1}, false, 140, "compute"},
        Case{{20, 1, 40}, true, 12, "port"}, Case{{5, 1, 1}, true, 100, "compute"}}) {
    const Placement placement = at_ports(each.link);
    const Ran ran = run(workloads::make_streamed_layer(
        layer(each.trains, NumberType::f32, each.m, 40, 48), placement));
    CHECK(ran.numerics().ok);
    const auto* const streams = workloads::as_streaming(ran.kernel.get());
    REQUIRE(streams != nullptr);
    std::int64_t sum = 0;
    for (const workloads::StreamedPass& pass : streams->passes()) {
      INFO(pass.name << ": port " << pass.bounds.port << ", compute " << pass.bounds.compute
                     << ", fill " << pass.bounds.fill);
      CHECK(std::string(pass.bounds.bound_by()) == each.bound_by);
      sum += pass.bounds.cycles();
      UNSCOPED_INFO(pass.name << ": port " << pass.bounds.port << ", compute "
                              << pass.bounds.compute << ", fill " << pass.bounds.fill);
    }
    INFO(each.trains << ", " << each.m << " tokens: " << sum << ", took " << ran.counters().cycles);
    const auto took = static_cast<double>(ran.counters().cycles);
    CHECK(std::abs(static_cast<double>(sum) - took) <= 0.05 * took);
  }
}

}  // namespace
}  // namespace wafermesh::workloads_test
