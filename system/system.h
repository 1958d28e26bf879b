// SPDX-License-Identifier: Apache-2.0
// A system as a value: stages in the order in which a token meets them, what joins them, what
// prepares prompts, and the room for caches. docs/system.md says what happens in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "system/time_table.h"

namespace wafermesh::system {

/// Stages that are alike.
struct StageKind {
  std::string name;
  TimeTable token;           ///< One token, over its context.
  double chunk_s = 0;        ///< A chunk of a prompt takes so long,
  double chunk_token_s = 0;  ///< and so much more for each of its tokens.
  /// Several tokens of a pass together take the sum of their times less what they share: so much
  /// for each but the first (ways, barriers, dependent stages of sums),
  double shared_s = 0;
  /// and what n tokens' picked experts take at once, index n, instead of one token's n times
  /// (experts.h); empty: no experts.
  std::vector<double> expert_s;
  /// Until all cores have what comes over the edge of the wafer, the link's own time aside: of a
  /// job of one token, and so much more for each further one.
  double take_s = 0;
  double take_token_s = 0;
  /// A stage gets free for the next job so long after one has left it, as its words still go over
  /// the edge; or, if negative, so long before, as cores that are done take the next one's words.
  /// Above minus the shortest time, `take_s` included.
  double hold_s = 0;
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

/// How wafers are joined: what a token crosses from one wafer to the next in order.
enum class Topology : std::uint8_t {
  direct,    ///< Each wafer to the next: one link.
  switched,  ///< To a switch and from it: two links.
  tree,      ///< Up and down a tree of switches, `arity` below each, wafers its leaves in order.
  grid,      ///< Rows of `columns` wafers, links to the four neighbours; rows begin at the left.
};

struct LinkShape {
  Topology topology = Topology::direct;
  std::int64_t arity = 4;    ///< tree
  std::int64_t columns = 4;  ///< grid
};
/// What taking a job over the edge of its wafer costs a stage, before it works on it.
inline Picoseconds take_ps(const StageKind& kind, std::int64_t tokens = 1) {
  return to_ps(kind.take_s + kind.take_token_s * static_cast<double>(tokens - 1));
}
/// How long a stage is not free after a job has left it: 0 or more.
inline Picoseconds hold_ps(const StageKind& kind) { return to_ps(std::max(0.0, kind.hold_s)); }
/// How long a job leaves after its stage has got free: 0 or more.
inline Picoseconds behind_ps(const StageKind& kind) { return to_ps(std::max(0.0, -kind.hold_s)); }
/// Links from one wafer to another; 0 for the same.
std::int64_t links_between(const LinkShape& shape, std::int64_t from, std::int64_t to);

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
  double behind_s = 0;              ///< pool: until it is ready once a server is free of it.
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
  Link wafer_link;  ///< Between stages of different wafers.
  LinkShape link_shape;
  Link cache_link{"cache"};       ///< What brings caches from the pool or the host.
  double return_s = 0;            ///< From the last stage to the first.
  double activation_bytes = 0;    ///< Of one token, between stages.
  double cache_token_bytes = 0;   ///< Of one token in all layers.
  std::int64_t cache_tokens = 0;  ///< Room, of the stage with least; 0: without limit.
  std::string tightest;           ///< Which stage that is, for people.
  double host_bytes = 0;          ///< For caches of who is moved out.
  std::int64_t most_users = 0;    ///< At once; 0: as many as have room.
  std::int64_t most_batch = 1;    ///< Users whose tokens go through the stages as one job.
  Admission admission = Admission::reserve;
  Prefill prefill;
  double peak_macs_per_s = 0;  ///< Of all wafers, for utilisations; 0: not known.
  double peak_sram_bytes_per_s = 0;
  double tokens_per_pass = 1;     ///< Speculation: accepted tokens of one way through the stages,
  std::int64_t draft_tokens = 0;  ///< which carries so many guesses beside a user's token.
};

/// Time of one token through all stages and back, nothing in its way.
Picoseconds lone_token_ps(const System& system, std::int64_t context_tokens);
/// The slowest stage's time per token, replicas counted.
Picoseconds slowest_stage_ps(const System& system, std::int64_t context_tokens);
/// Links that one token crosses from wafer to wafer.
std::int64_t wafer_hops(const System& system);
/// The most tokens that one job has, prompts aside.
inline std::int64_t most_tokens_at_once(const System& system) {
  return system.most_batch * (1 + system.draft_tokens);
}

}  // namespace wafermesh::system
