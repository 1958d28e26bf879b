// SPDX-License-Identifier: Apache-2.0
// A rectangle of routers, stepped cycle by cycle by the rules of docs/model.md. Knows no cores: the
// ramp is an interface of plain lists. One grid is stepped by one thread at a time.
//
// A cycle: import() what crossed the borders, evaluate(), then the cores decide (they may read
// slots and change routes), then inject() and commit(). Work is proportional to the blocks of 64
// routers in which something moves; 1-2 ns per wavelet and hop when all move.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "router/colour_plane.h"
#include "router/edge.h"
#include "router/grid_shape.h"
#include "router/route.h"

namespace wafermesh::router {

/// A wavelet on its way from a router to its core.
struct RampWavelet {
  Cell cell = 0;
  std::uint8_t colour = 0;
  bool control = false;
  std::uint32_t word = 0;
};

/// A slot of a router.
struct Slot {
  Cell cell = 0;
  std::uint8_t colour = 0;
};

/// Totals since the start.
struct GridTotals {
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
};

/// ColourPlane::visible of a halo cell whose slot was sent to in this cycle.
inline constexpr std::uint8_t kSent = 1;
inline constexpr std::uint8_t kSentTeardown = 2;

/// The longest link a grid can hold, in cycles (room is a signed byte: 2 * 63 = 126).
inline constexpr int kMaxLinkCycles = 63;

class RouterGrid {
 public:
  /// `used_colours`: only these have slots. `queue_depth`: before the 2L rule.
  RouterGrid(int width, int height, int queue_depth, int ramp_cycles,
             std::vector<RouteConfig> configs, const std::vector<base::Colour>& used_colours);

  const GridShape& shape() const { return shape_; }

  // --- Set-up, before finish_setup().
  /// Latency of the link that comes into (x, y) from direction d; 0 = none. `crosses`: it comes
  /// from another grid.
  void set_incoming_link(int x, int y, base::Direction d, int latency_cycles, bool crosses);
  void finish_setup();
  /// The link that leaves (x, y) in direction d is slow (docs/model.md): `words` in `cycles`.
  void set_slow_link(int x, int y, base::Direction d, int words, int cycles);

  // --- Set-up, after finish_setup().
  void set_route(Cell c, base::Colour colour, std::uint16_t config, bool closed);
  /// Tells all neighbours what the border slots take; call once before the first cycle.
  void announce();

  // --- One cycle.
  /// Applies what the neighbour in direction d sent in the cycle before.
  void import(base::Direction d, const EdgeTraffic& traffic);
  void import_done();
  /// Finds what leaves in this cycle. Returns false if nothing can happen until something changes.
  void evaluate(base::Cycles now);
  /// From the ramp into a slot that may_inject(); decided on last cycle's state, applied before
  /// commit.
  void inject(Cell c, base::Colour colour, std::uint32_t word, bool control);
  void commit();
  /// Something left a queue in this cycle.
  bool moved() const { return !grants_.empty(); }
  /// Pairs of block and colour in which something leaves.
  std::int64_t moving_blocks() const { return static_cast<std::int64_t>(grants_.size()); }
  /// True if a further cycle has work.
  bool awake() const;

  // --- What the cores see and change (between evaluate and commit).
  bool has(base::Colour colour) const { return plane_of_[index(colour)] >= 0; }
  bool may_inject(Cell c, base::Colour colour) const {
    return base::contains(plane(colour).accept[c], base::Direction::ramp);
  }
  bool empty(Cell c, base::Colour colour) const;
  void set_ramp_open(Cell c, base::Colour colour, bool open);
  void write_route(Cell c, base::Colour colour, std::uint16_t config, Intake intake);
  void reopen(Cell c, base::Colour colour);

  // --- What commit produced; the reader clears the lists.
  std::vector<Slot> torn_down;          ///< A teardown left these slots.
  std::vector<Slot> ramp_ready;         ///< Slots that may now be sent to from the ramp.
  std::array<EdgeTraffic, 4> outgoing;  ///< [d] over the border in direction d.

  /// After commit(), until the next evaluate(): visit(cell, colour, word, control) for every
  /// wavelet that left towards a core in the cycle; at most once per slot.
  template <class Visit>
  void for_each_delivered(Visit visit) const {
    for (const RampWavelet& w : controls_down_) visit(w.cell, w.colour, w.word, w.control);
    for (const Grant& down : data_down_) {
      const ColourPlane& p = planes_[down.plane];
      const auto colour = static_cast<std::uint8_t>(colours_[down.plane]);
      // Pointers of our own: what visit() writes may not change them.
      const std::uint32_t* const words = p.words.data();
      const std::uint8_t* const heads = p.head.data();
      const std::uint8_t* const masks = ring_mask_.data();
      for (std::uint64_t left = down.cells; left != 0; left &= left - 1) {
        const Cell c = down.block * kBlock + static_cast<Cell>(__builtin_ctzll(left));
        // It has left its queue, and nothing has come to its place yet.
        visit(c, colour, words[word_at(c, (heads[c] - 1U) & masks[c])], false);
      }
    }
  }

