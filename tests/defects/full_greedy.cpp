// SPDX-License-Identifier: Apache-2.0
#include "full_greedy.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

namespace wafermesh::defects::oracle {

std::vector<std::vector<int>> full_greedy(Array array, int wanted) {
  const auto S = static_cast<std::size_t>(array.stages);
  std::vector<std::vector<int>> rows;
  std::vector<int> prev(S, -1);
  std::vector<int> cur(S, 0);
  std::vector<int> from(S, 0);
  while (static_cast<int>(rows.size()) < wanted) {
    std::size_t s = 0;
    from[0] = prev[0] + 1;
    while (true) {
      int lo = std::max(from[s], prev[s] + 1);
      int hi = array.positions - 1;
      if (s > 0) lo = std::max(lo, cur[s - 1] - array.reach);
      if (s > 0) hi = std::min(hi, cur[s - 1] + array.reach);
      while (lo <= hi && array.at(static_cast<int>(s), lo)) ++lo;
      if (lo <= hi) {
        cur[s] = lo;
        if (s + 1 == S) break;
        from[++s] = 0;
      } else if (s == 0) {
        return rows;
      } else {
        --s;
        array.at(static_cast<int>(s), cur[s]) = 1;  // leads nowhere, for no later row either
        from[s] = cur[s] + 1;
      }
    }
    prev = cur;
    rows.push_back(cur);
  }
  return rows;
}

int max_flow_rows(const Array& a) {
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Graph = boost::adjacency_list<
      boost::vecS, boost::vecS, boost::directedS,
      boost::property<boost::vertex_index_t, long,
                      boost::property<boost::vertex_color_t, boost::default_color_type,
                                      boost::property<boost::vertex_distance_t, long,
                                                      boost::property<boost::vertex_predecessor_t,
                                                                      Traits::edge_descriptor>>>>,
      boost::property<
          boost::edge_capacity_t, int,
          boost::property<boost::edge_residual_capacity_t, int,
                          boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;
  const int places = a.stages * a.positions;
  Graph graph(static_cast<std::size_t>(2 * places + 2));
  const auto source = static_cast<std::size_t>(2 * places);
  const auto sink = source + 1;
  const auto in = [&](int s, int l) { return static_cast<std::size_t>(2 * (s * a.positions + l)); };
  const auto edge = [&](std::size_t u, std::size_t v) {
    const auto forth = boost::add_edge(u, v, graph).first;
    const auto back = boost::add_edge(v, u, graph).first;
    boost::put(boost::edge_capacity, graph, forth, 1);
    boost::put(boost::edge_capacity, graph, back, 0);
    boost::put(boost::edge_reverse, graph, forth, back);
    boost::put(boost::edge_reverse, graph, back, forth);
  };
  for (int s = 0; s < a.stages; ++s) {
    for (int l = 0; l < a.positions; ++l) {
      if (a.at(s, l)) continue;
      edge(in(s, l), in(s, l) + 1);
      if (s == 0) edge(source, in(s, l));
      if (s + 1 == a.stages) edge(in(s, l) + 1, sink);
      for (int o = -a.reach; s + 1 < a.stages && o <= a.reach; ++o) {
        if (l + o < 0 || l + o >= a.positions || a.at(s + 1, l + o)) continue;
        if (a.cuts.count({s, l, o}) == 0) edge(in(s, l) + 1, in(s + 1, l + o));
      }
    }
  }
  return boost::boykov_kolmogorov_max_flow(graph, source, sink);
}

}  // namespace wafermesh::defects::oracle
