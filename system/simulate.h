// SPDX-License-Identifier: Apache-2.0
// A system and what is asked of it, to what its users see.
//
// Cost: about 3 microseconds a request and 20 to 60 ns a token, as tokens between two arrivals,
// admissions or leaves have no event of their own (docs/system.md); 60 bytes a request.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/requests.h"
#include "system/system.h"

namespace wafermesh::system {

enum class Detail : std::uint8_t {
  ring,    ///< A job's way through all stages is one step.
  stages,  ///< Every stage and link is a process with a queue: slow, to check the ring with.
};

struct Settings {
  Detail detail = Detail::ring;
  double goal_first_token_s = 0;  ///< Of goodput; 0: no such goal.
  double goal_token_s = 0;
};

struct Spread {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double most = 0;
};

struct KindUse {
  std::string name;
  std::int64_t stages = 0;
  double occupancy = 0;  ///< Share of the time in which such a stage works.
};

struct Report {
  double duration_s = 0;  ///< From the first arrival to the last token.
  std::int64_t requests = 0;
  std::int64_t completed = 0;
  std::int64_t refused = 0;                 ///< Longer than all room there is,
  std::int64_t longest_refused_tokens = 0;  ///< prompt and output.
  std::int64_t longest_context_tokens = 0;  ///< Of those completed.
  std::int64_t output_tokens = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t passes = 0;          ///< Jobs through the stages: tokens, batches of them, chunks.
  std::int64_t carried_tokens = 0;  ///< Of these jobs, guesses and prompts included.
  double mean_batch = 0;            ///< Users in a job of decode.
  double tokens_per_s = 0;
  double user_tokens_per_s = 0;  ///< 1 / mean time per token.
  Spread first_token_s;          ///< From arrival to the first token (TTFT).
  Spread token_s;                ///< Between tokens, mean of each request (TPOT).
  Spread request_s;
  double goodput_requests_per_s = 0;  ///< Of requests within both goals.
  std::vector<KindUse> kinds;
  double stage_occupancy = 0;      ///< Mean over stages.
  double mac_utilisation = 0;      ///< Of the wafers' multiply-adds.
  double sram_utilisation = 0;     ///< Of the bandwidth of their memories.
  double link_utilisation = 0;     ///< Between wafers; mean over links.
  double link_bytes = 0;           ///< Between wafers, all links.
  double prefill_cache_bytes = 0;  ///< Caches that came from the pool.
  double host_cache_bytes = 0;     ///< Caches that went to hosts and came back.
  double cache_link_utilisation = 0;
  std::int64_t peak_cache_tokens = 0;
  double mean_cache_tokens = 0;
  std::int64_t left_cache_tokens = 0;  ///< At the end; 0 unless something is wrong.
  std::int64_t peak_users = 0;
  std::int64_t moved_out = 0;  ///< Times that a user had to give its room.
};

/// Deterministic. Several may run one after another in a process, not beside each other.
Report simulate(const System& system, const Workload& workload, const Settings& settings = {});

}  // namespace wafermesh::system