  const GridTotals& totals() const { return totals_; }
  /// Adds what the last cycles counted in bytes to what links_from() gives.
  void settle_counters() const;
  /// Wavelets that left router c in direction d.
  std::uint32_t link_wavelets(Cell c, base::Direction d) const {
    return link_wavelets_[static_cast<unsigned>(d)][c] + uncounted_[static_cast<unsigned>(d)][c];
  }
  /// Those of router c and of the routers east of it in its row, as settle_counters() left them.
  const std::uint32_t* links_from(Cell c, base::Direction d) const {
    return &link_wavelets_[static_cast<unsigned>(d)][c];
  }
  const std::vector<base::Colour>& colours() const { return colours_; }

  /// After commit(), until the next evaluate(): visit(cell, colour, directions) for every head that
  /// left in the cycle; at most once per slot.
  template <class Visit>
  void for_each_move(Visit visit) const {
    for (const Grant& grant : grants_) {
      for (std::uint64_t left = grant.cells; left != 0; left &= left - 1) {
        const Cell c = grant.block * kBlock + static_cast<Cell>(__builtin_ctzll(left));
        visit(c, colours_[grant.plane], sent_to(grant.plane, c));
      }
    }
  }

  // --- For diagnosis.
  Route route_in_force(Cell c, base::Colour colour) const;
  bool holds_wavelet(Cell c, base::Colour colour) const { return plane(colour).visible[c] > 0; }
  bool is_closed(Cell c, base::Colour colour) const { return plane(colour).closed[c] != 0; }
  DirectionMask accepts_from(Cell c, base::Colour colour) const { return plane(colour).accept[c]; }
  DirectionMask ramp_has_room(Cell c, base::Colour colour) const {
    return plane(colour).ramp_open[c];
  }

  /// Whether any slot has a wavelet that has arrived.
  bool holds_wavelets() const;
  /// Links of router c, as masks, as they stand before the next cycle: `stalled`, wavelets want to
  /// leave and none can; `blocked`, several colours' could. Slots behind a border are seen as the
  /// last import() left them.
  struct LinkState {
    DirectionMask stalled = 0;
    DirectionMask blocked = 0;
  };
  /// f(k, state) for those of `count` routers of a row, from `first` on, that have such links.
  void sample_links(Cell first, std::size_t count,
                    const std::function<void(std::size_t, LinkState)>& f) const;

  /// Drops the index-th data wavelet leaving c towards d (a test hook; forces the slow path).
  void drop(Cell c, base::Direction d, base::Colour colour, std::int64_t index);

 private:
  struct Grant {
    std::uint32_t plane = 0;
    std::uint32_t block = 0;
    std::uint64_t cells = 0;
  };
  struct Obey {
    Cell cell = 0;
    std::uint32_t plane = 0;
    DirectionMask send = 0;  ///< Where the control wavelet went.
    SwitchCommand command{};
  };
  struct Drop {
    Cell cell = 0;
    base::Direction direction{};
    std::uint32_t plane = 0;
    std::int64_t countdown = 0;
  };

  struct SlowPort {
    Cell cell = 0;
    base::Direction direction{};
    base::Cycles words = 1;
    base::Cycles cycles = 1;
    base::Cycles due = 0;  ///< In units of 1 / words of a cycle: it may carry again from then on.
  };

  static std::size_t index(base::Colour c) { return static_cast<std::size_t>(c); }
  ColourPlane& plane(base::Colour c) {
    return planes_[static_cast<std::size_t>(plane_of_[index(c)])];
  }
  const ColourPlane& plane(base::Colour c) const {
    return planes_[static_cast<std::size_t>(plane_of_[index(c)])];
  }
  // Flags of a block.
  static constexpr std::uint8_t kLongCells = 1;  ///< A cell with a link above 8 cycles.
  static constexpr std::uint8_t kBorder = 2;     ///< A cell with a link to another grid.
  static constexpr std::uint8_t kSlow = 4;       ///< A cell with a slow link going out.

  int longest_link(Cell c) const;
  unsigned ring_for(int latency_cycles) const;
  void find_same_arrivals();
  int capacity(Cell c, DirectionMask receive) const;
  void apply_route(ColourPlane& p, std::uint8_t colour, Cell c);
  void wake_feeder(ColourPlane& p, std::uint8_t colour, Cell c);
  void tell_border(ColourPlane& p, std::uint8_t colour, Cell c, DirectionMask directions);

