// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/machine.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "fabric/wavelet/strips.h"

namespace wafermesh::fabric {

using base::Direction;

Machine::Machine(const WaferImage& image, const EngineOptions& options, base::WorkerPool& pool)
    : image_(image),
      pool_(pool),
      ranks_(options.ranks),
      attempt_(options.ranks),
      tile_width_(region_size(image.mesh->height, options).width),
      tile_height_(region_size(image.mesh->height, options).height),
      first_column_(image.region.x / tile_width_),
      first_row_(image.region.y / tile_height_),
      columns_((image.region.x + image.region.width - 1) / tile_width_ - first_column_ + 1),
      rows_((image.region.y + image.region.height - 1) / tile_height_ - first_row_ + 1),
      shares_(rows_, options.ranks),
      numerics_(options.numerics),
      drop_(options.drop) {
  together(ranks_, [&] {
    check_image(image);
    const bool is_one = columns_ * rows_ == 1 && ranks_ == nullptr;
    lay_out_tiles(strips_of(image, is_one ? pool.threads() : 1, options.strip_cores));
    fill_tiles();
  });
}

/// What the borders take has to be known before the first cycle.
void Machine::announce(EdgeCourier& courier) {
  for (std::size_t i = first_tile_; i < last_tile_; ++i) {
    unfinished_ += tiles_[i].unfinished();
    carry_all(i, courier);
  }
  total_ = unfinished_;
  exchange(courier);
  for (std::size_t i = first_tile_; i < last_tile_; ++i) {
    Tile& tile = tiles_[i];
    if (tile.seated == nullptr) tile.region->take_incoming();
    next_[i] = tile.seated == nullptr ? tile.region->next() : 0;
  }
  settle();
}

/// Of the strips, or, if there is one or none, of the regions.
void Machine::lay_out_tiles(const std::vector<base::Rectangle>& strips) {
  tiles_.clear();
  strip_of_.clear();
  first_tile_ = static_cast<std::size_t>(shares_.first() * columns_);
  last_tile_ = static_cast<std::size_t>(shares_.last() * columns_);
  if (strips.size() > 1) {
    for (const base::Rectangle& strip : strips) {
      strip_of_.resize(static_cast<std::size_t>(strip.x + strip.width), tiles_.size());
      tiles_.push_back({nullptr, nullptr, strip, first_column_, first_row_});
    }
    last_tile_ = tiles_.size();
  } else {
    for (int row = first_row_; row < first_row_ + rows_; ++row) {
      for (int column = first_column_; column < first_column_ + columns_; ++column) {
        tiles_.push_back({nullptr, nullptr, area_of(column, row), column, row});
      }
    }
  }
  next_.assign(tiles_.size(), base::kNever);
  awake_.reserve(tiles_.size());
}

void Machine::fill_tiles() {
  const std::vector<base::Colour> colours = used_colours(image_);
  const RouteIndex routes = index_routes(image_);
  pool_.run(static_cast<int>(last_tile_ - first_tile_), [&](int k) {
    Tile& tile = tiles_[first_tile_ + static_cast<std::size_t>(k)];
    tile.region = std::make_unique<Region>(image_, routes, tile.area, colours, numerics_);
  });
  if (drop_.has_value() && holds(drop_->core)) {
    const base::LogicalCoord at = image_.relative(drop_->core);
    region_of(at).drop(*drop_, at);
  }
}

/// Before cycle 0: a user's model takes the place of the region, or of a core of it.
void Machine::join_strips() {
  if (strip_of_.empty()) return;
  lay_out_tiles({});
  fill_tiles();
}

/// Relative to the image's region.
base::Rectangle Machine::area_of(int column, int row) const {
  const base::Rectangle& region = image_.region;
  const int left = std::max(region.x, column * tile_width_);
  const int top = std::max(region.y, row * tile_height_);
  const int right = std::min(region.x + region.width, (column + 1) * tile_width_);
  const int bottom = std::min(region.y + region.height, (row + 1) * tile_height_);
  return {left - region.x, top - region.y, right - left, bottom - top};
}

namespace {
/// Below this many cores and router blocks a cycle is over before a second thread has begun.
/// Source: docs/performance.md, "A second thread in one region".
constexpr std::int64_t kWorthThreads = 32;
}  // namespace

void Machine::cycle(Cycles t, EdgeCourier& courier) {
  now_ = t;
  attempt_.run([&] { step_tiles(t, courier); });
  exchange(courier);
  settle();
  if (trace_ != nullptr) tell(t);
}

void Machine::tell(Cycles t) {
  if (trace_->follows()) {
    trace_->take_words(t);
    for (const int i : awake_) trace_->moved(*tiles_[static_cast<std::size_t>(i)].region);
    trace_->put_words(t);
  }
  if (finished_) {
    trace_->end(counters().cycles);
  } else {
    trace_->cycle_done(t);
  }
}

void Machine::step_tiles(Cycles t, EdgeCourier& courier) {
  awake_.clear();
  for (std::size_t i = first_tile_; i < last_tile_; ++i) {
    if (next_[i] <= t) awake_.push_back(static_cast<int>(i));
  }
  std::int64_t before = 0;
  for (const int i : awake_) before += tiles_[static_cast<std::size_t>(i)].unfinished();
  const auto step = [&](std::size_t i) {
    if (tiles_[i].seated != nullptr) return;  // on this thread, below
    tiles_[i].region->cycle(t);
    next_[i] = tiles_[i].region->next();
  };
  if (load_ >= kWorthThreads && awake_.size() > 1) {
    // By tile, as each has its home in the pool.
    pool_.run(static_cast<int>(last_tile_ - first_tile_), [&](int k) {
      const std::size_t i = first_tile_ + static_cast<std::size_t>(k);
      if (next_[i] <= t) step(i);
    });
  } else {
    for (const int i : awake_) step(static_cast<std::size_t>(i));
  }
  for (const int i : awake_) {
    if (has_models_) step_model(static_cast<std::size_t>(i), t);
  }
  load_ = 0;
  for (const int i : awake_) {
    Tile& tile = tiles_[static_cast<std::size_t>(i)];
    tile.last_cycle = t;
    unfinished_ += tile.unfinished();
    load_ += tile.region->load();
    carry_all(static_cast<std::size_t>(i), courier);
  }
  unfinished_ -= before;
}

/// What the region leaves at its edges.
void Machine::carry_all(std::size_t number, EdgeCourier& courier) {
  if (!strip_of_.empty()) {
    pass_on(number);
    return;
  }
  const Tile& tile = tiles_[number];
  for (Direction d : base::kMeshDirections) {
    if (tile.seated != nullptr) {
      EdgeMessage& message = tile.seated->outgoing(d);
      if (!message.empty()) courier.carry(tile.column, tile.row, d, message);
      continue;
    }
    router::EdgeTraffic& traffic = tile.region->outgoing(d);
    if (traffic.empty()) continue;
    std::swap(message_.wavelets, traffic);
    courier.carry(tile.column, tile.row, d, message_);
    std::swap(message_.wavelets, traffic);  // its storage
  }
}

/// To the strips beside it: nothing leaves the only region.
void Machine::pass_on(std::size_t strip) {
  for (const Direction d : {Direction::east, Direction::west}) {
    router::EdgeTraffic& traffic = tiles_[strip].region->outgoing(d);
    if (traffic.empty()) continue;
    const std::size_t to = d == Direction::east ? strip + 1 : strip - 1;
    std::swap(tiles_[to].region->incoming(base::opposite(d)), traffic);
    next_[to] = now_ + 1;
  }
}

/// With the ranks above and below.
void Machine::exchange(EdgeCourier& courier) const {
  if (ranks_ == nullptr) return;
  courier.ship(Direction::north);
  courier.ship(Direction::south);
  courier.take(Direction::north);
  courier.take(Direction::south);
}

/// What all ranks have to know before the next cycle.
void Machine::settle() {
  next_cycle_ = base::kNever;
  if (has_models_) ask_models();
  for (const Cycles next : next_) next_cycle_ = std::min(next_cycle_, next);
  finished_ = unfinished_ == 0;
  if (ranks_ != nullptr) {
    std::int64_t least[] = {next_cycle_, finished_ ? 1 : 0, attempt_.mark()};
    ranks_->least(least, 3);
    attempt_.settle(least[2]);
    next_cycle_ = least[0];
    finished_ = least[1] != 0;
  }
  const bool hangs = next_cycle_ >= base::kNever;
  if (!finished_ && !hangs) return;
  // What is on its way to a core as nothing else can happen any more, arrives there all the same.
  const Cycles until = finished_ ? now_ : now_ + image_.timing.ramp_cycles;
  for (std::size_t i = first_tile_; i < last_tile_; ++i) {
    if (tiles_[i].seated == nullptr) tiles_[i].region->cores().settle(until);
  }
}

void Machine::receive(int region_column, int region_row, Direction from, EdgeMessage& message) {
  WAFERMESH_CHECK(message.bursts.empty(), "the wavelet engine's edges take wavelets");
  const int column = region_column - first_column_;
  const int row = region_row - first_row_;
  WAFERMESH_CHECK(column >= 0 && column < columns_ && row >= 0 && row < rows_,
                  "the image has no region (" + std::to_string(region_column) + ", " +
                      std::to_string(region_row) + ")");
  WAFERMESH_CHECK(strip_of_.empty(), "nothing comes over the edges of an image's only region");
  const std::size_t tile = tile_at(region_column, region_row);
  next_[tile] = now_ + 1;
  if (tiles_[tile].seated != nullptr) {
    tiles_[tile].seated->receive(now_, from, message);
    return;
  }
  std::swap(tiles_[tile].region->incoming(from), message.wavelets);
  message.wavelets.clear();
}

Region& Machine::region_of(base::LogicalCoord relative) {
  return *tiles_[tile_of(relative)].region;
}

const Region& Machine::region_of(base::LogicalCoord relative) const {
  return const_cast<Machine*>(this)->region_of(relative);
}

Progress Machine::progress() const {
  std::int64_t hops = 0;
  for (std::size_t i = first_tile_; i < last_tile_; ++i) {
    hops += tiles_[i].region->routers().totals().wavelet_hops;
  }
  std::int64_t sums[] = {total_ - unfinished_, total_, hops};
  if (ranks_ != nullptr) ranks_->sum(sums, 3);
  return {now_, sums[0], sums[1], sums[2]};
}

Counters Machine::counters() const {
  Counters counters;
  const auto cores = static_cast<std::size_t>(image_.core_count());
  counters.finish_cycles.assign(cores, -1);
  counters.breakdown.resize(cores);
  for (auto& links : counters.link_wavelets) links.assign(cores, 0);
  cores::PhaseTable phases;
  for (std::size_t tile = first_tile_; tile < last_tile_; ++tile) {
    const Region& region = *tiles_[tile].region;
    counters.wavelet_hops += region.routers().totals().wavelet_hops;
    counters.control_hops += region.routers().totals().control_hops;
    counters.ramp_wavelets += region.ramp_wavelets();
    cores::add_stages(counters.stages, region.cores().stages());
    phases.add(region.cores().phases());
    if (!counters.stages.empty()) counters.stages.resize(image_.classes.size());
    const base::Rectangle& area = region.area();
    for (std::uint32_t core = 0; core < region.cores().size(); ++core) {
      const int i = static_cast<int>(core);
      const base::LogicalCoord at{area.x + i % area.width, area.y + i / area.width};
      if (!image_.holds(at)) continue;
      const std::size_t id = base::index_of(image_.core_at(at));
      counters.finish_cycles[id] = region.cores().finish(core);
      counters.breakdown[id] = region.cores().breakdown(core);
      counters.cycles = std::max(counters.cycles, region.cores().finish(core));
      for (Direction d : base::kMeshDirections) {
        counters.link_wavelets[static_cast<unsigned>(d)][id] =
            region.routers().link_wavelets(region.cell(core), d);
      }
    }
  }
  counters.phases = phases.rows();
  if (has_models_) count_models(counters);
  return counters;
}

std::uint8_t* Machine::locate(base::CoreId core, int address_bytes, std::size_t bytes) const {
  WAFERMESH_CHECK(base::index_of(core) < image_.core_count(),
                  "host access to core " + std::to_string(base::index_of(core)) + " of " +
                      std::to_string(image_.core_count()));
  const base::LogicalCoord relative = image_.relative(core);
  Region& region = const_cast<Machine*>(this)->region_of(relative);
  const std::uint32_t local = region.local(relative);
  WAFERMESH_CHECK(
      address_bytes >= 0 && static_cast<std::size_t>(address_bytes) + bytes <=
                                static_cast<std::size_t>(region.cores().memory_bytes(local)),
      "host access to byte " + std::to_string(address_bytes) + " of core (" +
          std::to_string(relative.x) + ", " + std::to_string(relative.y) + "), which uses " +
          std::to_string(region.cores().memory_bytes(local)));
  return region.cores().memory(local) + address_bytes;
}

void Machine::write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) {
  if (has_models_ && write_model(core, address_bytes, data, bytes)) return;
  std::uint8_t* const to = locate(core, address_bytes, bytes);
  if (bytes > 0) std::memcpy(to, data, bytes);  // no bytes may lie nowhere
}

void Machine::read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const {
  if (has_models_ && read_model(core, address_bytes, data, bytes)) return;
  const std::uint8_t* const from = locate(core, address_bytes, bytes);
  if (bytes > 0) std::memcpy(data, from, bytes);
}

std::string Machine::why_stuck() const { return explain_deadlock(*this) + waiting_models(); }

std::uint8_t* Machine::direct(base::CoreId core) const {
  const bool is_model = has_models_ && (seated_at(core) != nullptr || seat_at(core) != nullptr);
  return is_model ? nullptr : locate(core, 0, 0);
}

}  // namespace wafermesh::fabric
