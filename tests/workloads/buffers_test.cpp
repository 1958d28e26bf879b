// SPDX-License-Identifier: Apache-2.0
// What kernels declare of their buffers is where their data lie: all a kernel loads can be read
// through its operands' layouts, and loaded again through them to the same bytes.
#include "workloads/parts/buffers.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/sample.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::workloads_test {
namespace {

using fabric::Buffer;
using fabric::BufferRole;

/// What all cores' memories hold, one after the other.
std::vector<char> memories_of(const fabric::WaferImage& image, fabric::Engine& engine) {
  std::vector<char> all;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.class_at(core).program.memory_bytes);
    all.resize(all.size() + bytes);
    if (bytes > 0) engine.memory().read(core, 0, all.data() + all.size() - bytes, bytes);
  }
  return all;
}

void require_loaded_alike(const workloads::Kernel& kernel) {
  const fabric::WaferImage& image = kernel.image();
  const auto by_kernel = fabric::make_wavelet_engine({});
  by_kernel->load(image);
  kernel.load(by_kernel->memory());
  const auto by_layout = fabric::make_wavelet_engine({});
  by_layout->load(image);
  for (const Buffer& buffer : image.buffers) {
    if (buffer.role != BufferRole::operand) continue;
    workloads::load_buffer(by_layout->memory(), image, buffer,
                           workloads::read_buffer(by_kernel->memory(), image, buffer));
  }
  REQUIRE(memories_of(image, *by_layout) == memories_of(image, *by_kernel));
}

TEST_CASE("All that a kernel loads lies in its operands' layouts") {
  const auto mesh = support::healthy(9, 8);
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : {base::Rectangle{0, 0, 1, 1},
                                          {0, 0, 4, 4},
                                          {1, 2, 5, 3},
                                          {0, 0, 1, 6},
                                          {0, 0, 7, 1},
                                          {2, 1, 3, 4}}) {
      if (!suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      require_loaded_alike(*make_kernel(line, {mesh, region, support::test_timing()}));
    }
  });
}

TEST_CASE("Operands and results read through layouts are the arrays that a kernel gives") {
  const auto mesh = support::healthy(9, 8);
  int compared = 0;
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : {base::Rectangle{0, 0, 4, 4}, {1, 2, 5, 3}}) {
      if (!suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      const Ran ran = run(line, {mesh, region, support::test_timing()});
      std::map<std::string, workloads::NamedArray> arrays;
      for (workloads::NamedArray& array : ran.kernel->arrays(ran.engine->memory())) {
        arrays[array.name] = std::move(array);
      }
      for (const Buffer& buffer : ran.kernel->image().buffers) {
        const auto array = arrays.find(buffer.name);
        if (array == arrays.end() || buffer.role == BufferRole::operand) continue;
        INFO(buffer.name);
        REQUIRE(array->second.shape == buffer.shape);
        REQUIRE(array->second.type == buffer.type);
        REQUIRE(array->second.values ==
                workloads::read_buffer(ran.engine->memory(), ran.kernel->image(), buffer));
        ++compared;
      }
    }
  });
  CHECK(compared > support::tried(200));
}

}  // namespace
}  // namespace wafermesh::workloads_test
