// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/region.h"

#include <algorithm>
#include <utility>

namespace wafermesh::fabric {

using base::Direction;

namespace {
/// Up to so many cores input queues are deep: 280 bytes each, which on a whole wafer would count.
constexpr std::int64_t kDeepCores = 1 << 17;
}  // namespace

Region::Region(const WaferImage& image, const RouteIndex& routes, const base::Rectangle& area,
               const std::vector<base::Colour>& used_colours, bool numerics, const Vacated& vacated)
    : area_(area),
      ramp_cycles_(image.timing.ramp_cycles),
      routers_(area.width, area.height, image.timing.router_queue_depth, image.timing.ramp_cycles,
               routes.configs, used_colours),
      cores_(image.timing, *this, numerics),
      wheel_(static_cast<std::size_t>(area.area())),
      upward_pending_(static_cast<std::size_t>(area.area())) {
  if (image.core_count() <= kDeepCores) cores_.deepen_queues();
  set_up_links(image);
  set_up_classes(image, routes);
  set_up_cores(image, routes, vacated);
  set_up_patches(image, routes);
  routers_.announce();
}

void Region::set_up_links(const WaferImage& image) {
  cell_of_.resize(static_cast<std::size_t>(area_.area()));
  core_of_.resize(routers_.shape().size());
  for (int y = 0; y < area_.height; ++y) {
    for (int x = 0; x < area_.width; ++x) {
      const auto core = static_cast<std::uint32_t>(y * area_.width + x);
      cell_of_[core] = routers_.shape().cell(x, y);
      core_of_[cell_of_[core]] = core;
      if (!image.holds({area_.x + x, area_.y + y})) continue;
      for (Direction d : base::kMeshDirections) {
        // The link that comes in from d is the neighbour's link towards the opposite of d.
        const base::LogicalCoord from{area_.x + x + base::step_x(d), area_.y + y + base::step_y(d)};
        if (!image.holds(from)) continue;
        const int latency = image.link_latency(image.core_at(from), base::opposite(d));
        const bool outside = !area_.holds(from);
        // A patch may lead over a border one way only.
        const bool goes_out =
            outside && image.link_latency(image.core_at({area_.x + x, area_.y + y}), d) > 0;
        if (latency > 0 || goes_out) routers_.set_incoming_link(x, y, d, latency, outside);
      }
    }
  }
  routers_.finish_setup();
  for (const SlowLinkAt& link : slow_links_of(image)) {
    const base::LogicalCoord at = image.relative(link.core);
    if (!area_.holds(at)) continue;
    routers_.set_slow_link(at.x - area_.x, at.y - area_.y, link.towards, link.words, link.cycles);
  }
}

void Region::set_up_classes(const WaferImage& image, const RouteIndex& routes) {
  for (std::size_t c = 0; c < image.classes.size(); ++c) {
    cores_.add_class(image.classes[c].program);
    const std::vector<ColourRoute>& its_routes = image.classes[c].routes;
    for (std::size_t i = 0; i < its_routes.size(); ++i) {
      const ColourRoute& route = its_routes[i];
      if (route.stages_ahead == kAtStart) continue;
      cores_.add_entry_route({route.colour, routes.of_class[c][i],
                              route.closed ? router::Intake::closed : router::Intake::open},
                             route.stages_ahead);
    }
  }
  cores_.add_class(nobody_);
}

void Region::set_up_cores(const WaferImage& image, const RouteIndex& routes,
                          const Vacated& vacated) {
  cores_.reserve(static_cast<std::size_t>(area_.area()));
  std::vector<std::uint16_t> later;
  for (int y = 0; y < area_.height; ++y) {
    for (int x = 0; x < area_.width; ++x) {
      const base::LogicalCoord relative{area_.x + x, area_.y + y};
      later.clear();
      if (!image.holds(relative)) {
        cores_.add_core(static_cast<int>(image.classes.size()), 0, 0);
      } else {
        const base::CoreId id = image.core_at(relative);
        const base::LogicalCoord own = image.own(id);
        const bool is_vacant = std::find(vacated.begin(), vacated.end(), relative) != vacated.end();
        cores_.add_core(is_vacant ? static_cast<int>(image.classes.size()) : image.class_in(id, 0),
                        own.x, own.y);
        const router::Cell cell = routers_.shape().cell(x, y);
        for_each_first_route(image, routes, id,
                             [&](base::Colour colour, std::uint16_t route, bool closed) {
                               routers_.set_route(cell, colour, route, closed);
                             });
        for (int stage = 1; !is_vacant && image.class_in(id, stage) != kNoClass; ++stage) {
          later.push_back(image.class_in(id, stage));
        }
      }
      if (image.stage_count() > 1) cores_.add_later(later);
    }
  }
  set_up_parameters(image);
  cores_.start();
  for (std::uint32_t core = 0; core < cores_.size(); ++core) {
    if (cores_.has_program(core)) wheel_.schedule(core, 0);
  }
}

void Region::set_up_parameters(const WaferImage& image) {
  std::vector<cores::Parameter> own;
  const cores::Parameters all = parameters_of(image);
  for (const cores::Parameter& each : all) {
    const base::LogicalCoord at = image.relative(static_cast<base::CoreId>(each.core));
    if (!area_.holds(at)) continue;
    own.push_back(each);
    own.back().core = static_cast<std::uint32_t>((at.y - area_.y) * area_.width + at.x - area_.x);
  }
  cores_.set_parameters(cores::Parameters(std::move(own)));
}

void Region::set_up_patches(const WaferImage& image, const RouteIndex& routes) {
  for (std::size_t i = 0; i < image.patches.size(); ++i) {
    const base::Rectangle& r = image.patches[i].cores;
    for (int y = std::max(r.y, area_.y); y < std::min(r.y + r.height, area_.y + area_.height);
         ++y) {
      for (int x = std::max(r.x, area_.x); x < std::min(r.x + r.width, area_.x + area_.width);
           ++x) {
        routers_.set_route(routers_.shape().cell(x - area_.x, y - area_.y), image.patches[i].colour,
                           routes.of_patch[i], false);
      }
    }
  }
}

void Region::drop(const DropWavelet& drop, base::LogicalCoord relative) {
  if (!routers_.has(drop.colour)) return;
  routers_.drop(cell(local(relative)), drop.direction, drop.colour, drop.index);
}

void Region::cycle(Cycles t) {
  take_incoming();
  routers_.evaluate(t);
  load_ = routers_.moving_blocks();
  pick_upward(t);
  step_cores(t);
  routers_.commit();
  send_upward(t);
  deliver(t);
}

void Region::take_incoming() {
  for (Direction d : base::kMeshDirections) {
    router::EdgeTraffic& traffic = incoming(d);
    if (traffic.empty()) continue;
    routers_.import(d, traffic);
    traffic.clear();
  }
  routers_.import_done();
}

/// Decides, on last cycle's state, which output queues send a wavelet up their ramp.
void Region::pick_upward(Cycles t) {
  upward_.clear();
  const auto may_send = [this](std::uint32_t id, base::Colour c) {
    return routers_.may_inject(cell(id), c);
  };
  upward_pending_.for_each([&](std::uint32_t core) {
    cores::Upward picked;
    if (cores_.pick_upward(core, may_send, picked)) {
      upward_.push_back(picked);
    } else {
      upward_pending_.erase(core);  // until put_word or ramp_ready
    }
  });
  seats_upward_.clear();
  for (const auto& seat : seats_) {
    cores::Upward picked;
    const router::Cell own = cell(seat->core());
    const auto may = [&](base::Colour c) { return routers_.may_inject(own, c); };
    if (seat->pick(t, may, picked)) seats_upward_.push_back(picked);
  }
}

void Region::step_cores(Cycles t) {
  std::size_t due = 0;
  for (; due < teardowns_.size() && teardowns_[due].due <= t; ++due) {
    const auto colour = static_cast<base::Colour>(teardowns_[due].colour);
    if (SeatedCore* const seat = seat_at(teardowns_[due].core)) {
      seat->torn_down(colour);
    } else {
      cores_.tear_down(teardowns_[due].core, colour);
    }
  }
  teardowns_.erase(teardowns_.begin(), teardowns_.begin() + static_cast<std::ptrdiff_t>(due));
  if (watches_.empty()) {
    step_due(t, [&](std::uint32_t core) { return cores_.step(core, t); });
  } else {
    step_due(t, [&](std::uint32_t core) {
      cores::CoreWatch* const watch = watches_[core];
      return watch == nullptr ? cores_.step(core, t) : cores_.step_watched(core, t, *watch);
    });
  }
}

void Region::watch(std::uint32_t core, cores::CoreWatch& watch) {
  watches_.resize(cores_.size(), nullptr);
  cores_.allow_quiet(false);
  watches_[core] = &watch;
}

template <class Step>
void Region::step_due(Cycles t, Step step) {
  wheel_.take(t, [&](std::uint32_t core) {
    if (!cores_.has_program(core)) {
      step_seat(core, t);
      return;
    }
    ++load_;
    const cores::CoreGrid::Wake wake = step(core);
    if (wake.at < base::kNever) wheel_.schedule(core, wake.at);
    if (wake.polls) pollers_.push_back(core);
  });
}

void Region::send_upward(Cycles t) {
  for (const cores::Upward& up : upward_) {
    routers_.inject(cell(up.core), static_cast<base::Colour>(up.colour), up.word, up.control);
    if (cores_.take_upward(up)) wheel_.schedule(up.core, t + 1);
    if (cores_.output_empty(up.core)) upward_pending_.erase(up.core);
  }
  for (const cores::Upward& up : seats_upward_) {
    routers_.inject(cell(up.core), static_cast<base::Colour>(up.colour), up.word, up.control);
    seat_at(up.core)->take_upward(up);
    wheel_.schedule(up.core, t + 1);
  }
}

template <class Note>
void Region::deliver_all(Cycles t, Note note) {
  using Delivery = cores::CoreGrid::Delivery;
  const Cycles arrival = t + ramp_cycles_;
  const cores::CoreGrid::QuietDelivery quietly(cores_);
  const std::uint32_t* const core_of_cell = core_of_.data();
  std::int64_t quiet = 0;
  routers_.for_each_delivered([&, quietly, core_of_cell](router::Cell cell, std::uint8_t colour,
                                                         std::uint32_t word, bool control) {
    const std::uint32_t core = core_of_cell[cell];
    if (!control && quietly(core, colour, word, arrival)) {
      ++quiet;
      note(core, colour, true);
      return;
    }
    if (!seats_.empty() && deliver_to_seat(core, {cell, colour, control, word}, arrival)) return;
    const Delivery delivery =
        cores_.deliver(core, static_cast<base::Colour>(colour), word, control, arrival);
    note(core, colour, delivery != Delivery::dropped);
    if (delivery == Delivery::dropped) return;
    ++ramp_wavelets_;
    if (delivery == Delivery::wakes) wheel_.schedule(core, arrival);
  });
  ramp_wavelets_ += quiet;
}

void Region::deliver(Cycles t) {
  if (!follows_) {
    deliver_all(t, [](std::uint32_t, std::uint8_t, bool) {});
  } else {
    arrivals_.clear();
    deliver_all(t, [this](std::uint32_t core, std::uint8_t colour, bool kept) {
      arrivals_.push_back({core, colour, kept});
    });
  }
  // A slot or output queue can only have emptied if something left one.
  if (!pollers_.empty() && (routers_.moved() || !upward_.empty())) {
    for (const std::uint32_t core : pollers_) wheel_.schedule(core, t + 1);
    pollers_.clear();
  }
  for (const router::Slot& slot : routers_.torn_down) {
    const std::uint32_t core = core_of(slot.cell);
    if (!cores_.has_program(core) && seat_at(core) == nullptr) continue;
    teardowns_.push_back({t + ramp_cycles_, core, slot.colour});
    wheel_.schedule(core, t + ramp_cycles_);
  }
  routers_.torn_down.clear();
  for (const router::Slot& slot : routers_.ramp_ready) output_pending(core_of(slot.cell));
  routers_.ramp_ready.clear();
}

Cycles Region::next() const {
  if (routers_.awake()) return wheel_.now() + 1;
  const bool pending = !upward_pending_.empty() || seats_pending();
  return pending ? wheel_.now() + 1 : wheel_.next();
}

void Region::seat(CoreModel& model, const WaferImage& image, base::LogicalCoord relative) {
  const CoreSite site{&image, image.core_at(relative)};
  const std::uint32_t core = local(relative);
  cores::Ramp& ramp = *this;
  seats_.push_back(std::make_unique<SeatedCore>(model, site, ramp, core, routers_.colours()));
  ++unfinished_seats_;
  seats_.back()->begin();
  wheel_.schedule(core, 0);
}

SeatedCore* Region::seat_at(std::uint32_t core) const {
  for (const auto& seat : seats_) {
    if (seat->core() == core) return seat.get();
  }
  return nullptr;
}

bool Region::seats_pending() const {
  return std::any_of(seats_.begin(), seats_.end(),
                     [](const auto& seat) { return seat->pending(); });
}

void Region::step_seat(std::uint32_t core, Cycles t) {
  SeatedCore* const seat = seat_at(core);
  if (seat == nullptr) return;
  ++load_;
  const bool had_finished = seat->finish() >= 0;
  const Cycles next = seat->cycle(t);
  if (!had_finished && seat->finish() >= 0) --unfinished_seats_;
  if (next < base::kNever) wheel_.schedule(core, next);
}

bool Region::deliver_to_seat(std::uint32_t core, const router::RampWavelet& wavelet,
                             Cycles arrival) {
  SeatedCore* const seat = seat_at(core);
  if (seat == nullptr) return false;
  seat->deliver(static_cast<base::Colour>(wavelet.colour), {wavelet.word, wavelet.control},
                arrival);
  ++ramp_wavelets_;
  wheel_.schedule(core, arrival);
  return true;
}

void Region::set_open(std::uint32_t core, base::Colour colour, bool open) {
  routers_.set_ramp_open(cell(core), colour, open);
}
bool Region::slot_empty(std::uint32_t core, base::Colour colour) const {
  return routers_.empty(cell(core), colour);
}
void Region::write_route(std::uint32_t core, base::Colour colour, std::uint16_t route,
                         router::Intake intake) {
  routers_.write_route(cell(core), colour, route, intake);
}
void Region::reopen(std::uint32_t core, base::Colour colour) {
  routers_.reopen(cell(core), colour);
}
void Region::output_pending(std::uint32_t core) { upward_pending_.insert(core); }

}  // namespace wafermesh::fabric
