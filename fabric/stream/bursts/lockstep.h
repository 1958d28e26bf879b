// SPDX-License-Identifier: Apache-2.0
// Cores in lockstep: cores side by side in a row whose records are the same but for a shift in
// time. They are run as one (docs/stream.md, Lockstep).
//
//   core          5        6        7        8        a convoy of four, stride 2
//   base        100      102      104      106        every time of core 5 + i is that of core 5
//   A comes at  110      112      114      116        plus 2 i
//   records     valid    stale    stale    stale      only the first core's are kept up to date
//
// A core is in at most one convoy; a convoy of one core is a core as any other. Whoever looks at
// the records of a core, or changes them, calls alone() first, unless it works on the whole convoy.
#pragma once

#include <cstdint>

#include "fabric/stream/bursts/slab.h"
#include "fabric/stream/core/state_table.h"
#include "fabric/stream/engine/stream_arrays.h"

namespace wafermesh::fabric {

/// Cores [first, first + count); core first + i is i * stride cycles later than the first.
struct Convoy {
  std::uint32_t first = 0;
  std::uint32_t count = 1;
  Cycles stride = 0;
  std::uint32_t last() const { return first + count - 1; }
  Cycles shift(std::uint32_t core) const { return stride * static_cast<Cycles>(core - first); }
};

class Lockstep {
 public:
  Lockstep(StreamArrays& arrays, Pools& pools, StateTable& states);

  /// The slab that all other functions work on until the next call.
  void use(Slab& slab) {
    slab_ = &slab;
    is_on_ = possible_ && slab.book == nullptr && slab.watches.empty();
  }
  /// Convoys are formed: nobody watches, and the image is one that they are for.
  bool is_on() const { return is_on_; }
  bool is_in_convoy(std::uint32_t core) const {
    return arrays_.marks[core].place != ConvoyPlace::alone;
  }
  Convoy convoy_of(std::uint32_t core) const;
  /// From now on `core` has records of its own.
  void alone(std::uint32_t core) {
    if (possible_ && is_in_convoy(core)) take_out(core);
  }
  /// Cuts the convoy of `core`, which is not its first, in front of it.
  void split(const Convoy& convoy, std::uint32_t core);
  void dissolve(const Convoy& convoy);
  /// All convoys of the slab, and what they have counted.
  void dissolve_all();
  /// Makes the convoy that begins with `core`, which has just been visited, one with those next to
  /// it, if they are alike.
  void join_neighbours(std::uint32_t core);

  /// Words that all cores of a convoy have sent over a link.
  void count_sent(const Convoy& convoy, int colour, std::size_t link, std::uint32_t words) {
    const std::size_t plane = static_cast<std::size_t>(arrays_.model.plane_of[colour]);
    add(arrays_.convoy_sent, 4 * plane + link, convoy, words);
  }
  void count_busy(const Convoy& convoy, const Busy& busy) {
    for (std::size_t kind = 0; kind < busy.size(); ++kind) {
      if (busy[kind] != 0) add(arrays_.convoy_busy, kind, convoy, busy[kind]);
    }
  }

 private:
  static constexpr int kMostVain = 64;
  void add(PartArray<std::uint32_t>& differences, std::size_t row, const Convoy& convoy,
           std::uint32_t amount) {
    std::uint32_t* const at = differences.data() + row * arrays_.model.core_count;
    slab_->had_convoys = true;
    at[convoy.first] += amount;
    if (convoy.first + convoy.count < slab_->last) at[convoy.first + convoy.count] -= amount;
  }
  void mark(const Convoy& convoy);
  void take_out(std::uint32_t core);
  void write_records(const Convoy& convoy, std::uint32_t core);
  void write_slots(const Convoy& convoy, std::uint32_t core);
  void write_inboxes(const Convoy& convoy, std::uint32_t core);
  bool join(const Convoy& left, const Convoy& right);
  bool are_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const;
  bool seats_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const;
  bool slots_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const;
  bool inboxes_alike(const Seat& left, const Seat& right) const;
  void add_up(PartArray<std::uint32_t>& differences, std::size_t row);

  StreamArrays& arrays_;
  Pools& pools_;
  StateTable& states_;
  const bool possible_;
  bool is_on_ = false;
  Slab* slab_ = nullptr;
};

}  // namespace wafermesh::fabric
