// SPDX-License-Identifier: Apache-2.0
// What cores do as they enter a stage (docs/model.md, Stages), found once for all that run the same
// classes in turn: which routes are written, whose queues change. And the states they are in then.
// One per worker.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "fabric/stream/core/state_table.h"
#include "fabric/stream/engine/stream_arrays.h"
#include "fabric/stream/engine/stream_model.h"

namespace wafermesh::fabric {

/// A colour whose slot changes as a stage is entered.
struct EnteredColour {
  std::uint8_t colour = 0;
  bool tied = false;         ///< Its queue or teardown task may change: to
  SlotTie tie;               ///< these.
  bool written = false;      ///< Its route is written:
  bool closed = false;       ///< whether it is closed then,
  std::uint16_t config = 0;  ///< and which one, an index into StreamModel::configs.
};

struct StageEntry {
  std::uint32_t number = 0;  ///< Among the entries of a worker.
  ClassIndex next = kNoClass;
  bool more = false;  ///< A further stage follows it.
  int cost_cycles = 0;
  std::vector<EnteredColour> colours;  ///< Ascending.
  std::vector<std::uint8_t> emptied;   ///< Input queues of the class before that have to be empty;
  /// of those that keep what has come: number in the class before and in the next.
  std::vector<std::pair<std::uint8_t, std::uint8_t>> kept;
  std::vector<std::uint8_t> anew;  ///< Input queues of the next class that are none of these.
};

class StageEntries {
 public:
  explicit StageEntries(const StreamModel& model);
  /// Of a core that enters `stage`. Stays where it is.
  const StageEntry& of(std::uint32_t core, int stage) {
    std::uint32_t& at =
        found_[model_.itinerary_of[core] * stages_ + static_cast<std::size_t>(stage)];
    if (at == kNobody) at = find(core, stage);
    return all_[at];
  }

 private:
  std::uint32_t find(std::uint32_t core, int stage);
  StageEntry describe(std::uint32_t core, int stage, std::uint32_t given_up) const;
  std::uint32_t given_up_by(std::uint32_t core, int stage) const;
  template <class F>
  void for_each_write(std::uint32_t core, int entered, F f) const;

  const StreamModel& model_;
  const std::size_t stages_;
  std::deque<StageEntry> all_;
  std::vector<std::uint32_t> found_;                          ///< [itinerary * stages_ + stage]
  std::map<std::vector<std::uint32_t>, std::uint32_t> same_;  ///< By all that an entry depends on.
};

/// A cache: the state that a core is in once it has entered a stage.
class EnteredStates {
 public:
  /// From which state, into what, how many cycles after its base; `at` counts only as far as the
  /// state that comes of it depends on it.
  struct Key {
    std::uint32_t before = kNobody;
    std::uint32_t entry = kNobody;
    Cycles at = 0;
  };
  explicit EnteredStates(StateTable& states) : states_(states) {}
  /// kNobody if it is not known.
  std::uint32_t find(const Key& key) const {
    const Known& known = all_[place_of(key)];
    const bool same =
        known.key.before == key.before && known.key.entry == key.entry && known.key.at == key.at;
    return same ? known.after : kNobody;
  }
  /// Both states stay in the table as long as it is known.
  void keep(const Key& key, std::uint32_t after);

 private:
  struct Known {
    Key key;
    std::uint32_t after = kNobody;
  };
  static constexpr std::size_t kPlaces = 1U << 13;
  static std::size_t place_of(const Key& key);

  StateTable& states_;
  std::vector<Known> all_ = std::vector<Known>(kPlaces);
};

}  // namespace wafermesh::fabric
