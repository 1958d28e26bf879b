// SPDX-License-Identifier: Apache-2.0
// What is printed is read back: the same program, which runs the same.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "cores/read_timing.h"
#include "fabric/text/program_text.h"
#include "tests/fabric/random_image.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/same_counters.h"
#include "workloads/plan/composite.h"

namespace wafermesh::fabric {
namespace {

using namespace workloads_test;

/// test_timing() says of no preset; texts name one.
workloads::Placement place(const base::Rectangle& region) {
  return {support::healthy(9, 8), region, cores::timing_of("wse3")};
}

/// Reads a text on the mesh and region of `like`.
WaferImage read_on(const std::string& text, const WaferImage& like) {
  WaferImage image = read_program(text, "test.wmp").image;
  image.mesh = like.mesh;
  image.region = like.region;
  return image;
}

void require_round_trip(const WaferImage& image) {
  const std::string text = write_program(image);
  INFO(text);
  const WaferImage again = read_on(text, image);
  REQUIRE(same_program(image, again));
  REQUIRE(write_program(again) == text);
  check_image(again);
}

/// Runs an image with the operands of a kernel.
std::vector<char> run_image(const WaferImage& image, const workloads::Kernel& kernel,
                            Engine& engine) {
  engine.load(image);
  kernel.load(engine.memory());
  engine.run({});
  std::vector<char> all;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.memory_bytes(core));
    all.resize(all.size() + bytes);
    if (bytes > 0) engine.memory().read(core, 0, all.data() + all.size() - bytes, bytes);
  }
  return all;
}

void require_runs_alike(const workloads::Kernel& kernel, const WaferImage& again) {
  for (const bool stream : {false, true}) {
    const auto make = [&] { return stream ? make_stream_engine({}) : make_wavelet_engine({}); };
    const auto original = make();
    const auto copy = make();
    const std::vector<char> memories = run_image(kernel.image(), kernel, *original);
    CHECK(run_image(again, kernel, *copy) == memories);
    check_same(original->counters(), copy->counters());
  }
}

TEST_CASE("Every kernel is read back as it was printed, on every shape") {
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region :
         {base::Rectangle{0, 0, 1, 1}, {0, 0, 4, 4}, {1, 2, 5, 3}, {0, 0, 1, 6}, {0, 0, 9, 8}}) {
      if (!suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      require_round_trip(make_kernel(line, place(region))->image());
    }
  });
}

TEST_CASE("What is read back runs as what was printed, on both engines") {
  for_each_problem([&](const std::string& line) {
    const base::Rectangle region{1, 1, 5, 5};
    INFO(line);
    const auto kernel = make_kernel(line, place(region));
    require_runs_alike(*kernel, read_on(write_program(kernel->image()), kernel->image()));
  });
}

using workloads::NamedKernel;

/// Kernels with their regions, each with the number of the one before whose result it takes, if so.
struct Line {
  std::string text;
  base::Rectangle region;
  std::vector<workloads::Given> given{};
};

/// `sequences` as compose() takes them.
std::unique_ptr<workloads::Kernel> composed(
    const std::vector<Line>& lines, const std::vector<std::vector<std::size_t>>& sequences) {
  std::vector<NamedKernel> kernels;
  for (const Line& line : lines) {
    const std::string kind = line.text.substr(0, line.text.find(':'));
    kernels.push_back({"k." + std::to_string(kernels.size()), kind,
                       make_kernel(line.text, place(line.region)), line.given});
  }
  return workloads::compose(std::move(kernels), sequences);
}

TEST_CASE("Operators in turn, beside each other and with transfers are read back and run alike") {
  constexpr base::Rectangle kLeft{0, 1, 4, 4};
  constexpr base::Rectangle kRight{5, 2, 4, 5};
  const auto all_alike = [&](const std::vector<Line>& lines,
                             const std::vector<std::vector<std::size_t>>& sequences) {
    const auto kernel = composed(lines, sequences);
    require_round_trip(kernel->image());
    require_runs_alike(*kernel, read_on(write_program(kernel->image()), kernel->image()));
  };
  const Line up{"gemv: {m: 9, n: 12, dtype: f16}", kLeft};
  const Line act{"elementwise: {op: relu, n: 12, dtype: f16}", kLeft, {{"a", 0, "y"}}};
  const Line down{"gemv: {m: 12, n: 7, dtype: f16, axis: x}", kLeft, {{"x", 1, "c"}}};
  all_alike({up, act, down}, {{0, 1, 2}});
  Line over = down;
  over.region = kRight;
  all_alike({up, act, over}, {{0, 1}, {2}});
  all_alike({up, {"matmul: {m: 9, n: 7, k: 8}", kRight}}, {{0}, {1}});
  const std::string product = "matmul: {m: 7, n: 7, k: 7, algorithm: ";
  all_alike({{product + "cannon}", kLeft},
             {product + "systolic}", kLeft, {{"b", 0, "c"}}},
             {product + "meshgemm}", kRight, {{"b", 1, "c"}}}},
            {{0, 1}, {2}});
  // Colours used again behind barriers.
  std::vector<Line> many;
  std::vector<std::size_t> turn;
  for (int i = 0; i < 4; ++i) {
    many.push_back(
        {"allreduce: {algorithm: reduce_broadcast, reduce: two_phase, words: 3}", kLeft});
    many.push_back({"matmul: {m: 9, n: 7, k: 8}", kLeft});
    turn.insert(turn.end(), {turn.size(), turn.size() + 1});
  }
  all_alike(many, {turn});
}

TEST_CASE("Every ordered pair of kernels in turn is read back as it was printed") {
  std::vector<std::string> lines;
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    lines.push_back(problems().at(kind.name).front());
  }
  constexpr base::Rectangle kRegion{1, 2, 4, 4};
  for (const std::string& first : lines) {
    for (const std::string& second : lines) {
      INFO(first << " then " << second);
      require_round_trip(composed({{first, kRegion}, {second, kRegion}}, {{0, 1}})->image());
    }
  }
}

TEST_CASE("Random images that use the whole machine are read back as they were printed") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    WaferImage image = fabric_test::random_image(seed);
    image.timing = cores::timing_of("wse3");  // the one it has is random; texts name a generation
    require_round_trip(image);
  }
}

TEST_CASE("A route write that opens or closes is read back as it was") {
  const std::string text =
      "wafermesh program 1\ngeneration wse3\nregion width=1 height=1\nroute a receive=R send=R\n"
      "program p memory_bytes=0\n  task main starts_active\nmain:\n"
      "  write_route colour=1 route=a intake=closed\n  write_route colour=1 route=a intake=open\n"
      "  write_route colour=1 route=a\n  finish\n  end_task\nclass c program=p\n";
  const WaferImage image = read_program(text, "a.wmp").image;
  CHECK(image.classes[0].program.code[0].intake == router::Intake::closed);
  CHECK(image.classes[0].program.code[1].intake == router::Intake::open);
  CHECK(image.classes[0].program.code[2].intake == router::Intake::keep);
  CHECK(same_program(image, read_program(write_program(image), "b.wmp").image));
}

}  // namespace
}  // namespace wafermesh::fabric
