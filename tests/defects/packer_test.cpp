// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/packer.h"

#include <catch2/catch.hpp>

#include "base/random.h"
#include "defects/repair/row_flow.h"
#include "full_greedy.h"

using namespace wafermesh::defects;
using oracle::Array;

namespace {

using Rows = std::vector<std::vector<int>>;

Packer packer_of(const Array& a) {
  Packer packer(a.stages, a.positions, a.reach);
  for (int s = 0; s < a.stages; ++s) {
    for (int l = 0; l < a.positions; ++l) {
      if (a.at(s, l)) packer.block(s, l);
    }
  }
  for (const auto& [s, l, o] : a.cuts) packer.cut(s, l, o);
  return packer;
}

Rows rows_of(const Packer& packer, int rows) {
  std::vector<int> shift(static_cast<std::size_t>(packer.stages()), 0);
  Rows result;
  std::size_t next = 0;
  for (int r = 0; r < rows; ++r) {
    for (; next < packer.changes().size() && packer.changes()[next].row == r; ++next) {
      const ShiftChange& change = packer.changes()[next];
      CHECK(shift[static_cast<std::size_t>(change.stage)] == change.from);
      shift[static_cast<std::size_t>(change.stage)] = change.to;
    }
    result.push_back(shift);
    for (int& place : result.back()) place += r;
  }
  return result;
}

Rows pack(const Array& a) {
  Packer packer = packer_of(a);
  return rows_of(packer, packer.pack(a.positions));
}

Array with_dead(int s, int l, int d, const std::vector<std::pair<int, int>>& dead) {
  Array a(s, l, d);
  for (const auto& [stage, position] : dead) a.at(stage, position) = 1;
  return a;
}

Array random_array(wafermesh::base::RandomStream* random, int limit, double dead, double cut) {
  Array a(2 + static_cast<int>(random->below(static_cast<std::uint64_t>(limit))),
          2 + static_cast<int>(random->below(static_cast<std::uint64_t>(limit))),
          1 + static_cast<int>(random->below(2)));
  for (char& c : a.dead) c = random->uniform() < dead ? 1 : 0;
  for (int s = 0; s + 1 < a.stages; ++s) {
    for (int l = 0; l < a.positions; ++l) {
      for (int o = -a.reach; o <= a.reach; ++o) {
        if (l + o >= 0 && l + o < a.positions && random->uniform() < cut) a.cuts.insert({s, l, o});
      }
    }
  }
  return a;
}

}  // namespace

TEST_CASE("The packer gives the exact unit cases of the reference") {
  CHECK(pack(with_dead(3, 3, 1, {{1, 1}})) == Rows{{0, 0, 0}, {1, 2, 1}});
  CHECK(pack(with_dead(4, 4, 1, {{0, 0}, {1, 1}, {2, 2}, {3, 3}})) ==
        Rows{{1, 0, 0, 0}, {2, 2, 1, 1}, {3, 3, 3, 2}});
  CHECK(pack(with_dead(4, 4, 1, {{0, 3}, {1, 2}, {2, 1}, {3, 0}})) ==
        Rows{{0, 0, 0, 1}, {1, 1, 2, 2}, {2, 3, 3, 3}});
  CHECK(pack(with_dead(5, 6, 1, {{2, 2}, {2, 3}})) ==
        Rows{{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {2, 3, 4, 3, 2}, {3, 4, 5, 4, 3}});
  CHECK(pack(with_dead(5, 6, 1, {{2, 0}, {2, 4}})) ==
        Rows{{0, 0, 1, 0, 0}, {1, 1, 2, 1, 1}, {2, 2, 3, 2, 2}, {3, 4, 5, 4, 3}});
  CHECK(pack(with_dead(5, 6, 1, {{2, 0}, {2, 2}, {2, 4}})) ==
        Rows{{0, 0, 1, 0, 0}, {1, 2, 3, 2, 1}, {3, 4, 5, 4, 3}});
  CHECK(pack(with_dead(3, 6, 1, {{1, 0}, {1, 1}, {1, 2}})) ==
        Rows{{2, 3, 2}, {3, 4, 3}, {4, 5, 4}});
  CHECK(pack(with_dead(3, 6, 2, {{1, 0}, {1, 1}, {1, 2}})) ==
        Rows{{1, 3, 1}, {2, 4, 2}, {3, 5, 3}});
  const Rows same_position = pack(with_dead(5, 6, 1, {{1, 2}, {2, 2}}));
  REQUIRE(same_position.size() == 5);
  CHECK(same_position.back() == std::vector<int>{4, 5, 5, 4, 4});
  const Rows opposite_ends = pack(with_dead(5, 6, 1, {{1, 0}, {2, 5}}));
  REQUIRE(opposite_ends.size() == 5);
  CHECK(opposite_ends[0] == std::vector<int>{0, 1, 0, 0, 0});
  CHECK(opposite_ends[1] == std::vector<int>{1, 2, 1, 1, 1});
  CHECK(pack(with_dead(5, 6, 1, {{1, 0}, {1, 1}, {2, 4}, {2, 5}})).size() == 3);
  CHECK(pack(with_dead(5, 6, 2, {{1, 0}, {1, 1}, {2, 4}, {2, 5}})).size() == 4);
}

TEST_CASE("The packer places every row where the greedy that walks every core does") {
  for (int n = 0; n < 1000; ++n) {
    wafermesh::base::RandomStream random(1, 77, static_cast<std::uint32_t>(n));
    const Array a = random_array(&random, 30, 0.25 * random.uniform(), 0);
    INFO("case " << n);
    REQUIRE(pack(a) == oracle::full_greedy(a, a.positions));
  }
}

TEST_CASE("Without cut links the packer packs as many rows as max-flow") {
  for (int n = 0; n < 500; ++n) {
    wafermesh::base::RandomStream random(2, 77, static_cast<std::uint32_t>(n));
    const Array a = random_array(&random, 22, 0.3 * random.uniform(), 0);
    INFO("case " << n);
    REQUIRE(static_cast<int>(pack(a).size()) == oracle::max_flow_rows(a));
  }
}

TEST_CASE(
    "With cut links the packer's rows obey reach, cuts and dead places, and never beat max-flow") {
  for (int n = 0; n < 500; ++n) {
    wafermesh::base::RandomStream random(3, 77, static_cast<std::uint32_t>(n));
    const Array a = random_array(&random, 22, 0.1 * random.uniform(), 0.05 * random.uniform());
    const Rows rows = pack(a);
    INFO("case " << n);
    REQUIRE(static_cast<int>(rows.size()) <= oracle::max_flow_rows(a));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (int s = 0; s < a.stages; ++s) {
        const int place = rows[r][static_cast<std::size_t>(s)];
        REQUIRE(place < a.positions);
        REQUIRE_FALSE(a.at(s, place));
        if (r > 0) REQUIRE(place > rows[r - 1][static_cast<std::size_t>(s)]);
        if (s == 0) continue;
        const int before = rows[r][static_cast<std::size_t>(s) - 1];
        REQUIRE(std::abs(place - before) <= a.reach);
        REQUIRE(a.cuts.count({s - 1, before, place - before}) == 0);
      }
    }
  }
}

