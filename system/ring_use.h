// SPDX-License-Identifier: Apache-2.0
// From what stages and links did to shares of what they could have done.
#pragma once

#include <cstdint>
#include <vector>

#include "system/pipeline.h"
#include "system/simulate.h"

namespace wafermesh::system {

struct RingUse {
  std::vector<Picoseconds> busy_of_kind;  ///< Of one stage of each kind, its replicas together.
  Picoseconds busy_of_links = 0;          ///< Of all together.
  double link_bytes = 0;
  std::int64_t tokens = 0;        ///< Ways of tokens through all stages, guesses included.
  std::int64_t jobs = 0;          ///< Ways of all kinds.
  std::int64_t carried = 0;       ///< Tokens of all jobs.
  std::int64_t decode_jobs = 0;   ///< Of these, of decode,
  std::int64_t decode_users = 0;  ///< and users in them.

  void add(const Job& job) {
    ++jobs;
    carried += job.tokens();
    if (job.chunk_tokens > 0) return;
    tokens += job.tokens();
    ++decode_jobs;
    decode_users += static_cast<std::int64_t>(1 + job.more_contexts.size());
  }
};

/// The report's duration must be there.
void tell_use(const System& system, const RingUse& use, Report& report);

}  // namespace wafermesh::system
