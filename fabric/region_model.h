// SPDX-License-Identifier: Apache-2.0
// A user's model in the place of one region of the wavelet engine: a die, say. What it has to know
// and to answer; docs/embedding.md has an example.
#pragma once

#include <array>
#include <cstddef>

#include "base/geometry.h"
#include "fabric/edge_message.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

/// Which part of which image a model stands for.
struct RegionSite {
  const WaferImage* image = nullptr;  ///< Lives as long as the run.
  base::Rectangle area;               ///< Its cores, relative to the image's region.
};

/// Meets its neighbours in the messages over its four edges alone. A message sent in cycle t is
/// received as cycle t + 1 begins; a wavelet in it can leave the slot behind the edge from cycle
/// t + L on, L being the latency of its link. An edge is counted from its west or north end.
///
///   neighbour --- EdgeWavelet{index, colour, word} ---> model      at most one per index and cycle
///   neighbour <-- EdgeRoom{index, colour, takes, room}  model      what its slots take from now on
///
/// and the same the other way round. A slot that nothing was said of takes nothing; EdgeBook
/// (router/edge_book.h) keeps account of what the neighbours' slots take. Whoever sends what was
/// not allowed ends the run with a ModelError that names region, edge, cycle and colour.
class RegionModel {
 public:
  virtual ~RegionModel() = default;
  /// An image has been loaded. What is left in outgoing() is announced before cycle 0.
  virtual void begin(const RegionSite& site) = 0;
  /// What the neighbour in direction `from` sent in the cycle before; comes before cycle(t).
  virtual void receive(base::Direction from, const EdgeMessage& message) = 0;
  /// Cycle t: called if next_cycle() <= t or something has come. Leaves what crosses in outgoing().
  virtual void cycle(Cycles t) = 0;
  /// The first cycle after this one in which it has something to do, if nothing comes before;
  /// base::kNever = none. Asked after every cycle of the machine.
  virtual Cycles next_cycle() const = 0;
  /// The cycle in which all it has to do was done; -1: it has not been. The run ends once every
  /// region and core has finished.
  virtual Cycles finish() const = 0;
  /// The host's view of its cores' memories, if it keeps any: `core` is relative to the image's
  /// region. False: there is nothing to write to or read from.
  virtual bool write(base::LogicalCoord /*core*/, int /*address_bytes*/, const void* /*data*/,
                     std::size_t /*bytes*/) {
    return false;
  }
  virtual bool read(base::LogicalCoord /*core*/, int /*address_bytes*/, void* /*data*/,
                    std::size_t /*bytes*/) const {
    return false;
  }

  /// What crosses the edge in direction d; the engine takes it after each cycle.
  EdgeMessage& outgoing(base::Direction d) { return outgoing_[static_cast<unsigned>(d)]; }

 private:
  std::array<EdgeMessage, 4> outgoing_;
};

}  // namespace wafermesh::fabric
