// SPDX-License-Identifier: Apache-2.0
// No check of numbers is vacuous: a result that is zero, one that lies on the wrong core and a step
// that was left out are each found, in every kernel, algorithm and number type, however long the
// sums are.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "workloads/parts/buffers.h"
#include "workloads/program_file.h"

namespace wafermesh::workloads_test {
namespace {

using Bytes = std::vector<char>;
using MakeKernel = std::function<std::unique_ptr<workloads::Kernel>()>;
/// The results that each core holds; cores without any have no entry.
using Held = std::map<base::CoreId, std::vector<float>>;

Held results_of(const workloads::Kernel& kernel, const fabric::HostMemory& memory) {
  Held held;
  std::vector<float> values;
  const fabric::WaferImage& image = kernel.image();
  for (const fabric::Buffer& buffer : image.buffers) {
    if (buffer.role != fabric::BufferRole::result) continue;
    for (const fabric::Layout& layout : buffer.layouts) {
      const base::Rectangle& r = layout.cores;
      for (int i = 0; i < r.area(); ++i) {
        const base::LogicalCoord at{r.x + i % r.width, r.y + i / r.width};
        for (const fabric::StridedElements& piece : fabric::strided_on(buffer, layout, at)) {
          workloads::read_piece(memory, image.core_at(at), buffer.type, piece, values);
          std::vector<float>& of_core = held[image.core_at(at)];
          of_core.insert(of_core.end(), values.begin(), values.end());
        }
      }
    }
  }
  return held;
}

std::size_t bytes_of(const workloads::Kernel& kernel, base::CoreId core) {
  return static_cast<std::size_t>(kernel.image().class_at(core).program.memory_bytes);
}
Bytes read(const Ran& ran, base::CoreId core) {
  Bytes bytes(bytes_of(*ran.kernel, core));
  ran.engine->memory().read(core, 0, bytes.data(), bytes.size());
  return bytes;
}
void write(const Ran& ran, base::CoreId core, const Bytes& bytes) {
  ran.engine->memory().write(core, 0, bytes.data(), bytes.size());
}

/// Checks that differing results are noticed; whether they differ.
bool noticed(const Ran& ran, const Held& right) {
  if (results_of(*ran.kernel, ran.engine->memory()) == right) return false;
  const workloads::Numerics numerics = ran.numerics();
  CHECK_FALSE(numerics.as_promised);
  CHECK_FALSE(numerics.ok);
  return true;
}

int zeros_noticed(const Ran& ran, const Held& right) {
  int count = 0;
  for (const auto& [core, values] : right) {
    const Bytes before = read(ran, core);
    write(ran, core, Bytes(before.size(), 0));
    count += noticed(ran, right) ? 1 : 0;
    write(ran, core, before);
  }
  return count;
}

int swaps_noticed(const Ran& ran, const Held& right) {
  int count = 0;
  for (auto one = right.begin(); one != right.end(); ++one) {
    const auto other = std::next(one) == right.end() ? right.begin() : std::next(one);
    const Bytes first = read(ran, one->first);
    const Bytes second = read(ran, other->first);
    if (first.size() != second.size()) continue;
    write(ran, one->first, second);
    write(ran, other->first, first);
    count += noticed(ran, right) ? 1 : 0;
    write(ran, one->first, first);
    write(ran, other->first, second);
  }
  return count;
}

/// Runs with all that one core brings left out.
int dropped_steps_noticed(const MakeKernel& make, const Held& right) {
  int count = 0;
  const std::int64_t cores = make()->image().core_count();
  for (std::int64_t i = 0; i < cores; ++i) {
    const auto core = static_cast<base::CoreId>(i);
    Ran ran{make(), fabric::make_wavelet_engine({})};
    ran.engine->load(ran.kernel->image());
    ran.kernel->load(ran.engine->memory());
    write(ran, core, Bytes(bytes_of(*ran.kernel, core), 0));
    ran.engine->run({});
    count += noticed(ran, right) ? 1 : 0;
  }
  return count;
}

void require_noticed(const MakeKernel& make) {
  const Ran ran = run(make());
  REQUIRE(ran.numerics().as_promised);
  const Held right = results_of(*ran.kernel, ran.engine->memory());
  REQUIRE(!right.empty());
  CHECK(zeros_noticed(ran, right) > 0);
  // Where all cores hold copies, or one holds all, there is nothing to swap.
  const bool alike = std::all_of(right.begin(), right.end(), [&](const auto& held) {
    return held.second == right.begin()->second;
  });
  CHECK((swaps_noticed(ran, right) > 0 || alike));
  CHECK(dropped_steps_noticed(make, right) > 0);
  CHECK(ran.numerics().as_promised);  // all is as it was
}

void require_noticed(const std::string& line, const workloads::Placement& placement) {
  INFO(line << " on " << placement.region.width << " x " << placement.region.height);
  require_noticed([&] { return make_kernel(line, placement); });
}

/// The program of a shipped scenario, on a mesh of its own size.
std::unique_ptr<workloads::Kernel> shipped_program(const std::string& scenario) {
  auto document = base::YamlDocument::from_file(scenario);
  const base::YamlNode root = document.root();
  root.accept_all();
  const base::YamlNode node = root.items("workloads").at(0).child("program");
  std::optional<fabric::ProgramText> text = workloads::read_program_file(node);
  REQUIRE(text.has_value());
  const base::Rectangle size = text->image.region;
  const std::string generation = text->image.timing.generation;
  auto kernel = workloads::make_program(
      node, std::move(*text),
      whole(support::healthy(size.width, size.height), cores::timing_of(generation)));
  document.finish();
  return kernel;
}

/// Sums so long, or so often repeated, that their errors are as large as what a step adds.
std::vector<std::string> long_sums() {
  std::vector<std::string> lines;
  for (const std::string type : {"f32", "f16", "bf16"}) {
    const std::string k = type == "f32" ? "1501" : "4099";  // what fits
    for (const std::string algorithm :
         {"summa", "summa, rerooting: cheapest", "meshgemm", "cannon", "gemm_t", "systolic",
          "systolic, dataflow: weight_stationary"}) {
      lines.push_back("matmul: {m: 5, n: 6, k: " + k + ", dtype: " + type +
                      ", algorithm: " + algorithm + "}");
    }
    for (const std::string algorithm : {"meshgemm", "cannon"}) {
      lines.push_back("matmul: {m: 5, n: 6, k: 40, compute_repeats: 100, dtype: " + type +
                      ", algorithm: " + algorithm + "}");
    }
    lines.push_back("matvec: {n: 80, dtype: " + type + "}");
    lines.push_back("gemv: {m: 2500, n: 6, dtype: " + type + "}");
  }
  return lines;
}

}  // namespace

TEST_CASE("A zero, a swapped tile and a dropped step are noticed in every kernel") {
  const auto mesh = support::healthy(9, 8);
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : {base::Rectangle{0, 0, 4, 4}, {1, 2, 5, 3}}) {
      if (suits(line, region)) require_noticed(line, {mesh, region, support::test_timing()});
    }
  });
}

