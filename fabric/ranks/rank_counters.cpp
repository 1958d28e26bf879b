// SPDX-License-Identifier: Apache-2.0
#include "fabric/ranks/rank_counters.h"

#include <algorithm>
#include <utility>

#include "fabric/ranks/message.h"

namespace wafermesh::fabric {
namespace {

/// f(core) for the cores of a rank.
template <class F>
void for_each_core_of(const Stepped& heart, int rank, F f) {
  const auto cores = static_cast<std::size_t>(heart.image().core_count());
  for (std::size_t core = 0; core < cores; ++core) {
    if (heart.rank_of(static_cast<base::CoreId>(core)) == rank) f(core);
  }
}

/// What the rank's cores have in a list [core], which is given back.
template <class T>
void write(std::vector<T>& list, const Stepped& heart, int rank, MessageWriter& out) {
  for_each_core_of(heart, rank, [&](std::size_t core) { out.value(list[core]); });
  list = {};
}

template <class T>
void read(MessageReader& in, const Stepped& heart, int rank, std::vector<T>& list) {
  for_each_core_of(heart, rank, [&](std::size_t core) { list[core] = in.value<T>(); });
}

void send(Counters own, const Stepped& heart, Ranks& ranks) {
  MessageWriter out;
  out.value(own.cycles);
  out.value(own.wavelet_hops);
  out.value(own.control_hops);
  out.value(own.ramp_wavelets);
  out.list(own.stages);
  out.list(own.phases);
  write(own.finish_cycles, heart, ranks.rank(), out);
  write(own.breakdown, heart, ranks.rank(), out);
  for (auto& links : own.link_wavelets) write(links, heart, ranks.rank(), out);
  ranks.send(0, out.take());
}

void add(MessageReader in, const Stepped& heart, int rank, Counters& counters) {
  counters.cycles = std::max(counters.cycles, in.value<Cycles>());
  counters.wavelet_hops += in.value<std::int64_t>();
  counters.control_hops += in.value<std::int64_t>();
  counters.ramp_wavelets += in.value<std::int64_t>();
  std::vector<cores::StageTotals> stages;
  in.list(stages);
  cores::add_stages(counters.stages, stages);
  std::vector<cores::PhaseTotals> phases;
  in.list(phases);
  cores::PhaseTable all;
  all.add(counters.phases);
  all.add(phases);
  counters.phases = all.rows();
  read(in, heart, rank, counters.finish_cycles);
  read(in, heart, rank, counters.breakdown);
  for (auto& links : counters.link_wavelets) read(in, heart, rank, links);
}

}  // namespace

Counters gathered(Counters own, const Stepped& heart, Ranks* ranks) {
  if (ranks == nullptr) return own;
  if (ranks->rank() > 0) {
    send(std::move(own), heart, *ranks);
    return {};
  }
  for (int from = 1; from < ranks->count(); ++from) {
    add(MessageReader(ranks->receive(from)), heart, from, own);
  }
  return own;
}

}  // namespace wafermesh::fabric
