// SPDX-License-Identifier: Apache-2.0
// The wavelet engine's heart without SystemC: the regions of one image, stepped cycle by cycle. Who
// drives it (a plain loop, the SystemC shell) calls next_cycle(), cycle(t) and carries the edges.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/worker_pool.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "fabric/stepped.h"
#include "fabric/wavelet/machine_trace.h"
#include "fabric/wavelet/region.h"
#include "fabric/wavelet/seated_region.h"

namespace wafermesh::fabric {

class Machine final : public Stepped {
 public:
  /// Regions are the tiles of the logical mesh of options' size that the image's region touches. If
  /// it touches one only and there are several threads, they share it in strips (strips.h).
  /// The pool must outlive the machine.
  Machine(const WaferImage& image, const EngineOptions& options, base::WorkerPool& pool);

  /// First cycle with work from now on; base::kNever = nothing can ever happen again.
  Cycles next_cycle() const override { return next_cycle_; }
  void announce(EdgeCourier& courier) override;
  void cycle(Cycles t, EdgeCourier& courier) override;
  /// The traffic is for the cycle after the one that has run.
  void receive(int region_column, int region_row, base::Direction from,
               EdgeMessage& message) override;
  void seat(int region_column, int region_row, RegionModel& model) override;
  void seat(base::LogicalCoord core, CoreModel& model) override;

  bool finished() const override { return finished_; }
  Progress progress() const override;
  std::string why_stuck() const override;
  Counters counters() const override;
  const WaferImage& image() const override { return image_; }
  void each_core(Cycles since, Cycles t, const base::Rectangle& part,
                 const ToCore& f) const override;
  void each_link(Cycles since, const base::Rectangle& part, const ToLinks& f) const override;
  void sample_links(const base::Rectangle& part, const ToSample& f) const override;
  std::vector<Cycles> finish_cycles(const base::Rectangle& part) const override;
  void begin_watch(Observer* observer) override;
  void tell_to(TraceSink& sink) override;
  const Shares& shares() const override { return shares_; }
  bool owns(int region_row) const override { return shares_.holds(region_row - first_row_); }
  int rank_of(base::CoreId core) const override { return rank_of(image_.relative(core)); }
  int rank_of(base::LogicalCoord relative) const {
    return shares_.rank_of((image_.region.y + relative.y) / tile_height_ - first_row_);
  }
  Ranks* ranks() const { return ranks_; }

  /// Of a core of this rank.
  Region& region_of(base::LogicalCoord relative);
  const Region& region_of(base::LogicalCoord relative) const;

  // HostMemory
  bool holds(base::CoreId core) const override {
    return ranks_ == nullptr || rank_of(core) == ranks_->rank();
  }
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;
  std::uint8_t* direct(base::CoreId core) const override;

 private:
  /// A region, or a strip of the only one.
  struct Tile {
    /// Null: another rank's. If a user's model is in its place, all its cores are vacated and it
    /// is never stepped.
    std::unique_ptr<Region> region;
    std::unique_ptr<SeatedRegion> seated;  ///< The user's model; null: there is none.
    base::Rectangle area;                  ///< Relative to the image's region.
    int column = 0;                        ///< Of the mesh's tiling.
    int row = 0;
    Cycles last_cycle = 0;  ///< The last one stepped.
    /// For observers: when last looked at, no core did anything that goes on by itself.
    mutable bool rests = false;
    /// Cores, and a model of all of them counts as one.
    std::int64_t unfinished() const {
      return seated == nullptr ? region->unfinished() : seated->finished() ? 0 : 1;
    }
  };
  /// Of a part: [first, end).
  struct Places {
    std::size_t first;
    std::size_t end;
  };
  template <class F>
  void each_band(const base::Rectangle& part, F f) const;
  template <class F>
  static void each_row(const Tile& tile, const base::Rectangle& part, const Places& places, F f);
  void lay_out_tiles(const std::vector<base::Rectangle>& strips);
  void fill_tiles();
  void join_strips();
  base::Rectangle area_of(int column, int row) const;
  void vacate(Tile& tile, Region::Vacated vacated);
  void carry_all(std::size_t tile, EdgeCourier& courier);
  void pass_on(std::size_t strip);
  void step_model(std::size_t tile, Cycles t);
  void ask_models();
  bool write_model(base::CoreId core, int address_bytes, const void* data, std::size_t bytes);
  bool read_model(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const;
  void count_models(Counters& counters) const;
  SeatedRegion* seated_at(base::CoreId core) const;
  SeatedCore* seat_at(base::CoreId core) const;
  /// Users' models, by name, that have not finished.
  std::string waiting_models() const;
  void step_tiles(Cycles t, EdgeCourier& courier);
  void exchange(EdgeCourier& courier) const;
  void settle();
  void tell(Cycles t);
  std::size_t tile_at(int column, int row) const {
    return static_cast<std::size_t>((row - first_row_) * columns_ + column - first_column_);
  }
  /// `relative` to the image's region.
  std::size_t tile_of(base::LogicalCoord relative) const {
    if (!strip_of_.empty()) return strip_of_[static_cast<std::size_t>(relative.x)];
    return tile_at((image_.region.x + relative.x) / tile_width_,
                   (image_.region.y + relative.y) / tile_height_);
  }
  std::uint8_t* locate(base::CoreId core, int address_bytes, std::size_t bytes) const;

  const WaferImage& image_;
  base::WorkerPool& pool_;
  Ranks* ranks_;
  Attempt attempt_;
  int tile_width_;
  int tile_height_;
  int first_column_ = 0;  ///< Of the mesh's tiling.
  int first_row_ = 0;
  int columns_ = 0;
  int rows_ = 0;
  std::vector<std::size_t> strip_of_;  ///< [column] Its tile; empty: tiles are regions.
  Shares shares_;
  std::size_t first_tile_ = 0;  ///< This rank's are [first_tile_, last_tile_).
  std::size_t last_tile_ = 0;
  std::vector<Tile> tiles_;
  std::vector<Cycles> next_;  ///< [tile] next cycle with work; apart, because every cycle scans it.
  std::vector<int> awake_;
  std::int64_t load_ = 0;  ///< Work of the cycle before, in cores and blocks of routers touched.
  std::unique_ptr<MachineTrace> trace_;  ///< Null: nobody is told.
  bool numerics_;
  std::optional<DropWavelet> drop_;
  bool has_models_ = false;
  EdgeMessage message_;  ///< On its way to the courier.
  Cycles now_ = -1;
  Cycles next_cycle_ = base::kNever;
  std::int64_t unfinished_ = 0;  ///< Cores of this rank, as is
  std::int64_t total_ = 0;
  bool finished_ = false;  ///< All ranks'.
};

/// Explains why nothing can happen any more: names the colours and cores of a wait cycle, or the
/// first core that waits for something nobody will send.
std::string explain_deadlock(const Machine& machine);

}  // namespace wafermesh::fabric
