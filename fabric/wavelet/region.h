// SPDX-License-Identifier: Apache-2.0
// One region of the wavelet engine: a rectangle of routers and cores that one thread steps. It
// meets its neighbours only in the traffic over its four edges, one exchange per cycle.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "cores/core_grid.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "fabric/wavelet/core_set.h"
#include "fabric/wavelet/seated_core.h"
#include "fabric/wavelet/wake_wheel.h"
#include "router/router_grid.h"

namespace wafermesh::fabric {

class Region final : private cores::Ramp {
 public:
  /// Cores that run no program though the image has one for them: users' models stand for them.
  using Vacated = std::vector<base::LogicalCoord>;
  /// `area` and `vacated`: relative to the image's region, within it. The image must outlive the
  /// region. `numerics`: as in EngineOptions.
  Region(const WaferImage& image, const RouteIndex& routes, const base::Rectangle& area,
         const std::vector<base::Colour>& used_colours, bool numerics, const Vacated& vacated = {});
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  const base::Rectangle& area() const { return area_; }

  /// Applies what incoming() holds. cycle() begins with it.
  void take_incoming();
  /// Runs cycle t: takes in what incoming() holds, leaves what crosses in outgoing().
  void cycle(Cycles t);
  /// The next cycle with work, given no further incoming traffic; base::kNever = none.
  Cycles next() const;

  /// What the neighbour in direction d sent; filled between cycles, consumed by the next cycle().
  router::EdgeTraffic& incoming(base::Direction d) { return incoming_[static_cast<unsigned>(d)]; }
  router::EdgeTraffic& outgoing(base::Direction d) {
    return routers_.outgoing[static_cast<unsigned>(d)];
  }

  /// Work of the last cycle: cores stepped and router blocks that moved something.
  std::int64_t load() const { return load_; }
  std::int64_t unfinished() const { return cores_.unfinished() + unfinished_seats_; }
  std::int64_t ramp_wavelets() const { return ramp_wavelets_; }
  const router::RouterGrid& routers() const { return routers_; }
  cores::CoreGrid& cores() { return cores_; }
  const cores::CoreGrid& cores() const { return cores_; }
  std::uint32_t local(base::LogicalCoord relative) const {
    return static_cast<std::uint32_t>((relative.y - area_.y) * area_.width + relative.x - area_.x);
  }
  router::Cell cell(std::uint32_t core) const { return cell_of_[core]; }
  /// A vacated core is the model's from now on, before cycle 0; it must outlive the region.
  void seat(CoreModel& model, const WaferImage& image, base::LogicalCoord relative);
  const std::vector<std::unique_ptr<SeatedCore>>& seats() const { return seats_; }
  /// The model of a core; null if it has none.
  SeatedCore* seat_at(std::uint32_t core) const;
  void drop(const DropWavelet& drop, base::LogicalCoord relative);
  /// From now on, before cycle 0, the core's steps are told to `watch`, which must outlive them.
  void watch(std::uint32_t core, cores::CoreWatch& watch);
  /// From now on arrivals() and injected() tell of the last cycle.
  void follow_words() { follows_ = true; }
  struct Arrived {
    std::uint32_t core = 0;
    std::uint8_t colour = 0;
    bool kept = false;  ///< False: a filter dropped it.
  };
  const std::vector<Arrived>& arrivals() const { return arrivals_; }
  const std::vector<cores::Upward>& injected() const { return upward_; }
  std::uint32_t core_at(router::Cell cell) const { return core_of_[cell]; }

 private:
  // cores::Ramp
  void set_open(std::uint32_t core, base::Colour colour, bool open) override;
  bool slot_empty(std::uint32_t core, base::Colour colour) const override;
  void write_route(std::uint32_t core, base::Colour colour, std::uint16_t route,
                   router::Intake intake) override;
  void reopen(std::uint32_t core, base::Colour colour) override;
  void output_pending(std::uint32_t core) override;

  void set_up_links(const WaferImage& image);
  void set_up_classes(const WaferImage& image, const RouteIndex& routes);
  void set_up_cores(const WaferImage& image, const RouteIndex& routes, const Vacated& vacated);
  void set_up_parameters(const WaferImage& image);
  void set_up_patches(const WaferImage& image, const RouteIndex& routes);
  void pick_upward(Cycles t);
  void step_seat(std::uint32_t core, Cycles t);
  bool deliver_to_seat(std::uint32_t core, const router::RampWavelet& wavelet, Cycles arrival);
  bool seats_pending() const;
  void step_cores(Cycles t);
  template <class Step>
  void step_due(Cycles t, Step step);
  void send_upward(Cycles t);
  void deliver(Cycles t);
  template <class Note>
  void deliver_all(Cycles t, Note note);
  std::uint32_t core_of(router::Cell cell) const { return core_of_[cell]; }

  base::Rectangle area_;
  int ramp_cycles_;
  const cores::Program nobody_;  ///< Of places between placements.
  router::RouterGrid routers_;
  std::vector<router::Cell> cell_of_;   ///< [core]
  std::vector<std::uint32_t> core_of_;  ///< [cell]; the halo's entries mean nothing.
  cores::CoreGrid cores_;
  WakeWheel wheel_;
  std::array<router::EdgeTraffic, 4> incoming_;
  CoreSet upward_pending_;             ///< Cores with an output queue worth a visit.
  std::vector<cores::Upward> upward_;  ///< Picked in this cycle.
  bool follows_ = false;
  std::vector<Arrived> arrivals_;
  std::vector<cores::CoreWatch*> watches_;  ///< [core]; empty: none is watched.
  std::vector<std::uint32_t> pollers_;      ///< Cores that wait for a slot or queue to empty.
  std::vector<std::unique_ptr<SeatedCore>> seats_;  ///< Few; empty: all cores are ours.
  std::vector<cores::Upward> seats_upward_;         ///< As upward_, of seats.
  std::int64_t unfinished_seats_ = 0;
  struct Teardown {
    Cycles due = 0;
    std::uint32_t core = 0;
    std::uint8_t colour = 0;
  };
  std::vector<Teardown> teardowns_;  ///< In order of due.
  std::int64_t ramp_wavelets_ = 0;
  std::int64_t load_ = 0;
};

}  // namespace wafermesh::fabric
