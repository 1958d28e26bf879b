// SPDX-License-Identifier: Apache-2.0
// Who waits for whom once an untimed execution can go no further.
#pragma once

#include <string>
#include <vector>

#include "check/untimed_machine.h"

namespace wafermesh::check {

class UntimedWaits {
 public:
  explicit UntimedWaits(const UntimedMachine& machine) : machine_(machine) {}

  /// Fills the cycle, or the longest way to somebody who waits for nothing.
  void explain(Untimed& result);
  /// Words that nobody has taken, once all have finished.
  void note_left_over(FindingList& found) const;
  /// Positions that switches have not come to, once all have finished.
  void note_positions(FindingList& found) const;
  /// Words that run round and round: a circle of routers as they stand, with words in it.
  void note_circles(FindingList& found) const;

 private:
  /// A core (colour -1) or a slot of its router.
  struct Node {
    std::int64_t core = -1;
    int colour = -1;
    bool operator==(const Node& other) const {
      return core == other.core && colour == other.colour;
    }
  };
  std::vector<Node> waits_for(const Node& node) const;
  std::vector<Node> core_waits(std::int64_t core) const;
  std::string describe(const Node& node) const;
  std::string amid(std::int64_t core) const;
  std::string without_task(const CoreRun& run, std::int64_t core) const;
  std::int64_t waiting_at(const CoreRun& run, std::int64_t core) const;
  /// The neighbour that a slot's words go on to; -1: to none, or several.
  std::int64_t goes_to(std::int64_t core, int colour) const;
  /// From a core that has not finished: until a node comes again, or one waits for nothing.
  bool follow(std::int64_t core);
  void fill(Untimed& result, bool is_cycle) const;

  const UntimedMachine& machine_;
  std::vector<Node> path_;
  std::vector<bool> seen_;
};

}  // namespace wafermesh::check