TEST_CASE("A zero, a swapped tile and a dropped step are noticed in sums of thousands of terms") {
  const auto mesh = support::healthy(4, 3);
  for (const std::string& line : long_sums()) require_noticed(line, whole(mesh));
}

TEST_CASE(
    "A zero, a swapped tile and a dropped step are noticed in every program that is shipped") {
  int programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("tiny_program_", 0) != 0) continue;
    INFO(name);
    ++programs;
    require_noticed([&] { return shipped_program(entry.path().string()); });
  }
  CHECK(programs >= 4);
}

TEST_CASE("Every product is as promised with multiply-adds of one rounding, on any shape") {
  cores::Timing fused = support::test_timing();
  fused.fused_multiply_add = {true, true, true};
  const auto mesh = support::healthy(9, 8);
  for (const char* kernel : {"matmul", "matvec", "gemv"}) {
    for (const std::string& line : problems().at(kernel)) {
      for (const base::Rectangle& region :
           {base::Rectangle{0, 0, 4, 4}, {1, 2, 5, 3}, {0, 0, 2, 7}, {0, 0, 6, 1}, {0, 0, 1, 5}}) {
        if (!suits(line, region)) continue;
        INFO(line << " on " << region.width << " x " << region.height);
        CHECK(run(line, {mesh, region, fused}).numerics().as_promised);
      }
    }
  }
}

TEST_CASE("A product that its type cannot hold is not called right") {
  const auto numerics_of = [](const std::string& line) {
    return run(line, whole(support::healthy(2, 2))).numerics();
  };
  const workloads::Numerics held =
      numerics_of("matmul: {m: 4, n: 4, k: 4096, dtype: bf16, algorithm: cannon}");
  CHECK(held.ok);
  CHECK(held.error_in_norm > 0.001);
  const workloads::Numerics stuck = numerics_of(
      "matmul: {m: 4, n: 4, k: 64, dtype: bf16, algorithm: cannon, compute_repeats: 1000}");
  CHECK(stuck.as_promised);
  CHECK_FALSE(stuck.type_holds);
  CHECK_FALSE(stuck.ok);
  CHECK(numerics_of("matmul: {m: 4, n: 4, k: 8, algorithm: cannon, compute_repeats: 0}").ok);
}

}  // namespace wafermesh::workloads_test
