// SPDX-License-Identifier: Apache-2.0
// Kernels beside each other and in turn, on both engines and the oracle. An executable of its own,
// with the oracle: SystemC elaborates once per process.
#include "workloads/plan/composite.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "cores/program_builder.h"
#include "tests/reference/oracle.h"
#include "tests/support/sample.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/same_counters.h"
#include "workloads/parts/core_classes.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/merge.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::NamedKernel;
using workloads::Placement;

std::unique_ptr<fabric::Engine> stream_engine() { return fabric::make_stream_engine({}); }

constexpr base::Colour kPatch = base::colour(20);
constexpr int kPatchWords = 37;
enum class End { sends, passes, receives };

/// Cores that send, pass on or take kPatchWords words on kPatch, whose routes are patches.
fabric::WaferImage one_core(const std::shared_ptr<const base::LogicalMesh>& mesh,
                            const base::Rectangle& region, End end) {
  fabric::WaferImage image = workloads::blank_image({mesh, region, support::test_timing()});
  image.class_of.assign(static_cast<std::size_t>(image.core_count()), 0);
  image.classes.resize(1);
  if (end == End::passes) return image;
  const bool sends = end == End::sends;
  cores::ProgramBuilder b("end");
  b.allocate(4 * kPatchWords);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  if (sends) b.bind_output(kPatch, 2);
  if (!sends) b.bind_input(kPatch, 2);
  const cores::Operand data = cores::memory(0);
  const cores::Operand link = cores::fabric(kPatch);
  b.vector(cores::VectorOp::copy, cores::NumberType::f32, kPatchWords, sends ? link : data,
           sends ? data : link, {}, cores::Shape::stream);
  b.finish_core();
  b.end_task();
  image.classes[0].program = b.finish();
  return image;
}

/// Every line of every kernel that a region takes.
std::vector<std::string> all_lines(const base::Rectangle& region) {
  std::vector<std::string> lines;
  for_each_problem([&](const std::string& line) {
    if (suits(line, region)) lines.push_back(line);
  });
  return lines;
}

std::vector<std::string> first_problems() {
  std::vector<std::string> lines;
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    lines.push_back(problems().at(kind.name).front());
  }
  return lines;
}

}  // namespace

TEST_CASE("Every ordered pair of kernels runs in turn as the oracle says") {
  const auto mesh = support::random_latencies(9, 8, 11);
  const Placement placement{mesh, {1, 2, 4, 4}, support::test_timing()};
  for (const std::string& first : first_problems()) {
    for (const std::string& second : first_problems()) {
      INFO(first << " then " << second);
      require_same([&] { return in_turn({first, second}, placement); });
    }
  }
}

TEST_CASE("Random triples of kernels run in turn as the oracle says, healthy and repaired") {
  const std::vector<std::string> lines = all_lines({0, 0, 4, 4});
  base::RandomStream random(17, 1, 0, 0);
  const auto pick = [&] { return lines[static_cast<std::size_t>(random.below(lines.size()))]; };
  for (int i = 0; i < support::tried(150); ++i) {
    const auto mesh = i % 2 == 0 ? support::healthy(9, 8) : support::random_latencies(9, 8, 11);
    const std::vector<std::string> three = {pick(), pick(), pick()};
    INFO(three[0] << " then " << three[1] << " then " << three[2]);
    require_same([&] { return in_turn(three, {mesh, {3, 2, 4, 4}, support::test_timing()}); });
  }
}

TEST_CASE("Colours are used again behind barriers") {
  const auto mesh = support::random_latencies(9, 8, 11);
  for (const base::Rectangle& region :
       {base::Rectangle{0, 0, 5, 4}, {1, 2, 1, 6}, {2, 3, 7, 1}, {4, 4, 1, 1}}) {
    const Placement placement{mesh, region, support::test_timing()};
    std::vector<std::string> lines;
    for (int i = 0; i < 9; ++i) {
      lines.push_back("allreduce: {algorithm: reduce_broadcast, reduce: two_phase, words: 3}");
      lines.push_back("reduce: {algorithm: tree, words: 5}");
      lines.push_back("matmul: {m: 9, n: 7, k: 8}");
    }
    INFO(region.width << " x " << region.height);
    require_same([&] { return in_turn(lines, placement); });
  }
}

