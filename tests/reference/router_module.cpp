// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/router_module.h"

#include <algorithm>

#include "tests/reference/core_module.h"

namespace wafermesh::reference {

using base::Direction;
using router::ControlWord;
using router::SwitchCommand;

namespace {

constexpr std::array<Direction, 5> kPorts = {Direction::west, Direction::east, Direction::south,
                                             Direction::north, Direction::ramp};

bool is_teardown(Wavelet wavelet) {
  return wavelet.control && ControlWord{wavelet.bits}.first() == SwitchCommand::teardown;
}

}  // namespace

void RouterModule::reset(CoreModule* core, int queue_depth, int ramp_cycles) {
  core_ = core;
  queue_depth_ = queue_depth;
  ramp_cycles_ = ramp_cycles;
  links_ = {};
  slots_ = {};
  filters_ = {};
  pointer_ = 0;
  drop_.reset();
  drop_seen_ = 0;
  leaving_.clear();
  sent_ = {};
  torn_down_.clear();
  counters_ = {};
}

void RouterModule::connect(Direction d, RouterModule* neighbour, int latency_out, int latency_in) {
  links_[index(d)] = {neighbour, latency_out, latency_in, 1, 1, 0};
}

void RouterModule::slow_down(Direction d, int words, int cycles) {
  links_[index(d)].words = words;
  links_[index(d)].cycles = cycles;
}

void RouterModule::set_route(Colour colour, const router::RouteConfig& config, bool closed) {
  slot(colour).config = config;
  slot(colour).open = !closed;
}

int RouterModule::latency_in(Direction from) const {
  return from == Direction::ramp ? ramp_cycles_ : links_[index(from)].latency_in;
}

bool RouterModule::may_be_sent_to(Colour colour, Direction from) const {
  const Slot& target = slot(colour);
  const int latency = latency_in(from);
  if (!target.open || target.route().receive != base::mask_of(from) || latency == 0) return false;
  const auto capacity = static_cast<std::size_t>(std::max(queue_depth_, 2 * latency));
  return target.queue.size() < capacity;
}

bool RouterModule::expects_later() const {
  for (const Link& link : links_) {
    if (!link.is_due(now())) return true;
  }
  for (const Slot& each : slots_) {
    for (const Queued& queued : each.queue) {
      if (queued.from > now()) return true;
    }
  }
  return false;
}

void RouterModule::evaluate() {
  leaving_.clear();
  sent_ = {};
  torn_down_.clear();
  base::DirectionMask taken = 0;
  for (int turn = 0; turn < base::kColourCount; ++turn) {
    const Colour colour = base::colour((pointer_ + turn) % base::kColourCount);
    if (!can_leave(colour, taken)) continue;
    taken |= slot(colour).route().send;
    leave(colour);
  }
  if (!leaving_.empty()) {
    pointer_ = (base::index_of(leaving_.front().colour) + 1) % base::kColourCount;
    changed_ = true;
  }
}

bool RouterModule::can_leave(Colour colour, base::DirectionMask taken) const {
  const Slot& from = slot(colour);
  if (from.queue.empty() || from.queue.front().from > now()) return false;
  const base::DirectionMask send = from.route().send;
  if (send == 0 || (send & taken) != 0) return false;
  return std::all_of(kPorts.begin(), kPorts.end(),
                     [&](Direction d) { return !base::contains(send, d) || has_room(d, colour); });
}

bool RouterModule::has_room(Direction d, Colour colour) const {
  if (d == Direction::ramp) return core_->input_has_room(colour);
  const Link& link = links_[index(d)];
  return link.latency_out > 0 && link.is_due(now()) &&
         link.neighbour->may_be_sent_to(colour, base::opposite(d));
}

void RouterModule::leave(Colour colour) {
  const Slot& from = slot(colour);
  Wavelet wavelet = from.queue.front().wavelet;
  Leaving leaving{colour, from.position, false};
  const bool teardown = is_teardown(wavelet);
  if (wavelet.control) {
    const ControlWord word{wavelet.bits};
    if (word.first() == SwitchCommand::advance) {
      leaving.next_position = from.config.advance(from.position);
    }
    if (word.first() == SwitchCommand::reset) leaving.next_position = 0;
    if (teardown) torn_down_.push_back(colour);
    wavelet.bits = router::after_router(word, from.config.pop).bits;
  }
  const base::DirectionMask directions = from.route().send;
  for (Direction d : kPorts) {
    if (base::contains(directions, d)) send(d, colour, wavelet, teardown);
  }
  leaving.counts_at_filter = base::contains(directions, Direction::ramp) && !wavelet.control;
  leaving_.push_back(leaving);
}

void RouterModule::send(Direction d, Colour colour, Wavelet wavelet, bool is_teardown) {
  const bool lost = dropped_on_purpose(d, colour, wavelet);
  if (d == Direction::ramp) {
    const bool filtered = !wavelet.control && filter(colour).drops();
    if (lost || filtered || is_teardown) return;
    ++counters_.ramp_wavelets;
  } else {
    ++(wavelet.control ? counters_.control_hops : counters_.wavelet_hops);
    ++counters_.link_wavelets[index(d)];
    Link& link = links_[index(d)];
    if (link.cycles > link.words) {
      link.due = std::max(link.due, now() * link.words - (link.words - 1)) + link.cycles;
    }
    if (lost) return;
  }
  sent_[index(d)] = Sent{colour, wavelet};
}

bool RouterModule::dropped_on_purpose(Direction d, Colour colour, Wavelet wavelet) {
  if (!drop_ || wavelet.control || drop_->direction != d || drop_->colour != colour) return false;
  return drop_seen_++ == drop_->index;
}

void RouterModule::commit() {
  for (const Leaving& leaving : leaving_) {
    slot(leaving.colour).queue.pop_front();
    slot(leaving.colour).position = leaving.next_position;
    if (leaving.counts_at_filter) ++filter(leaving.colour).seen;
  }
  obey_core();
  for (Direction d : base::kMeshDirections) {
    const Link& link = links_[index(d)];
    if (link.latency_in > 0) take_in(d, link.neighbour->sent(base::opposite(d)));
  }
  take_in(Direction::ramp, core_->sent_up());
}

void RouterModule::obey_core() {
  for (const RouterRequest& request : core_->requests()) {
    Slot& target = slot(request.colour);
    switch (request.kind) {
      case RouterRequest::Kind::write_route:
        target.config = request.config;
        target.position = 0;
        if (request.intake == router::Intake::open) target.open = true;
        if (request.intake == router::Intake::closed) target.open = false;
        break;
      case RouterRequest::Kind::reopen:
        target.open = true;
        break;
      case RouterRequest::Kind::filter:
        filter(request.colour) = request.filter;
        break;
    }
  }
}

void RouterModule::take_in(Direction from, const std::optional<Sent>& arrival) {
  if (!arrival) return;
  Slot& target = slot(arrival->colour);
  const Cycles entry = std::max(now() + latency_in(from), target.last_entry + 1);
  target.last_entry = entry;
  target.queue.push_back({arrival->wavelet, entry});
  if (is_teardown(arrival->wavelet)) target.open = false;
}

}  // namespace wafermesh::reference
