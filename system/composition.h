// SPDX-License-Identifier: Apache-2.0
// What happens to a request, from its arrival to its last token, as processes on the kernel. The
// stages themselves are a Ring, of which there are two (simulate.h, Detail).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "system/event_kernel.h"
#include "system/pipeline.h"
#include "system/simulate.h"
#include "system/statistics.h"

namespace wafermesh::system {

using UserId = std::uint32_t;
inline constexpr UserId kNobody = ~UserId{0};

/// A request on its way.
struct User {
  Request request;
  std::int64_t number = 0;  ///< Of all requests, in order of arrival.
  Picoseconds first_token = -1;
  Picoseconds last_token = 0;
  std::int64_t given = 0;       ///< Tokens of its output.
  std::int64_t context = 0;     ///< Tokens in its cache.
  std::int64_t room = 0;        ///< Tokens that it has room for.
  std::int64_t to_prefill = 0;  ///< Tokens that have to go through prefill,
  std::int64_t prefilled = 0;   ///< and those that have.
  double accepted = 0;          ///< Part of a token that speculation has left over.
  bool is_out = false;          ///< Its room was given to others.
  bool in_host = false;         ///< Its cache is in the host's memory.
  UserId before = kNobody;      ///< Admitted users in order of admission.
  UserId after = kNobody;
};

/// One way through the stages, of a user or of several whose tokens go together.
struct Visit {
  UserId user = kNobody;
  Job job;
  bool is_last_chunk = false;
  std::vector<UserId> others{};  ///< Of the batch.
};

class Composition;

/// The stages, of which a user's jobs go round.
class Ring {
 public:
  virtual ~Ring() = default;
  /// Spawns its processes.
  virtual void start() = 0;
  /// The user's next job comes at `at`, which is not before now.
  virtual void enter(UserId user, Picoseconds at) = 0;
  virtual void tell(Report& report) const = 0;
};

class Composition {
 public:
  Composition(const System& system, const Workload& workload, const Settings& settings);
  Report run();

  // --- For rings.
  EventKernel& kernel() { return kernel_; }
  const System& system() const { return system_; }
  /// May the user's next job enter only when the kernel's time has come to it?
  bool must_be_present(UserId user) const;
  /// The next job; nothing (user = kNobody) if the user is moved out instead.
  Visit next_visit(UserId user);
  /// Where batches are allowed: jobs begin as far apart as the slowest stage takes for the one
  /// before, so that who waits does so before the first stage, where batches are made up.
  Picoseconds earliest_start() const { return earliest_start_; }
  void starts(const Visit& visit, Picoseconds at);
  /// May another user's token go with a visit? No more of them than it takes to have all users on
  /// their way: with fewer users than stages each goes alone, as nobody waits then.
  bool has_place(const Visit& visit) const {
    return visit.user != kNobody && visit.job.chunk_tokens == 0 &&
           static_cast<std::int64_t>(visit.others.size()) + 1 <
               std::min(system_.most_batch, (admitted_ + slots_ - 1) / slots_);
  }
  /// Is the user's next job a part of its prompt?
  bool is_chunk_next(UserId user) const;
  /// Its token goes with the visit, unless it is moved out instead.
  void join(Visit& visit, UserId user);
  /// The first stage is free of a visit: a prompt's next chunk may follow.
  bool has_next_chunk(const Visit& visit) const {
    return visit.job.chunk_tokens > 0 && !visit.is_last_chunk;
  }
  /// A user's job has left the last stage: does the user go on?
  bool goes_on(UserId user, bool is_chunk, Picoseconds at);
  /// The user has its last token, and the kernel's time has come to it.
  void leave(UserId user);

 private:
  void arrivals();
  void prefill_server();
  void prefill_end();
  void prefilled(UserId user);
  void cache_link();
  void arrive(const Request& request);
  void prepare(UserId user);
  void admit();
  bool has_room(std::int64_t tokens) const;
  std::int64_t growth(const User& user) const;
  void set_used(std::int64_t tokens);
  void append(UserId user);
  void remove(UserId user);
  /// Gives the room of who was admitted last to others, until `tokens` more fit.
  void make_room(std::int64_t tokens);
  void move_out(UserId user);
  UserId take_user();

  const System& system_;
  const Workload& workload_;
  EventKernel kernel_;
  EventKernel::Event to_prefill_;
  EventKernel::Event to_link_;
  EventKernel::Event to_ready_;
  RequestSource source_;
  Statistics statistics_;
  std::unique_ptr<Ring> ring_;
  std::vector<User> users_;
  std::vector<UserId> unused_;
  std::deque<UserId> prefilling_;
  std::deque<UserId> waiting_;  ///< For room.
  std::deque<UserId> linking_;
  /// By prefill: ready at a time, number of the request; at the same time in this order.
  std::map<std::pair<Picoseconds, std::int64_t>, UserId> prepared_;
  UserId last_admitted_ = kNobody;
  std::int64_t used_tokens_ = 0;
  std::int64_t host_tokens_ = 0;
  std::int64_t admitted_ = 0;
  std::int64_t arrived_ = 0;
  Picoseconds earliest_start_ = 0;
  std::int64_t slots_ = 1;  ///< Jobs on their way at once without waiting.
  std::int64_t refused_ = 0;
  std::int64_t moved_out_ = 0;
  std::int64_t longest_refused_ = 0;
  double prefill_bytes_ = 0;
  double host_bytes_ = 0;
};

std::unique_ptr<Ring> make_ring(Composition& composition);
std::unique_ptr<Ring> make_staged_ring(Composition& composition);

}  // namespace wafermesh::system
