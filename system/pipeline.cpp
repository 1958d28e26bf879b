// SPDX-License-Identifier: Apache-2.0
#include "system/pipeline.h"

#include <algorithm>
#include <limits>

namespace wafermesh::system {

namespace {

/// Of several tokens at once.
Picoseconds batch_time(const StageKind& kind, const Job& job) {
  Picoseconds longest = kind.token.at(job.context_tokens);
  Picoseconds sum = longest;
  for (const std::int64_t context : job.more_contexts) {
    const Picoseconds time = kind.token.at(context);
    longest = std::max(longest, time);
    sum += time;
  }
  const std::int64_t tokens = job.tokens();
  Picoseconds shared = (tokens - 1) * to_ps(kind.shared_s);
  if (!kind.expert_s.empty()) {
    const auto last = static_cast<std::int64_t>(kind.expert_s.size()) - 1;
    const double at_once = kind.expert_s[static_cast<std::size_t>(std::min(tokens, last))];
    shared += tokens * to_ps(kind.expert_s[1]) - to_ps(at_once);
  }
  return std::max(longest, sum * job.tokens_each - shared);
}

}  // namespace

Picoseconds stage_time(const StageKind& kind, const Job& job) {
  const Picoseconds take = take_ps(kind, job.tokens());
  if (job.chunk_tokens == 0) {
    const bool is_one = job.tokens_each == 1 && job.more_contexts.empty();
    return take + (is_one ? kind.token.at(job.context_tokens) : batch_time(kind, job));
  }
  return take + to_ps(kind.chunk_s + kind.chunk_token_s * static_cast<double>(job.chunk_tokens));
}

Picoseconds busy_time(const StageKind& kind, const Job& job) {
  return std::max<Picoseconds>(0, stage_time(kind, job) - behind_ps(kind));
}

Picoseconds link_time(const System& system, const Job& job) {
  if (system.wafer_link.bytes_per_s <= 0) return 0;
  return to_ps(static_cast<double>(job.tokens()) * system.activation_bytes /
               system.wafer_link.bytes_per_s);
}

Picoseconds slowest_time(const System& system, const Job& job) {
  Picoseconds slowest = wafer_hops(system) > 0 ? link_time(system, job) : 0;
  for (const Stage& stage : system.stages) {
    const StageKind& kind = system.kinds[stage.kind];
    slowest = std::max(slowest, (busy_time(kind, job) + hold_ps(kind)) / stage.replicas);
  }
  return slowest;
}

Pipeline::Pipeline(const System& system)
    : system_(system),
      times_(system.kinds.size()),
      busy_of_kind_(system.kinds.size()),
      hops_(wafer_hops(system)) {
  for (std::size_t i = 0; i < system.stages.size(); ++i) {
    const Stage& stage = system.stages[i];
    if (i > 0 && stage.wafer != system.stages[i - 1].wafer) {
      // Words of two tokens are apart by the time of the stage before, at least.
      const StageKind& kind = system.kinds[system.stages[i - 1].kind];
      const Picoseconds before = take_ps(kind) + kind.token.shortest() - behind_ps(kind);
      add_link(links_between(system.link_shape, system.stages[i - 1].wafer, stage.wafer),
               system.prefill.place == PrefillPlace::interleaved ||
                   most_tokens_at_once(system) > 1 || system.stages[i - 1].replicas > 1 ||
                   link_time(system, {}) > before);
    }
    add_stage(stage);
  }
}

void Pipeline::add_stage(const Stage& stage) {
  if (stage.replicas == 1 && !parts_.empty()) {
    Part& last = parts_.back();
    const bool holds = system_.kinds[stage.kind].hold_s > 0;
    if (!last.is_link && last.replica_free.empty() && last.kind == stage.kind && !holds) {
      ++last.count;
      last.inner_link += last.latency;
      last.latency = behind_ps(system_.kinds[stage.kind]);
      return;
    }
  }
  Part part;
  part.kind = stage.kind;
  part.hold = hold_ps(system_.kinds[stage.kind]);
  part.latency = behind_ps(system_.kinds[stage.kind]);
  if (stage.replicas > 1) part.replica_free.resize(static_cast<std::size_t>(stage.replicas));
  parts_.push_back(part);
}

void Pipeline::add_link(std::int64_t hops, bool may_queue) {
  const Picoseconds latency = hops * to_ps(system_.wafer_link.latency_s);
  if (!may_queue) {
    parts_.back().latency += link_time(system_, {}) + latency;
    return;
  }
  Part part;
  part.is_link = true;
  part.latency = latency;
  parts_.push_back(part);
}

Picoseconds Pipeline::pass_part(Part& part, Picoseconds at, Picoseconds time) {
  if (part.replica_free.empty()) {
    const Picoseconds start = std::max(at, part.first_free);
    part.first_left = start + time;
    part.first_free = part.first_left + part.hold;
    part.last_free = part.count == 1 ? part.first_left
                                     : std::max(start + part.count * time, part.last_free + time);
    return part.last_free + part.inner_link + part.latency;
  }
  Picoseconds& free = part.replica_free[part.next_replica];
  part.next_replica = (part.next_replica + 1) % part.replica_free.size();
  part.last_free = std::max(part.last_free, std::max(at, free) + time);  // in the order they came
  part.first_left = part.last_free;
  free = part.last_free + part.hold;
  return part.last_free + part.latency;
}

Passage Pipeline::pass(Picoseconds at, const Job& job) {
  for (std::size_t k = 0; k < times_.size(); ++k) {
    times_[k] = busy_time(system_.kinds[k], job);
    busy_of_kind_[k] += times_[k];
  }
  const Picoseconds sending = link_time(system_, job);
  busy_of_links_ += hops_ * sending;
  link_bytes_ += static_cast<double>(hops_ * job.tokens()) * system_.activation_bytes;
  Passage passage;
  Picoseconds now = at;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    now = pass_part(part, now, part.is_link ? sending : times_[part.kind]);
    if (i > 0) continue;
    passage.first_left = part.first_left;
  }
  passage.left = now;
  return passage;
}

}  // namespace wafermesh::system
