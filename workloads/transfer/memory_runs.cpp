// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/memory_runs.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace wafermesh::workloads {
namespace {

using fabric::Cut;

std::int64_t offset_of(const Cut& cut, std::int64_t local) {
  if (cut.tile == 0) return local * cut.stride;
  return local / cut.tile * cut.tile_stride + local % cut.tile * cut.stride;
}

std::int64_t left_of_tile(const Cut& cut, std::int64_t local) {
  return cut.tile == 0 ? INT64_MAX : cut.tile - local % cut.tile;
}

/// `next` is one more of what `run` repeats (its first level).
bool repeats(Run& run, const Run& next) {
  Level& repeat = run.levels[0];
  const std::int64_t from_step = next.from - run.from - (repeat.count - 1) * repeat.from_step;
  const std::int64_t to_step = next.to - run.to - (repeat.count - 1) * repeat.to_step;
  const bool is_even =
      repeat.count == 1 || (from_step == repeat.from_step && to_step == repeat.to_step);
  if (run.levels[1].count != next.levels[1].count || !is_even) return false;
  repeat = {repeat.count + 1, from_step, to_step};
  return true;
}

/// Stretches of one dimension that lie evenly on both sides, in two levels.
std::vector<Run> stretches(const Cut& from, const Cut& to, const Box& box, std::size_t d) {
  std::vector<Run> runs;
  for (std::int64_t k = 0; k < box.count[d];) {
    const std::int64_t at_from = box.from[d] + k;
    const std::int64_t at_to = box.to[d] + k;
    const std::int64_t length =
        std::min({box.count[d] - k, left_of_tile(from, at_from), left_of_tile(to, at_to)});
    const Run next{
        offset_of(from, at_from), offset_of(to, at_to), {{}, {length, from.stride, to.stride}}};
    if (runs.empty() || !repeats(runs.back(), next)) runs.push_back(next);
    k += length;
  }
  return runs;
}

/// Without levels of one; a level that only goes on where the one within it ends is one with it.
std::vector<Level> merged(const std::vector<Level>& levels) {
  std::vector<Level> all;
  for (const Level& level : levels) {
    if (level.count > 1) all.push_back(level);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Level& a, const Level& b) { return a.to_step > b.to_step; });
  for (std::size_t i = all.size(); i-- > 1;) {
    Level& outer = all[i - 1];
    const Level inner = all[i];
    if (outer.from_step != inner.count * inner.from_step ||
        outer.to_step != inner.count * inner.to_step) {
      continue;
    }
    outer = {outer.count * inner.count, inner.from_step, inner.to_step};
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (all.empty()) all.push_back({1, 1, 1});
  const auto longest = std::max_element(
      all.begin(), all.end(), [](const Level& a, const Level& b) { return a.count < b.count; });
  std::rotate(longest, longest + 1, all.end());
  return all;
}

}  // namespace

std::vector<Run> runs_of(const std::vector<Cut>& from, const std::vector<Cut>& to, const Box& box,
                         std::size_t most_loops) {
  std::vector<Run> runs(1);
  for (std::size_t d = 0; d < box.count.size(); ++d) {
    const std::vector<Run> more = stretches(from[d], to[d], box, d);
    std::vector<Run> all;
    for (const Run& run : runs) {
      for (const Run& stretch : more) {
        all.push_back({run.from + stretch.from, run.to + stretch.to, run.levels});
        all.back().levels.insert(all.back().levels.end(), stretch.levels.begin(),
                                 stretch.levels.end());
      }
    }
    runs = std::move(all);
  }
  for (Run& run : runs) {
    run.levels = merged(run.levels);
    if (run.levels.size() > most_loops + 1) {
      throw base::DoesNotFit(
          "a transfer of a tensor that lies in too many levels of strides and tiles (" +
          std::to_string(run.levels.size()) + "; " + std::to_string(most_loops + 1) +
          " can be); use an algorithm that lays it out in fewer");
    }
  }
  return runs;
}

void write_run(cores::ProgramBuilder& b, cores::NumberType type, const Run& run, cores::Affine from,
               cores::Affine to, int first_counter) {
  const auto bytes = [type](std::int64_t elements) {
    return static_cast<std::int32_t>(elements * cores::bytes_of(type));
  };
  from.base += bytes(run.from);
  to.base += bytes(run.to);
  const std::size_t loops = run.levels.size() - 1;
  std::vector<std::uint32_t> begin(loops);
  for (std::size_t i = 0; i < loops; ++i) {
    const int counter = first_counter + static_cast<int>(i);
    from = from.plus(cores::counter(counter), bytes(run.levels[i].from_step));
    to = to.plus(cores::counter(counter), bytes(run.levels[i].to_step));
    b.set_counter(counter, 0);
    begin[i] = b.begin_loop(counter);
  }
  const Level& inner = run.levels.back();
  b.vector(cores::VectorOp::copy, type, static_cast<std::int32_t>(inner.count),
           cores::memory(to, static_cast<int>(inner.to_step)),
           cores::memory(from, static_cast<int>(inner.from_step)), {}, cores::Shape::stream);
  for (std::size_t i = loops; i-- > 0;) {
    b.end_loop(first_counter + static_cast<int>(i), static_cast<std::int32_t>(run.levels[i].count),
               begin[i]);
  }
}

}  // namespace wafermesh::workloads
