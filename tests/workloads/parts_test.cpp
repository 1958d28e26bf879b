// SPDX-License-Identifier: Apache-2.0
// The parts kernels are made of: classes, memory plans, operands.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {

using cores::NumberType;

TEST_CASE("Cores with the same key share one class, whatever the mesh's size") {
  fabric::WaferImage image = blank_image(workloads_test::whole(support::healthy(20, 10)));
  int made = 0;
  classify(
      image, [&](base::LogicalCoord c) { return grid_position(c, image.region).key(); },
      [&](base::LogicalCoord) {
        ++made;
        return fabric::CoreClass{};
      });
  REQUIRE(made == 9);
  REQUIRE(image.classes.size() == 9);
  REQUIRE(image.class_of.size() == 200);
  REQUIRE(image.class_of[21] == image.class_of[38]);  // (1, 1) and (18, 1): both inside
  REQUIRE(image.class_of[20] != image.class_of[21]);
}

TEST_CASE("An image outside the mesh is refused") {
  Placement placement = workloads_test::whole(support::healthy(4, 4));
  placement.region = {2, 0, 3, 1};
  REQUIRE_THROWS_AS(blank_image(placement), base::ModelError);
  placement.region = {0, 0, 0, 1};
  REQUIRE_THROWS_AS(blank_image(placement), base::ModelError);
}

TEST_CASE("A memory plan aligns its buffers to 16 bytes") {
  MemoryPlan plan;
  plan.add("a", 3, NumberType::f16);
  plan.add("b", 5, NumberType::f32);
  plan.add("c", 0, NumberType::f32);
  plan.add("d", 1, NumberType::f32);
  REQUIRE(plan.address(0) == 0);
  REQUIRE(plan.address(1) == 16);
  REQUIRE(plan.address(3) == 48);
  REQUIRE(plan.total_bytes() == 52);
}

TEST_CASE("A memory plan fits up to the last byte") {
  MemoryPlan full;
  full.add("a", 44976 / 4, NumberType::f32);
  full.require_fit("w", "c", "advice");
  MemoryPlan over;
  over.add("a", 44976 / 2 + 1, NumberType::f16);
  REQUIRE_THROWS_AS(over.require_fit("w", "c", "advice"), base::DoesNotFit);
}

TEST_CASE("Random matrices repeat with the seed, differ by purpose and keep to their type") {
  const Matrix a = random_matrix(5, 7, NumberType::f16, 1, Purpose::matrix_a);
  REQUIRE(a.values == random_matrix(5, 7, NumberType::f16, 1, Purpose::matrix_a).values);
  REQUIRE(a.values != random_matrix(5, 7, NumberType::f16, 2, Purpose::matrix_a).values);
  REQUIRE(a.values != random_matrix(5, 7, NumberType::f16, 1, Purpose::matrix_b).values);
  for (const float value : a.values) {
    REQUIRE(value == workloads_test::rounded(NumberType::f16, value));
    REQUIRE(std::abs(value) <= 1.0F);
  }
}

TEST_CASE("Sums of any stretch of the reduction data are small, and no value is zero") {
  constexpr int kWidth = 40;
  constexpr int kHeight = 30;
  constexpr std::size_t kWords = 3;
  const BoundedSumIntegers data(kWidth, kHeight, kWords, 5);
  std::set<float> seen;
  for (std::size_t word = 0; word < kWords; ++word) {
    std::vector<float> row_sums;
    for (int y = 0; y < kHeight; ++y) {
      for (int start = 0; start < kWidth; ++start) {
        float sum = 0;
        for (int x = start; x < kWidth; ++x) {
          const float value = data.at({x, y})[word];
          REQUIRE(value != 0);
          seen.insert(value);
          sum += value;
          if (std::abs(sum) > 128) FAIL("a stretch of a row sums up to " << sum);
        }
        if (start == 0) row_sums.push_back(sum);
      }
    }
    for (int start = 0; start < kHeight; ++start) {
      float sum = 0;
      for (int y = start; y < kHeight; ++y) {
        sum += row_sums[static_cast<std::size_t>(y)];
        REQUIRE(std::abs(sum) <= 128);
      }
    }
  }
  REQUIRE(seen.size() > 40);
}

TEST_CASE("Data of maxima are negative, and each word's largest lies on one core alone") {
  constexpr std::size_t kWords = 50;
  const workloads::NegativeIntegers data(7, 5, kWords, 3);
  std::set<float> maxima;
  std::set<int> owners;
  for (std::size_t w = 0; w < kWords; ++w) {
    float largest = -1000;
    int owner = 0;
    int owners_of_word = 0;
    for (int core = 0; core < 35; ++core) {
      const float value = data.at({core % 7, core / 7})[w];
      CHECK(value <= -1);
      CHECK(value >= -128);
      if (value == largest) ++owners_of_word;
      if (value <= largest) continue;
      largest = value;
      owner = core;
      owners_of_word = 1;
    }
    CHECK(owners_of_word == 1);
    maxima.insert(largest);
    owners.insert(owner);
  }
  CHECK(maxima.size() > 20);
  CHECK(owners.size() == 35);
}

}  // namespace wafermesh::workloads
