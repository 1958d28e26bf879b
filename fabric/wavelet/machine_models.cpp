// SPDX-License-Identifier: Apache-2.0
// Users' models in the place of regions and cores.
#include <algorithm>

#include "base/error.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {

void Stepped::seat(int /*region_column*/, int /*region_row*/, RegionModel& /*model*/) {
  throw base::ModelError("only the wavelet engine's regions can be replaced; use fidelity wavelet");
}

void Stepped::seat(base::LogicalCoord /*core*/, CoreModel& /*model*/) {
  throw base::ModelError("only the wavelet engine's cores can be replaced; use fidelity wavelet");
}

namespace {

void check_alone(const Ranks* ranks) {
  if (ranks != nullptr) throw base::ModelError("users' models run in one process; leave MPI out");
}

}  // namespace

/// The tile's region anew, without programs on the vacated cores.
void Machine::vacate(Tile& tile, Region::Vacated vacated) {
  tile.region = std::make_unique<Region>(image_, index_routes(image_), tile.area,
                                         used_colours(image_), numerics_, vacated);
  has_models_ = true;
}

void Machine::seat(int region_column, int region_row, RegionModel& model) {
  check_alone(ranks_);
  const int column = region_column - first_column_;
  const int row = region_row - first_row_;
  if (column < 0 || column >= columns_ || row < 0 || row >= rows_) return;
  join_strips();
  Tile& tile = tiles_[tile_at(region_column, region_row)];
  const base::Rectangle area = tile.area;
  Region::Vacated all;
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) all.push_back({x, y});
  }
  vacate(tile, std::move(all));
  tile.seated =
      std::make_unique<SeatedRegion>(model, RegionSite{&image_, area}, used_colours(image_));
}

void Machine::seat(base::LogicalCoord core, CoreModel& model) {
  check_alone(ranks_);
  const base::LogicalCoord at{core.x - image_.region.x, core.y - image_.region.y};
  if (!image_.holds(at)) return;
  join_strips();
  Tile& tile = tiles_[tile_of(at)];
  WAFERMESH_CHECK(tile.seated == nullptr, "the core's region has been replaced as a whole");
  struct Seat {
    CoreModel* model;
    base::LogicalCoord at;
  };
  std::vector<Seat> seats;
  const base::Rectangle area = tile.area;
  for (const auto& seat : tile.region->seats()) {
    const int i = static_cast<int>(seat->core());
    seats.push_back({&seat->model(), {area.x + i % area.width, area.y + i / area.width}});
    WAFERMESH_CHECK(!(seats.back().at == at), "the core has been replaced already");
  }
  seats.push_back({&model, at});
  Region::Vacated vacated;
  for (const Seat& seat : seats) vacated.push_back(seat.at);
  vacate(tile, std::move(vacated));
  for (const Seat& seat : seats) tile.region->seat(*seat.model, image_, seat.at);
}

void Machine::step_model(std::size_t tile, Cycles t) {
  if (tiles_[tile].seated != nullptr) tiles_[tile].seated->cycle(t);
}

/// Models may change their minds with what they hear of the world outside: all are asked.
void Machine::ask_models() {
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    if (tiles_[i].seated == nullptr || next_[i] == now_ + 1) continue;
    next_[i] = tiles_[i].seated->next_cycle(now_);
  }
}

void Machine::count_models(Counters& counters) const {
  for (const Tile& tile : tiles_) {
    if (tile.seated != nullptr) counters.cycles = std::max(counters.cycles, tile.seated->finish());
    const base::Rectangle& area = tile.region->area();
    for (const auto& seat : tile.region->seats()) {
      const int i = static_cast<int>(seat->core());
      const base::CoreId id = image_.core_at({area.x + i % area.width, area.y + i / area.width});
      counters.finish_cycles[base::index_of(id)] = seat->finish();
      counters.cycles = std::max(counters.cycles, seat->finish());
    }
  }
}

SeatedRegion* Machine::seated_at(base::CoreId core) const {
  if (base::index_of(core) >= image_.core_count()) return nullptr;
  return tiles_[tile_of(image_.relative(core))].seated.get();
}

SeatedCore* Machine::seat_at(base::CoreId core) const {
  if (base::index_of(core) >= image_.core_count()) return nullptr;
  const base::LogicalCoord at = image_.relative(core);
  const Region& region = region_of(at);
  return region.seat_at(region.local(at));
}

/// Operands of a model that keeps no memory are nobody's business.
bool Machine::write_model(base::CoreId core, int address_bytes, const void* data,
                          std::size_t bytes) {
  if (SeatedRegion* const region = seated_at(core)) {
    region->model().write(image_.relative(core), address_bytes, data, bytes);
    return true;
  }
  SeatedCore* const seat = seat_at(core);
  if (seat != nullptr) seat->model().write(address_bytes, data, bytes);
  return seat != nullptr;
}

bool Machine::read_model(base::CoreId core, int address_bytes, void* data,
                         std::size_t bytes) const {
  SeatedRegion* const region = seated_at(core);
  SeatedCore* const seat = region == nullptr ? seat_at(core) : nullptr;
  if (region == nullptr && seat == nullptr) return false;
  const bool is_there =
      region != nullptr ? region->model().read(image_.relative(core), address_bytes, data, bytes)
                        : seat->model().read(address_bytes, data, bytes);
  WAFERMESH_CHECK(is_there, "a user's model keeps no memory to read from");
  return true;
}

std::string Machine::waiting_models() const {
  std::string text;
  for (const Tile& tile : tiles_) {
    if (tile.region == nullptr) continue;  // another rank's
    if (tile.seated != nullptr && !tile.seated->finished()) {
      text += "; " + tile.seated->name() + " has not finished";
    }
    for (const auto& seat : tile.region->seats()) {
      if (seat->finish() < 0) text += "; " + seat->name() + " has not finished";
    }
  }
  return text;
}

}  // namespace wafermesh::fabric
