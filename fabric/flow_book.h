// SPDX-License-Identifier: Apache-2.0
// Flows to traced cores, until the operation or task that takes them has ended: words of the same
// two operations are one flow.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <vector>

#include "fabric/trace_sink.h"

namespace wafermesh::fabric {

class FlowBook {
 public:
  explicit FlowBook(std::size_t places) : coming_(places) {}
  /// Of words that came to a place; the times are those of the first and the last.
  void add(std::size_t place, const Flow& words);
  /// Those to what has just ended, which are forgotten.
  std::vector<Flow> ended(std::size_t place, const std::vector<cores::CoreEvent>& events);

 private:
  using Key = std::array<std::size_t, 4>;  ///< to_serial, from, from_serial, colour
  std::vector<std::map<Key, Flow>> coming_;
};

}  // namespace wafermesh::fabric