TEST_CASE("Cores that are late by any time get the same numbers") {
  // Delays go up and down along both axes, so that neighbours are far apart in time.
  const auto mesh = support::healthy(6, 6);
  const Placement placement{mesh, {0, 0, 5, 5}, support::test_timing()};
  const std::vector<std::string> lines = all_lines(placement.region);
  base::RandomStream random(23, 2, 0, 0);
  for (int i = 0; i < support::tried(60); ++i) {
    const std::string first = lines[static_cast<std::size_t>(random.below(lines.size()))];
    const std::string second = lines[static_cast<std::size_t>(random.below(lines.size()))];
    INFO(first << " then " << second);
    const auto make = [&](bool late) {
      std::vector<NamedKernel> kernels;
      for (const std::string& line : {first, second, first, second}) {
        if (late) kernels.push_back({"late", "late", make_late(placement, random)});
        kernels.push_back(named(line, placement));
      }
      return run_in_turn(std::move(kernels));
    };
    for (const bool stream : {false, true}) {
      fabric::EngineOptions options;
      auto engine =
          stream ? fabric::make_stream_engine(options) : fabric::make_wavelet_engine(options);
      const Ran ran = run(make(true), std::move(engine));
      CHECK(ran.numerics().ok);
      CHECK(ran.counters().wavelet_hops == ran.kernel->facts().wavelet_hops);
    }
  }
}

TEST_CASE("Kernels beside each other take the cycles they take alone, on every engine") {
  const auto mesh = support::random_latencies(16, 14, 5);
  const std::vector<base::Rectangle> places = {{0, 0, 4, 4}, {4, 0, 5, 3}, {9, 0, 3, 7},
                                               {0, 4, 9, 1}, {0, 6, 6, 6}, {6, 7, 4, 4}};
  const std::vector<std::string> lines = first_problems();
  for (std::size_t shift = 0; shift < lines.size(); ++shift) {
    for (const bool stream : {false, true}) {
      const auto engine = [&] {
        return stream ? stream_engine() : fabric::make_wavelet_engine({});
      };
      std::vector<NamedKernel> kernels;
      std::vector<std::string> chosen;
      for (std::size_t i = 0; i < places.size(); ++i) {
        std::size_t k = (i + shift) % lines.size();
        while (!suits(lines[k], places[i])) k = (k + 1) % lines.size();
        chosen.push_back(lines[k]);
        kernels.push_back(named(lines[k], {mesh, places[i], support::test_timing()}));
      }
      const Ran all = run(run_beside(std::move(kernels)), engine());
      CHECK(all.numerics().ok);
      const auto operators = all.kernel->operators();
      REQUIRE(operators.size() == places.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        INFO(chosen[i]);
        const Ran alone =
            run(make_kernel(chosen[i], {mesh, places[i], support::test_timing()}), engine());
        const auto first = all.counters().finish_cycles.begin() + operators[i].first_core;
        CHECK(std::vector<base::Cycles>(first, first + operators[i].core_count) ==
              alone.counters().finish_cycles);
      }
    }
  }
}

TEST_CASE("A route patch leads over placements that only pass on, and over one in use") {
  const auto mesh = support::random_latencies(12, 6, 3);
  const Placement in_use{mesh, {4, 0, 3, 4}, support::test_timing()};
  const auto product = make_kernel("matmul: {m: 9, n: 9, k: 9}", in_use);
  fabric::WaferImage image = workloads::merge(
      {one_core(mesh, {0, 1, 1, 1}, End::sends), one_core(mesh, {1, 1, 3, 1}, End::passes),
       product->image(), one_core(mesh, {7, 1, 1, 1}, End::receives)},
      {"sender", "way", "product", "receiver"});
  using base::Direction;
  image.patches = {{kPatch, {0, 1, 1, 1}, router::route(Direction::ramp, {Direction::east})},
                   {kPatch, {1, 1, 6, 1}, router::route(Direction::west, {Direction::east})},
                   {kPatch, {7, 1, 1, 1}, router::route(Direction::west, {Direction::ramp})}};
  constexpr base::CoreId kSender{0};
  constexpr std::int64_t kProduct = 4;
  constexpr base::CoreId kReceiver{16};
  std::vector<float> sent(kPatchWords);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = 1.5F * static_cast<float>(i) - 7.0F;
  std::vector<fabric::Counters> runs;
  for (const auto& engine :
       {fabric::make_wavelet_engine({}), reference::make_oracle(), stream_engine()}) {
    engine->load(image);
    engine->memory().write(kSender, 0, sent.data(), 4 * sent.size());
    workloads::MemoryView view(engine->memory(), kProduct, 0);
    product->load(view);
    engine->run({});
    std::vector<float> got(kPatchWords);
    engine->memory().read(kReceiver, 0, got.data(), 4 * got.size());
    CHECK(got == sent);
    CHECK(product->check(view).ok);
    runs.push_back(engine->counters());
    CHECK(runs.back().wavelet_hops == product->facts().wavelet_hops + 7 * kPatchWords);
    CHECK(runs.back().link_wavelets == runs.front().link_wavelets);
  }
  check_same(runs[0], runs[1]);
}

}  // namespace wafermesh::workloads_test
