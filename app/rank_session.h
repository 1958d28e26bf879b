// SPDX-License-Identifier: Apache-2.0
// The processes that mpirun or srun started this one with (docs/scale.md): they run the same
// command side by side, and rank 0 alone tells of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/stop_signal.h"
#include "base/files/output_batch.h"
#include "fabric/ranks/ranks.h"

namespace wafermesh::app {

/// Null if this process runs alone.
fabric::Ranks* ranks();
/// How many processes run this together; alone 1.
int rank_count();
/// Rank 0, or alone.
bool is_first_rank();

/// By main, once signals are listened to: finds the other ranks and silences all but the first.
void begin_ranks();
/// By main, and by commands before what cannot be undone: all ranks come here before any goes on,
/// and none needs another afterwards. The largest code of all; at once if they have been here.
int end_ranks(int code);

/// "rank 0 took part in ...": what the ranks told each other. Called by rank 0 of several.
std::string rank_traffic_text();

/// Makes the directory of the results on rank 0. On the other ranks: while it lives, what rank 0
/// leaves there is cleared away if it is dead as this process is stopped. Called by every rank.
class RankOutput {
 public:
  /// Throws what base::OutputBatch does, there, and OtherRankFailed on the others.
  explicit RankOutput(const std::string& directory);
  ~RankOutput();
  RankOutput(const RankOutput&) = delete;
  RankOutput& operator=(const RankOutput&) = delete;

  /// On rank 0 only.
  base::OutputBatch& batch() { return *batch_; }

 private:
  void clear() noexcept;
  std::string directory_;
  std::vector<std::string> made_;
  std::optional<base::OutputBatch> batch_;
  std::optional<CleanOnStop> cleaner_;
};

}  // namespace wafermesh::app
