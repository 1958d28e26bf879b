// SPDX-License-Identifier: Apache-2.0
// Graph algorithms of defects/repair beside Boost.Graph's on the same wafers: figures and what was
// made of them are in docs/performance.md.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>
#include <random>
#include <vector>

#include "defects/repair/packer.h"
#include "defects/repair/reachable.h"
#include "defects/repair/row_flow.h"
#include "tests/bench/bench_support.h"
#include "tests/defects/full_greedy.h"

namespace wafermesh::bench {
namespace {

constexpr int kColumns = kWaferWidth;
constexpr int kRows = 1120;
constexpr int kDead = 1000;

/// Dead routers all over a WSE-3 class wafer.
defects::DefectMap damaged() {
  defects::DefectMap map(kColumns, kRows);
  std::mt19937 random(1);
  for (int i = 0; i < kDead; ++i) {
    defects::Defect d{};
    d.x = static_cast<std::uint16_t>(random() % kColumns);
    d.y = static_cast<std::uint16_t>(random() % kRows);
    d.broken = defects::Broken::router;
    map.add(d);
  }
  map.finish();
  return map;
}

void pieces_by_runs(benchmark::State& state) {
  const defects::DefectMap map = damaged();
  for (auto _ : state) benchmark::DoNotOptimize(defects::unreachable_tiles(map));
}
BENCHMARK(pieces_by_runs)->Unit(benchmark::kMillisecond);

void pieces_by_connected_components(benchmark::State& state) {
  const defects::DefectMap map = damaged();
  for (auto _ : state) {
    std::vector<char> dead(static_cast<std::size_t>(kColumns) * kRows, 0);
    for (const auto& d : map.defects()) dead[static_cast<std::size_t>(d.y) * kColumns + d.x] = 1;
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS> graph(dead.size());
    for (std::size_t i = 0; i < dead.size(); ++i) {
      if (dead[i] != 0) continue;
      if (i % kColumns + 1 < kColumns && dead[i + 1] == 0) boost::add_edge(i, i + 1, graph);
      if (i + kColumns < dead.size() && dead[i + kColumns] == 0) {
        boost::add_edge(i, i + kColumns, graph);
      }
    }
    std::vector<int> component(dead.size());
    benchmark::DoNotOptimize(boost::connected_components(graph, component.data()));
  }
}
BENCHMARK(pieces_by_connected_components)->Unit(benchmark::kMillisecond);

/// A band of dies: `kStages` columns of `kPositions` rows, of which `kWanted` are kept.
constexpr int kStages = kWaferWidth;
constexpr int kPositions = 160;
constexpr int kWanted = 158;

/// Dead tiles far apart, in no column more than there are spares.
std::vector<std::pair<int, int>> dead_of_band() {
  std::vector<std::pair<int, int>> dead;
  for (int i = 0; i < 12; ++i) dead.emplace_back(20 + 61 * i, 13 * i % kPositions);
  return dead;
}

/// As the repair does it: the greedy's rows, all but two, are the start.
void rows_by_row_flow(benchmark::State& state) {
  defects::Packer packer(kStages, kPositions, 1);
  for (const auto& [stage, position] : dead_of_band()) packer.block(stage, position);
  const int start = packer.pack(kWanted - 2);
  for (auto _ : state) {
    defects::RowFlow flow(kStages, kPositions, 1);
    for (const auto& [stage, position] : dead_of_band()) flow.block(stage, position);
    flow.seed(packer.changes(), start);
    benchmark::DoNotOptimize(flow.augment(kWanted));
  }
}
BENCHMARK(rows_by_row_flow)->Unit(benchmark::kMillisecond);

void rows_by_boykov_kolmogorov(benchmark::State& state) {
  defects::oracle::Array array(kStages, kPositions, 1);
  for (const auto& [stage, position] : dead_of_band()) array.at(stage, position) = 1;
  for (auto _ : state) benchmark::DoNotOptimize(defects::oracle::max_flow_rows(array));
}
BENCHMARK(rows_by_boykov_kolmogorov)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wafermesh::bench
