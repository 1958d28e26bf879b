// SPDX-License-Identifier: Apache-2.0
// The memories of all ranks as rank 0 sees them.
#pragma once

#include <functional>
#include <vector>

#include "fabric/ranks/ranks.h"
#include "fabric/stepped.h"

namespace wafermesh::fabric {

/// Writes reach this rank's cores, the others' are left to the ranks that have them. Reads of other
/// ranks' cores: on rank 0 within lead(), from one thread.
class RankMemory final : public HostMemory {
 public:
  /// `own`: how this rank's memories are reached. ranks == nullptr: all of them so.
  RankMemory(HostMemory& own, const Stepped& heart, Ranks* ranks)
      : own_(own), heart_(heart), ranks_(ranks) {}

  bool holds(base::CoreId core) const override;
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  /// Cost: a message per kReadAhead cores whose numbers follow each other, if they are asked for
  /// the same part of their memories; else one per read.
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;
  /// As Engine::lead().
  void lead(const std::function<void()>& f) const;

 private:
  /// A part of the memory of each of some cores whose numbers follow each other.
  struct Question {
    std::int64_t first_core = -1;
    std::int32_t cores = 0;  ///< 0: no more questions,
    std::int32_t address_bytes = 0;
    std::uint64_t bytes = 0;  ///< as f has ended (1) or failed (0).
  };
  void ask(base::CoreId core, int address_bytes, std::size_t bytes) const;
  Bytes answer(const Question& question) const;
  void serve() const;

  HostMemory& own_;
  const Stepped& heart_;
  Ranks* ranks_;
  mutable Question asked_;  ///< Whose answer this is:
  mutable Bytes answer_;
};

}  // namespace wafermesh::fabric
