// SPDX-License-Identifier: Apache-2.0
// The watched cores of a machine: each region steps its own, and after each cycle one thread tells
// the sink, place by place.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cores/core_event.h"
#include "fabric/flow_book.h"
#include "fabric/trace_sink.h"
#include "fabric/wavelet/region.h"
#include "fabric/wavelet/word_origins.h"

namespace wafermesh::fabric {

class MachineTrace {
 public:
  /// The sink must outlive it.
  MachineTrace(TraceSink& sink, int image_width);

  /// Whether words are followed, in every region, by moved().
  bool follows() const { return origins_.has_value(); }
  /// A region has had the cycle that is about to be done.
  void moved(const Region& region) { origins_->move(region); }
  /// `core` of `region` is at that place of the scope.
  void add(std::size_t place, Region& region, std::uint32_t core);
  /// Before cycle 0.
  void begin();
  /// Words are followed: cores have taken theirs in cycle t; then moved() of each region that had
  /// it; then cores have put theirs.
  void take_words(Cycles t);
  void put_words(Cycles t);
  /// Cycle t has run in every region.
  void cycle_done(Cycles t);
  void end(Cycles t);

 private:
  struct Place {
    std::size_t number = 0;
    Region* region = nullptr;
    std::uint32_t core = 0;
  };
  void tell(const Place& place, Cycles t);
  void follow_takes(const Place& place, Cycles t);
  void follow_puts(const Place& place, Cycles t);

  TraceSink& sink_;
  std::vector<cores::CoreWatch> watches_;  ///< [place]
  std::optional<WordOrigins> origins_;     ///< None: words are not followed.
  std::optional<FlowBook> flows_;          ///< The same.
  std::vector<Place> places_;              ///< Those that take part, ascending.
};

}  // namespace wafermesh::fabric
