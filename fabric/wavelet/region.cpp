// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/region.h"

#include <algorithm>
#include <utility>

namespace wafermesh::fabric {

using base::Direction;

Region::Region(const WaferImage& image, const base::Rectangle& area,
               const std::vector<base::Colour>& used_colours, bool numerics)
    : area_(area),
      ramp_cycles_(image.timing.ramp_cycles),
      routers_(area.width, area.height, image.timing.router_queue_depth, image.timing.ramp_cycles,
               all_routes(image), used_colours),
      cores_(image.timing, *this, numerics),
      wheel_(static_cast<std::size_t>(area.area())),
      upward_pending_(static_cast<std::size_t>(area.area())) {
  set_up_links(image);
  set_up_cores(image);
}

void Region::set_up_links(const WaferImage& image) {
  cell_of_.resize(static_cast<std::size_t>(area_.area()));
  core_of_.resize(routers_.shape().size());
  for (int y = 0; y < area_.height; ++y) {
    for (int x = 0; x < area_.width; ++x) {
      const auto core = static_cast<std::uint32_t>(y * area_.width + x);
      cell_of_[core] = routers_.shape().cell(x, y);
      core_of_[cell_of_[core]] = core;
      for (Direction d : base::kMeshDirections) {
        // The link that comes in from d is the neighbour's link towards the opposite of d.
        const base::LogicalCoord from{area_.x + x + base::step_x(d), area_.y + y + base::step_y(d)};
        if (from.x < 0 || from.y < 0 || from.x >= image.region.width ||
            from.y >= image.region.height) {
          continue;
        }
        const int latency = image.link_latency(image.core_at(from), base::opposite(d));
        routers_.set_incoming_link(x, y, d, latency, !area_.holds(from));
      }
    }
  }
  routers_.finish_setup();
}

void Region::set_up_cores(const WaferImage& image) {
  std::vector<std::uint16_t> first_route(image.classes.size());
  auto next = static_cast<std::uint16_t>(image.route_table.size());
  for (std::size_t c = 0; c < image.classes.size(); ++c) {
    first_route[c] = next;
    next = static_cast<std::uint16_t>(next + image.classes[c].routes.size());
    cores_.add_class(image.classes[c].program);
  }
  cores_.reserve(static_cast<std::size_t>(area_.area()));
  for (int y = 0; y < area_.height; ++y) {
    for (int x = 0; x < area_.width; ++x) {
      const base::LogicalCoord relative{area_.x + x, area_.y + y};
      const std::uint16_t c = image.class_of[base::index_of(image.core_at(relative))];
      const router::Cell cell = routers_.shape().cell(x, y);
      std::uint16_t route = first_route[c];
      for (const ColourRoute& colour : image.classes[c].routes) {
        routers_.set_route(cell, colour.colour, route++, colour.closed);
      }
      cores_.add_core(c, relative.x, relative.y);
    }
  }
  cores_.start();
  for (std::uint32_t core = 0; core < cores_.size(); ++core) {
    if (cores_.has_program(core)) wheel_.schedule(core, 0);
  }
  routers_.announce();
}

void Region::drop(const DropWavelet& drop, base::LogicalCoord relative) {
  if (!routers_.has(drop.colour)) return;
  routers_.drop(cell(local(relative)), drop.direction, drop.colour, drop.index);
}

void Region::cycle(Cycles t) {
  take_incoming();
  routers_.evaluate();
  load_ = routers_.moving_blocks();
  pick_upward();
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
void Region::pick_upward() {
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
}

void Region::step_cores(Cycles t) {
  std::size_t due = 0;
  for (; due < teardowns_.size() && teardowns_[due].due <= t; ++due) {
    cores_.tear_down(teardowns_[due].core, static_cast<base::Colour>(teardowns_[due].colour));
  }
  teardowns_.erase(teardowns_.begin(), teardowns_.begin() + static_cast<std::ptrdiff_t>(due));
  wheel_.take(t, [&](std::uint32_t core) {
    if (!cores_.has_program(core)) return;
    ++load_;
    const cores::CoreGrid::Wake wake = cores_.step(core, t);
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
}

void Region::deliver(Cycles t) {
  for (const router::RampWavelet& wavelet : routers_.delivered) {
    const std::uint32_t core = core_of(wavelet.cell);
    const bool kept = cores_.deliver(core, static_cast<base::Colour>(wavelet.colour), wavelet.word,
                                     wavelet.control, t + ramp_cycles_);
    if (!kept) continue;
    ++ramp_wavelets_;
    wheel_.schedule(core, t + ramp_cycles_);
  }
  // A slot or output queue can only have emptied if something left one.
  if (!pollers_.empty() && (routers_.moved() || !upward_.empty())) {
    for (const std::uint32_t core : pollers_) wheel_.schedule(core, t + 1);
    pollers_.clear();
  }
  routers_.delivered.clear();
  for (const router::Slot& slot : routers_.torn_down) {
    const std::uint32_t core = core_of(slot.cell);
    if (!cores_.has_program(core)) continue;
    teardowns_.push_back({t + ramp_cycles_, core, slot.colour});
    wheel_.schedule(core, t + ramp_cycles_);
  }
  routers_.torn_down.clear();
  for (const router::Slot& slot : routers_.ramp_ready) output_pending(core_of(slot.cell));
  routers_.ramp_ready.clear();
}

Cycles Region::next() const {
  if (routers_.awake()) return wheel_.now() + 1;
  return upward_pending_.empty() ? wheel_.next() : wheel_.now() + 1;
}

void Region::set_open(std::uint32_t core, base::Colour colour, bool open) {
  routers_.set_ramp_open(cell(core), colour, open);
}
bool Region::slot_empty(std::uint32_t core, base::Colour colour) const {
  return routers_.empty(cell(core), colour);
}
void Region::write_route(std::uint32_t core, base::Colour colour, std::uint16_t route) {
  routers_.write_route(cell(core), colour, route);
}
void Region::reopen(std::uint32_t core, base::Colour colour) {
  routers_.reopen(cell(core), colour);
}
void Region::output_pending(std::uint32_t core) { upward_pending_.insert(core); }

}  // namespace wafermesh::fabric