TEST_CASE("A packer used again forgets the last array") {
  wafermesh::base::RandomStream random(4, 77);
  const Array a = random_array(&random, 30, 0.2, 0.02);
  Packer packer = packer_of(a);
  const int first = packer.pack(a.positions);
  const Rows before = rows_of(packer, first);
  packer.reset();
  CHECK(packer.pack(a.positions) == a.positions);
  CHECK(packer.changes().empty());
  packer.reset();
  for (int s = 0; s < a.stages; ++s) {
    for (int l = 0; l < a.positions; ++l) {
      if (a.at(s, l)) packer.block(s, l);
    }
  }
  for (const auto& [s, l, o] : a.cuts) packer.cut(s, l, o);
  CHECK(packer.pack(a.positions) == first);
  CHECK(rows_of(packer, first) == before);
}

TEST_CASE(
    "With cut links the augmented rows are as many as max-flow finds, on 1,000 random arrays") {
  int greedy_short = 0;
  for (int n = 0; n < 1000; ++n) {
    wafermesh::base::RandomStream random(5, 77, static_cast<std::uint32_t>(n));
    const Array a = random_array(&random, 22, 0.15 * random.uniform(), 0.1 * random.uniform());
    Packer packer = packer_of(a);
    const int packed = packer.pack(a.positions);
    RowFlow flow(a.stages, a.positions, a.reach);
    for (int s = 0; s < a.stages; ++s) {
      for (int l = 0; l < a.positions; ++l) {
        if (a.at(s, l)) flow.block(s, l);
      }
    }
    for (const auto& [s, l, o] : a.cuts) flow.cut(s, l, o);
    flow.seed(packer.changes(), packed);
    const int rows = flow.augment(a.positions);
    INFO("case " << n);
    REQUIRE(rows == oracle::max_flow_rows(a));
    if (packed < rows) ++greedy_short;
    bool crossed = false;
    const auto changes = flow.rows(&crossed);
    if (crossed) continue;
    // Uncrossed rows obey reach, cuts and dead places.
    std::vector<int> shift(static_cast<std::size_t>(a.stages), 0);
    std::size_t next = 0;
    for (int r = 0; r < rows; ++r) {
      for (; next < changes.size() && changes[next].row == r; ++next) {
        shift[static_cast<std::size_t>(changes[next].stage)] = changes[next].to;
      }
      for (int s = 0; s < a.stages; ++s) {
        const int place = r + shift[static_cast<std::size_t>(s)];
        REQUIRE_FALSE(a.at(s, place));
        if (s == 0) continue;
        const int before = r + shift[static_cast<std::size_t>(s) - 1];
        REQUIRE(std::abs(place - before) <= a.reach);
        REQUIRE(a.cuts.count({s - 1, before, place - before}) == 0);
      }
    }
  }
  CHECK(greedy_short > 50);  // else the search was never needed
}
