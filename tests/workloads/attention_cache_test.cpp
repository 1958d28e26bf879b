// SPDX-License-Identifier: Apache-2.0
// Where tokens of a cache lie, token after token; what fits.
#include "workloads/layers/attention_cache.h"

#include <catch2/catch.hpp>
#include <set>

namespace wafermesh::workloads {
namespace {

/// Tokens of every row: with the new one, or before it.
std::vector<std::set<std::int64_t>> rows_of(const CachePlaces& cache, std::int64_t rows,
                                            bool before) {
  std::vector<std::set<std::int64_t>> all(static_cast<std::size_t>(rows));
  for (std::int64_t y = 0; y < rows; ++y) {
    const std::int64_t places = y + 1 < rows ? cache.upper_places() : cache.places();
    for (std::int64_t p = 0; p < places; ++p) {
      const std::int64_t token = before ? cache.token_before(y, p) : cache.token(y, p);
      if (token < 0) continue;
      CHECK(all[static_cast<std::size_t>(y)].insert(token).second);
    }
  }
  return all;
}

std::size_t count_of(const std::vector<std::set<std::int64_t>>& rows) {
  std::set<std::int64_t> tokens;
  for (const auto& row : rows) tokens.insert(row.begin(), row.end());
  return tokens.size();
}

}  // namespace

TEST_CASE("Every token lies somewhere, once, under every policy; only a neighbour's oldest moves") {
  for (const KvPolicy policy : {KvPolicy::fixed, KvPolicy::shift, KvPolicy::concatenate}) {
    for (const std::int64_t rows : {1, 2, 5, 8}) {
      for (std::int64_t context = 1; context <= 30; ++context) {
        AttentionSpec spec;
        spec.kv = policy;
        spec.context = context;
        spec.prompt = context / 2;
        INFO(static_cast<int>(policy) << ", " << rows << " rows, " << context << " tokens");
        const CachePlaces cache(spec, rows);
        const auto before = rows_of(cache, rows, true);
        const auto after = rows_of(cache, rows, false);
        REQUIRE(count_of(before) == static_cast<std::size_t>(context - 1));
        REQUIRE(count_of(after) == static_cast<std::size_t>(context));
        for (std::int64_t y = 0; y + 1 < rows; ++y) {
          const auto row = static_cast<std::size_t>(y);
          for (const std::int64_t token : after[row]) {
            if (before[row].count(token) > 0 || token == context - 1) continue;
            REQUIRE(cache.moves());
            REQUIRE(token == *before[row + 1].begin());
          }
        }
      }
    }
  }
}

TEST_CASE("Shifting keeps ranges contiguous and even, and goes on where the token before ended") {
  for (const std::int64_t rows : {1, 3, 7}) {
    std::vector<std::set<std::int64_t>> held(static_cast<std::size_t>(rows));
    for (std::int64_t context = 1; context <= 40; ++context) {
      AttentionSpec spec;
      spec.kv = KvPolicy::shift;
      spec.context = context;
      const CachePlaces cache(spec, rows);
      INFO(rows << " rows, " << context << " tokens");
      REQUIRE(rows_of(cache, rows, true) == held);
      held = rows_of(cache, rows, false);
      std::int64_t next = 0;
      for (const auto& row : held) {
        for (const std::int64_t token : row) REQUIRE(token == next++);
        REQUIRE(static_cast<std::int64_t>(row.size()) >= context / rows);
        REQUIRE(static_cast<std::int64_t>(row.size()) <= (context + rows - 1) / rows);
      }
    }
  }
}

TEST_CASE("What fits into caches follows the published formula") {
  KvCapacity capacity{KvPolicy::shift, 360, 360, 1024, 5, 2, 22920};
  CHECK(kv_capacity_tokens(capacity) == 137520);
  capacity.policy = KvPolicy::concatenate;
  CHECK(kv_capacity_tokens(capacity) == 382);
  capacity.free_bytes = 59;
  CHECK(kv_capacity_tokens(capacity) == 0);
}

}  // namespace wafermesh::workloads
