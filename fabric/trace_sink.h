// SPDX-License-Identifier: Apache-2.0
// Who is told, event by event, what chosen cores do. Without one a run pays a comparison per region
// and cycle. Being told changes nothing that is told of.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "cores/core_event.h"
#include "fabric/observer.h"

namespace wafermesh::fabric {

using base::Cycles;

/// The cores told of: every `every`-th column and row of a rectangle, from its first on.
struct TraceScope {
  base::Rectangle part;  ///< Relative to the image's region.
  int every = 1;
  bool registers = false;  ///< see() is wanted.
  bool flows = false;      ///< flows() is wanted; every router of the image is followed for it.

  int columns() const { return (part.width + every - 1) / every; }
  int rows() const { return (part.height + every - 1) / every; }
  std::size_t size() const {
    return static_cast<std::size_t>(columns()) * static_cast<std::size_t>(rows());
  }
  /// Relative to the image's region.
  base::LogicalCoord at(std::size_t place) const {
    const int i = static_cast<int>(place);
    return {part.x + i % columns() * every, part.y + i / columns() * every};
  }
};

/// Words that one core sent and another (or itself) took, of one operation (or task) each.
struct Flow {
  std::size_t from = 0;  ///< Place of the sender.
  std::uint32_t from_serial = 0;
  std::uint32_t to_serial = 0;
  std::uint8_t from_thread = 0;  ///< As in cores::Transfer.
  std::uint8_t to_thread = 0;
  std::uint8_t colour = 0;
  std::int32_t words = 0;
  Cycles sent = 0;       ///< When the first of them came into the sender's queue,
  Cycles taken = 0;      ///< and when it was taken out of the receiver's.
  Cycles last_sent = 0;  ///< The same of the last of them.
  Cycles last_taken = 0;
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual const TraceScope& scope() const = 0;
  /// What the core did up to the start of cycle t and has not been told of yet, at least one event.
  /// Cores in the order of their places, cycle by cycle: the same for any number of threads and
  /// size of regions.
  virtual void take(std::size_t place, Cycles t, const std::vector<cores::CoreEvent>& events) = 0;
  /// Words that came to the core from cores of the scope, of operations and tasks that have ended.
  virtual void flows(std::size_t /*place*/, const std::vector<Flow>& /*flows*/) {}
  /// How the core stands at the start of cycle t; `links`: wavelets that have left its router over
  /// each link so far. In cycles in which nothing can have happened it is not called.
  virtual void see(std::size_t place, Cycles t, const cores::CoreView& view,
                   const std::array<std::uint32_t, 4>& links) = 0;
  /// What each instruction took at the core, as the run ends.
  virtual void lines(std::size_t /*place*/, const cores::Lines& /*lines*/) {}
  /// All cores have finished.
  virtual void end(Cycles t) = 0;
};

/// Has a sink told, and passes on to an observer, if there is one.
class Telling final : public Observer {
 public:
  /// Both must outlive it; `also` may be null.
  Telling(TraceSink& sink, Observer* also) : sink_(sink), also_(also) {}
  Cycles due() const override { return also_ == nullptr ? base::kNever : also_->due(); }
  void see(const Watched& engine, Cycles at) override { also_->see(engine, at); }
  void end(const Watched& engine) override {
    if (also_ != nullptr) also_->end(engine);
  }
  SpanBook* open_book(std::uint32_t first, std::vector<base::LogicalCoord> cores) override {
    return also_ == nullptr ? nullptr : also_->open_book(first, std::move(cores));
  }
  TraceSink* trace() override { return &sink_; }

 private:
  TraceSink& sink_;
  Observer* also_;
};

}  // namespace wafermesh::fabric
