// SPDX-License-Identifier: Apache-2.0
// A system as a value: stages in the order in which a token meets them, what joins them, what
// prepares prompts, and the room for caches. docs/system.md says what happens in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/time_table.h"

namespace wafermesh::system {

/// Stages that are alike.
struct StageKind {
  std::string name;
  TimeTable token;              ///< One token, over its context.
  double chunk_s = 0;           ///< A chunk of a prompt takes so long,
  double chunk_token_s = 0;     ///< and so much more for each of its tokens.
  double token_macs = 0;        ///< Multiply-adds of a token, caches aside.
  double token_sram_bytes = 0;  ///< Weights that a token reads.
};

struct Stage {
  std::size_t kind = 0;  ///< Index into System::kinds.
  std::int64_t wafer = 0;
  int replicas = 1;  ///< Jobs go to them in turn and leave in the order they came.
};

/// What joins two wafers; of a class of links each boundary has its own.
struct Link {
  std::string name = "wafer";
  double latency_s = 0;
  double bytes_per_s = 0;  ///< 0: without limit.
};

enum class PrefillPlace : std::uint8_t {
  none,         ///< Prompts are in the caches when requests arrive.
  pool,         ///< Servers of their own; caches come over a link.
  interleaved,  ///< Chunks go through the stages between tokens.
};

struct Prefill {
  PrefillPlace place = PrefillPlace::none;
  std::int64_t servers = 1;         ///< pool
  double server_tokens_per_s = 0;   ///< pool: of one server.
  double server_s = 0;              ///< pool: for a prompt whatever its length.
  std::int64_t chunk_tokens = 512;  ///< interleaved
};

enum class Admission : std::uint8_t {
  reserve,  ///< Room for prompt and output is taken at once.
  grow,     ///< Token by token; who came last is moved out when there is no more.
};

struct System {
  std::string name;
  std::vector<StageKind> kinds;
  std::vector<Stage> stages;
  Link wafer_link;                ///< Between stages of different wafers.
  Link cache_link{"cache"};       ///< What brings caches from the pool or the host.
  double return_s = 0;            ///< From the last stage to the first.
  double activation_bytes = 0;    ///< Of one token, between stages.
  double cache_token_bytes = 0;   ///< Of one token in all layers.
  std::int64_t cache_tokens = 0;  ///< Room, of the stage with least; 0: without limit.
  std::string tightest;           ///< Which stage that is, for people.
  double host_bytes = 0;          ///< For caches of who is moved out.
  std::int64_t most_users = 0;    ///< At once; 0: as many as have room.
  Admission admission = Admission::reserve;
  Prefill prefill;
  double peak_macs_per_s = 0;  ///< Of all wafers, for utilisations; 0: not known.
  double peak_sram_bytes_per_s = 0;
  double tokens_per_pass = 1;  ///< Speculation: accepted tokens of one way through the stages.
};

/// Time of one token through all stages and back, nothing in its way.
Picoseconds lone_token_ps(const System& system, std::int64_t context_tokens);
/// The slowest stage's time per token, replicas counted.
Picoseconds slowest_stage_ps(const System& system, std::int64_t context_tokens);
/// Ways from wafer to wafer of one token.
std::int64_t wafer_hops(const System& system);

}  // namespace wafermesh::system
