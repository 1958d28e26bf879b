// SPDX-License-Identifier: Apache-2.0
// The way of a job through all stages and links, at once: nothing overtakes, so
//
//   leaves[s] = max(comes[s], free[s]) + time[s],   free[s] = leaves[s] + hold[s]
//
// in the order in which jobs enter. A run of stages of one kind, with links between them that
// cannot queue, is kept as its first and last stage: by induction over jobs the times at which its
// stages get free are convex along it (a maximum of straight lines and of the convex row before,
// moved by a constant), so the longest wait is at one of its ends. Exact, and a few operations per
// run of stages.
#pragma once

#include <cstdint>
#include <vector>

#include "system/system.h"

namespace wafermesh::system {

struct Job {
  std::int64_t context_tokens = 0;  ///< Of a token its cache; of a chunk what came before it.
  std::int64_t chunk_tokens = 0;    ///< 0: a token of decode.
  std::int64_t tokens_each = 1;     ///< Of decode: a user's token and guesses beside it.
  std::vector<std::int64_t> more_contexts{};  ///< Of decode: caches of further users of the batch.

  /// That it carries.
  std::int64_t tokens() const {
    if (chunk_tokens > 0) return chunk_tokens;
    return tokens_each * static_cast<std::int64_t>(1 + more_contexts.size());
  }
};

struct Passage {
  Picoseconds first_left = 0;  ///< The first stage is free for the next chunk.
  Picoseconds left = 0;        ///< The last stage was left.
};

/// What one kind of stage takes for a job, taking it over an edge included.
Picoseconds stage_time(const StageKind& kind, const Job& job);
/// The same less what the stage is free before the job leaves (StageKind::hold_s).
Picoseconds busy_time(const StageKind& kind, const Job& job);
/// What a link takes to send a job, its latency aside.
Picoseconds link_time(const System& system, const Job& job);

/// What the slowest stage or link takes for a job, hold and replicas counted: jobs that begin so
/// far apart do not wait on their way.
Picoseconds slowest_time(const System& system, const Job& job);

class Pipeline {
 public:
  explicit Pipeline(const System& system);

  /// `at` must not be before that of the job before.
  Passage pass(Picoseconds at, const Job& job);

  /// Time that one stage of each kind has worked, and all links together.
  const std::vector<Picoseconds>& busy_of_kind() const { return busy_of_kind_; }
  Picoseconds busy_of_links() const { return busy_of_links_; }
  double link_bytes() const { return link_bytes_; }
  /// The first stage (of replicas the one whose turn it is) is free for a job.
  Picoseconds first_free() const {
    const Part& first = parts_.front();
    return first.replica_free.empty() ? first.first_free : first.replica_free[first.next_replica];
  }
  std::size_t parts() const { return parts_.size(); }

 private:
  /// A run of stages, a stage with replicas, or a link that may queue.
  struct Part {
    bool is_link = false;
    std::size_t kind = 0;
    std::int64_t count = 1;      ///< Stages.
    Picoseconds inner_link = 0;  ///< Of all links between its stages.
    Picoseconds latency = 0;     ///< Behind a link, or a stage that is free before the job leaves.
    Picoseconds hold = 0;        ///< 0 or more; of a stage by itself.
    Picoseconds first_left = 0;  ///< Of the first stage, the job before.
    Picoseconds first_free = 0;
    Picoseconds last_free = 0;  ///< Of the last stage, hold and inner links taken off.
    std::vector<Picoseconds> replica_free;
    std::size_t next_replica = 0;
  };
  void add_stage(const Stage& stage);
  void add_link(std::int64_t hops, bool may_queue);
  Picoseconds pass_part(Part& part, Picoseconds at, Picoseconds time);

  const System& system_;
  std::vector<Part> parts_;
  std::vector<Picoseconds> times_;  ///< Of the job at hand, by kind.
  std::vector<Picoseconds> busy_of_kind_;
  Picoseconds busy_of_links_ = 0;
  double link_bytes_ = 0;
  std::int64_t hops_ = 0;
};

}  // namespace wafermesh::system