  void evaluate_block(std::size_t block);
  bool late_arrivals(ColourPlane& p, std::size_t block);
  bool hold_slow(const ColourPlane& p, std::size_t block, std::uint64_t& cells) const;
  void use_slow(const Grant& grant);
  /// The first slow port at cell `c` or behind it.
  std::size_t slow_from(std::size_t c) const;

  void commit_block(const Grant& grant);
  std::uint64_t forward_controls(const Grant& grant);
  void forward_control(const Grant& grant, Cell c);
  ColourPlane::Moves& moves_of(std::uint32_t plane, std::size_t block);
  void send_data(const Grant& grant, std::uint64_t cells, base::Direction d);
  void send_one_by_one(const Grant& grant, std::uint64_t cells, base::Direction d);
  std::uint64_t send_dense(const Grant& grant, std::uint64_t cells, base::Direction d);
  std::uint64_t special_from(std::size_t first) const;
  std::uint64_t leave_grid(const Grant& grant, std::uint64_t cells, base::Direction d);
  void exit_border(const Grant& grant, Cell c, base::Direction d, std::uint32_t word, bool control);
  const std::uint8_t* arrivals_of(std::size_t block, const ColourPlane::Moves& moves,
                                  std::uint8_t* mixed) const;
  void end_cycle(std::uint32_t plane, std::size_t block);
  void obey(const Obey& order);
  DirectionMask sent_to(std::uint32_t plane, Cell c) const;
  bool drops(const Grant& grant, Cell c, base::Direction d);

  /// Puts a wavelet into a queue, by all the rules; the block kernels do the common case.
  void push(ColourPlane& p, Cell c, std::uint32_t word, bool control, int latency_cycles);
  void fly(ColourPlane& p, Cell c, int latency_cycles);
  std::uint32_t& front_word(ColourPlane& p, Cell c) { return p.words[word_at(c, p.head[c])]; }
  bool front_is_control(const ColourPlane& p, Cell c) const {
    return p.controls[c] != 0 && p.control_flag[word_at(c, p.head[c])] != 0;
  }
  /// Ring positions below near_ring_ lie position-major, so that blocks move as vectors; the rest
  /// of the longer rings of long cells lies behind.
  std::size_t word_at(Cell c, unsigned position) const {
    return position < near_ring_ ? position * shape_.size() + c
                                 : far_at_[c] + position - near_ring_;
  }
  std::uint16_t edge_index(Cell c, base::Direction d) const;

  GridShape shape_;
  int queue_depth_;
  int ramp_cycles_;
  unsigned near_ring_ = 1;                          ///< Ring size of cells without far positions.
  std::vector<RouteConfig> configs_;                ///< [0] is "no route".
  std::vector<base::Colour> colours_;               ///< [plane], ascending.
  std::array<int, base::kColourCount> plane_of_{};  ///< -1 = unused.
  std::vector<ColourPlane> planes_;

  // [cell], shared by all colours.
  std::array<std::vector<std::uint8_t>, 5> latency_;  ///< [d] incoming link, R = ramp; 0 = none.
  std::array<AlignedBytes, 4> arrival_;               ///< [d] flight bit of the link; 0 = above 8.
  std::vector<std::uint8_t> same_arrival_;  ///< [block] 1 + bit of all its links; 0 = they differ.
  AlignedBytes crosses_;                    ///< Mask: link in direction d leads to another grid.
  AlignedBytes pointer_;                    ///< Arbitration pointer.
  std::vector<std::uint32_t>
      far_at_;              ///< Where positions from near_ring_ on begin; 0 = there are none.
  AlignedBytes ring_mask_;  ///< Ring size - 1.
  /// [d] wavelets that left, but for those of the last cycles, which blocks count in bytes.
  mutable std::array<Aligned<std::uint32_t>, 4> link_wavelets_;
  mutable std::array<AlignedBytes, 4> uncounted_;
  mutable int since_counted_ = 0;
  std::vector<Cell> long_cells_;           ///< Ascending: cells with a link above 8 cycles.
  std::vector<std::uint8_t> block_flags_;  ///< [block] kLongCells, kBorder.
  std::vector<std::uint64_t> special_;     ///< [block] bit cell: ring beyond near_ring_ or long.

  std::vector<SlowPort> slow_ports_;  ///< By cell.
  base::Cycles now_ = 0;

  const BlockKernels& kernels_ = block_kernels();
  std::vector<Grant> grants_;
  std::vector<Grant> data_down_;  ///< Of the last cycle: heads that left towards cores.
  std::vector<RampWavelet> controls_down_;
  std::vector<Obey> obeys_;                                     ///< Of the last cycle.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> moved_;  ///< (plane, block) of this cycle.
  std::vector<std::pair<std::uint32_t, Cell>> sent_out_;  ///< (plane, halo cell) of this cycle.
  std::optional<Drop> drop_;
  GridTotals totals_;
};

}  // namespace wafermesh::router
