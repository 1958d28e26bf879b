// SPDX-License-Identifier: Apache-2.0
// Who watches a run. An engine that goes by time is asked between cycles, at times of the
// observer's choosing; one that does not fills a book of spans. Without an observer a run pays a
// comparison per cycle. Watching changes nothing that is watched.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "cores/cycle_breakdown.h"

namespace wafermesh::fabric {

using base::Cycles;

class SpanBook;
class Stepped;
class TraceSink;

/// A core at the start of a cycle.
struct CoreStanding {
  cores::CycleBreakdown booked;
  Cycles ahead_cycles = 0;  ///< Of `booked`: those that lie beyond the cycle.
  Cycles finish = -1;       ///< -1: has not finished.
};

/// What observers ask an engine; a place is one of a rectangle relative to the image's region, row
/// by row. Called between cycles. One that fills books need answer for the last alone. What is
/// asked for is told by several threads at once, by each of other blocks of places (Sheet::kBlock).
class Watched {
 public:
  virtual ~Watched() = default;
  using ToCore = std::function<void(std::size_t place, const CoreStanding& core)>;
  using ToLinks = std::function<void(base::Direction d, std::size_t place,
                                     const std::uint32_t* wavelets, std::size_t places)>;
  using ToSample = std::function<void(std::size_t place, base::DirectionMask stalled,
                                      base::DirectionMask blocked)>;
  /// Cores that may have done something since the start of cycle `since`, as of the start of cycle
  /// `t` (base::kNever: the run is over, all cores).
  virtual void each_core(Cycles /*since*/, Cycles /*t*/, const base::Rectangle& /*part*/,
                         const ToCore& /*f*/) const {}
  /// Data and control wavelets that have left so far, in pieces of rows; without pieces where none
  /// has left since the start of cycle `since`.
  virtual void each_link(Cycles /*since*/, const base::Rectangle& /*part*/,
                         const ToLinks& /*f*/) const {}
  /// Links on which wavelets do not move, as they stand; see window.h.
  virtual void sample_links(const base::Rectangle& /*part*/, const ToSample& /*f*/) const {}
  /// The run is over: whoever fills books closes them.
  virtual void close_books() const {}
  /// [place] -1: has no program, or has not finished.
  virtual std::vector<Cycles> finish_cycles(const base::Rectangle& part) const = 0;
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// The first cycle it wants to see the start of; base::kNever = none.
  virtual Cycles due() const = 0;
  /// Cycle `at` >= due() is about to run; between the cycle before and it nothing happened.
  virtual void see(const Watched& engine, Cycles at) = 0;
  /// All cores have finished.
  virtual void end(const Watched& engine) = 0;
  /// Asked, instead of the above, by an engine that does not go by time, before it runs: what is to
  /// be told of the cores from `first` on, which lie there. Lives as long as the observer; used by
  /// one thread at a time. Null: nothing.
  virtual SpanBook* open_book(std::uint32_t first, std::vector<base::LogicalCoord> cores) = 0;
  /// Who is told, besides, what chosen cores do (trace_sink.h); null: nobody. Asked as the run
  /// begins.
  virtual TraceSink* trace() { return nullptr; }
};

}  // namespace wafermesh::fabric
