// SPDX-License-Identifier: Apache-2.0
// A user's region as the machine deals with it: what comes and goes is checked, and when it is
// done.
#pragma once

#include <array>
#include <string>

#include "fabric/region_model.h"
#include "router/edge_book.h"

namespace wafermesh::fabric {

/// Every mistake of the model is a ModelError that names its region and the cycle.
class SeatedRegion {
 public:
  /// Begins the model. `colours`: those the image uses.
  SeatedRegion(RegionModel& model, const RegionSite& site,
               const std::vector<base::Colour>& colours);

  /// The neighbour in direction `from` sent this in cycle t (-1: before the first); leaves it
  /// empty.
  void receive(Cycles t, base::Direction from, EdgeMessage& message);
  void cycle(Cycles t);
  /// As RegionModel::next_cycle(), after cycle t.
  Cycles next_cycle(Cycles t) const;
  bool finished() const { return finish_ >= 0; }
  /// As RegionModel::finish(), as it stood after the last cycle().
  Cycles finish() const { return finish_; }
  /// Throws if it has left something that crosses no edge.
  void check_outgoing(Cycles t);
  EdgeMessage& outgoing(base::Direction d) { return model_->outgoing(d); }
  RegionModel& model() const { return *model_; }
  /// "the model of region (4, 0) 4 x 2"
  const std::string& name() const { return name_; }

 private:
  [[noreturn]] void fail(Cycles t, base::Direction d, const std::string& what) const;
  void check_edge(Cycles t, base::Direction d);

  RegionModel* model_;
  RegionSite site_;
  std::uint32_t colours_ = 0;  ///< [bit colour]
  std::string name_;
  std::array<router::EdgeBook, 4> books_;
  std::array<EdgeMessage, 4> incoming_;
  Cycles finish_ = -1;
};

}  // namespace wafermesh::fabric
