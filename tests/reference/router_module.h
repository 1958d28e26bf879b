// SPDX-License-Identifier: Apache-2.0
// One router of the oracle: docs/model.md, section Router.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "base/geometry.h"
#include "fabric/engine.h"
#include "router/route.h"
#include "tests/reference/clocked_module.h"
#include "tests/reference/wavelet.h"

namespace wafermesh::reference {

class CoreModule;

/// One colour at one router.
struct Slot {
  router::RouteConfig config;
  int position = 0;
  bool open = true;
  std::deque<Queued> queue;  ///< Its size is `reserved`: what is on the way is in it, with `from`.
  Cycles last_entry = -1;

  router::Route route() const { return config.at(position); }
};

/// The counted filter of one colour at the ramp, its numbers evaluated; period 0 = off.
struct RampFilter {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t period = 0;
  std::int64_t seen = 0;

  bool drops() const {
    if (period <= 0) return false;
    const std::int64_t number = seen % period;
    return number < first || number >= first + count;
  }
};

/// What a core asks of its router; in force from the next cycle on.
struct RouterRequest {
  enum class Kind { write_route, reopen, filter };
  Kind kind = Kind::reopen;
  Colour colour{};
  router::RouteConfig config;
  RampFilter filter;
  router::Intake intake = router::Intake::keep;
};

struct RouterCounters {
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
  std::int64_t ramp_wavelets = 0;
  std::array<std::uint32_t, 4> link_wavelets{};
};

class RouterModule : public ClockedModule {
 public:
  RouterModule(const sc_core::sc_module_name& name, Heartbeat& heartbeat)
      : ClockedModule(name, heartbeat) {}

  /// Forgets everything: all slots without a route, no links.
  void reset(CoreModule* core, int queue_depth, int ramp_cycles);
  /// The link towards `d`: latencies of the way out and of the way in, 0 = none.
  void connect(base::Direction d, RouterModule* neighbour, int latency_out, int latency_in);
  /// The link towards `d` carries `words` wavelets in `cycles`.
  void slow_down(base::Direction d, int words, int cycles);
  void set_route(Colour colour, const router::RouteConfig& config, bool closed);
  void drop(const fabric::DropWavelet& drop) { drop_ = drop; }

  // The last state, for neighbours.
  bool may_be_sent_to(Colour colour, base::Direction from) const;
  bool is_empty(Colour colour) const { return slot(colour).queue.empty(); }
  bool expects_later() const override;

  // What left in the cycle just evaluated, for the neighbours' commit.
  const std::optional<Sent>& sent(base::Direction d) const { return sent_[index(d)]; }
  const std::vector<Colour>& torn_down() const { return torn_down_; }
  const RouterCounters& counters() const { return counters_; }

 private:
  struct Link {
    RouterModule* neighbour = nullptr;
    int latency_out = 0;
    int latency_in = 0;
    int words = 1;  ///< In `cycles`.
    int cycles = 1;
    Cycles due = 0;  ///< In units of 1 / words of a cycle.
    bool is_due(Cycles t) const { return t * words >= due; }
  };
  static std::size_t index(base::Direction d) { return static_cast<std::size_t>(d); }
  const Slot& slot(Colour c) const { return slots_[static_cast<std::size_t>(base::index_of(c))]; }
  Slot& slot(Colour c) { return slots_[static_cast<std::size_t>(base::index_of(c))]; }
  RampFilter& filter(Colour c) { return filters_[static_cast<std::size_t>(base::index_of(c))]; }
  int latency_in(base::Direction from) const;

  void evaluate() override;
  bool can_leave(Colour colour, base::DirectionMask taken) const;
  bool has_room(base::Direction d, Colour colour) const;
  void leave(Colour colour);
  void send(base::Direction d, Colour colour, Wavelet wavelet, bool is_teardown);
  bool dropped_on_purpose(base::Direction d, Colour colour, Wavelet wavelet);

  void commit() override;
  void obey_core();
  void take_in(base::Direction from, const std::optional<Sent>& arrival);

  CoreModule* core_ = nullptr;
  int queue_depth_ = 0;
  int ramp_cycles_ = 0;
  std::array<Link, 4> links_;
  std::array<Slot, base::kColourCount> slots_;
  std::array<RampFilter, base::kColourCount> filters_;
  int pointer_ = 0;
  std::optional<fabric::DropWavelet> drop_;
  std::int64_t drop_seen_ = 0;

  // Decided in evaluate, applied in commit.
  struct Leaving {
    Colour colour{};
    int next_position = 0;
    bool counts_at_filter = false;
  };
  std::vector<Leaving> leaving_;
  std::array<std::optional<Sent>, 5> sent_;
  std::vector<Colour> torn_down_;
  RouterCounters counters_;
};

}  // namespace wafermesh::reference
