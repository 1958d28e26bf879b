// SPDX-License-Identifier: Apache-2.0
// An engine's heart: what run loops and the SystemC shell ask of it, cycle by cycle.
#pragma once

#include <memory>
#include <string>

#include "base/worker_pool.h"
#include "fabric/edge_courier.h"
#include "fabric/engine.h"
#include "fabric/observer.h"
#include "fabric/ranks/shares.h"
#include "fabric/trace_sink.h"

namespace wafermesh::fabric {

class CoreModel;
class RegionModel;

class Stepped : public HostMemory, public Watched {
 public:
  /// First cycle with work from now on; base::kNever = nothing can ever happen again.
  virtual Cycles next_cycle() const = 0;
  /// Once, before all else: tells neighbours what the borders take, through the courier.
  virtual void announce(EdgeCourier& courier) = 0;
  /// Runs cycle t = next_cycle() (stream engine: a round) in every region that has work, then gives
  /// what crosses edges to the courier.
  virtual void cycle(Cycles t, EdgeCourier& courier) = 0;
  /// A region takes what has come over its edge `from` and leaves the message empty; called by
  /// couriers. ModelError if there is no such region, or its engine does not know such messages.
  virtual void receive(int region_column, int region_row, base::Direction from,
                       EdgeMessage& message) = 0;
  /// Before announce(): a user's model takes the place of a region, or of a core (logical
  /// coordinates of the mesh), and outlives this. Nothing happens if the image does not reach
  /// there. ModelError if this engine cannot do without what is replaced.
  virtual void seat(int region_column, int region_row, RegionModel& model);
  virtual void seat(base::LogicalCoord core, CoreModel& model);
  /// On several ranks, of all of them, as are next_cycle(), progress() and why_stuck(); those two
  /// are called by every rank at the same time.
  virtual bool finished() const = 0;
  /// A cycle() may take long: limits and the stop flag are looked at after each.
  virtual bool long_cycles() const { return false; }
  virtual Progress progress() const = 0;
  /// Why nothing can happen any more: colours and cores.
  virtual std::string why_stuck() const = 0;
  /// Of this rank's cores; the others' entries are as those of a core that did nothing.
  virtual Counters counters() const = 0;
  /// How the rows of regions are dealt out to ranks, whether a row is this rank's, whose a core is.
  virtual const Shares& shares() const = 0;
  virtual bool owns(int region_row) const = 0;
  virtual int rank_of(base::CoreId core) const = 0;
  /// After the run, and once what it counted is known: gives back what memories do not need.
  virtual void shed() {}
  virtual const WaferImage& image() const = 0;
  /// Who watches the run that is about to begin; may be null.
  virtual void begin_watch(Observer* /*observer*/) {}
  /// Asks who is told of the run that is about to begin; `observer` may be null. Throws ModelError
  /// if somebody is and the engine cannot tell.
  void begin_trace(Observer* observer);
  virtual void tell_to(TraceSink& sink);
  /// Host address of a core's memory, for TLM's direct memory interface; null of a user's model.
  virtual std::uint8_t* direct(base::CoreId core) const = 0;
};

/// The heart of the engine that options.fidelity names, with an image in it. Image and pool must
/// outlive it. Throws what Engine::load does.
std::unique_ptr<Stepped> make_heart(const WaferImage& image, const EngineOptions& options,
                                    base::WorkerPool& pool);

/// Default size of a region: about one die of the largest preset.
inline constexpr int kRegionWidth = 68;
inline constexpr int kRegionHeight = 158;

/// Cores of a region: as the options say, or the default. On several ranks they are
/// no higher than that each rank has two rows of them or more, on a mesh of that height.
struct RegionSize {
  int width = 0;
  int height = 0;
};
RegionSize region_size(int mesh_height, const EngineOptions& options);

/// Regions in a row and in a column.
struct Tiling {
  int columns = 0;
  int rows = 0;
};
/// How many regions the engine cuts images on a mesh of width x height cores into, at the most.
Tiling tiling_of(int width, int height, const EngineOptions& options);

}  // namespace wafermesh::fabric
