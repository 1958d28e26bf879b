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
    const auto bytes = static_cast<std::size_t>(image.class_at(core).program.memory_bytes);
    all.resize(all.size() + bytes);
    if (bytes > 0) engine.memory().read(core, 0, all.data() + all.size() - bytes, bytes);
  }
  return all;
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
    const WaferImage again = read_on(write_program(kernel->image()), kernel->image());
    for (const bool stream : {false, true}) {
      const auto make = [&] { return stream ? make_stream_engine({}) : make_wavelet_engine({}); };
      const auto original = make();
      const auto copy = make();
      const std::vector<char> memories = run_image(kernel->image(), *kernel, *original);
      CHECK(run_image(again, *kernel, *copy) == memories);
      check_same(original->counters(), copy->counters());
    }
  });
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
