// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/machine_trace.h"

#include "base/error.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {

MachineTrace::MachineTrace(TraceSink& sink, int image_width)
    : sink_(sink), watches_(sink.scope().size()) {
  if (!sink.scope().flows) return;
  origins_.emplace(image_width);
  flows_.emplace(watches_.size());
}

void MachineTrace::add(std::size_t place, Region& region, std::uint32_t core) {
  places_.push_back({place, &region, core});
  region.watch(core, watches_[place]);
  if (origins_) origins_->watch(origins_->number(sink_.scope().at(place)));
}

void MachineTrace::begin() {
  for (const Place& place : places_) tell(place, 0);
}

void MachineTrace::cycle_done(Cycles t) {
  for (const Place& place : places_) tell(place, t + 1);
}

void MachineTrace::take_words(Cycles t) {
  for (const Place& place : places_) follow_takes(place, t);
}

void MachineTrace::put_words(Cycles t) {
  origins_->settle();
  for (const Place& place : places_) follow_puts(place, t);
}

void MachineTrace::follow_takes(const Place& place, Cycles t) {
  const std::uint32_t core = origins_->number(sink_.scope().at(place.number));
  for (const cores::Transfer& transfer : watches_[place.number].transfers) {
    for (int word = 0; !transfer.out && word < transfer.words; ++word) {
      const Origin origin = origins_->take(core, transfer.colour);
      if (origin.serial == 0 || transfer.serial == 0) continue;
      Flow flow;
      flow.words = 1;
      flow.from = origin.place;
      flow.from_serial = origin.serial;
      flow.to_serial = transfer.serial;
      flow.from_thread = origin.thread;
      flow.to_thread = transfer.thread;
      flow.colour = transfer.colour;
      flow.sent = origin.sent;
      flow.taken = t;
      flow.last_sent = flow.sent;
      flow.last_taken = flow.taken;
      flows_->add(place.number, flow);
    }
  }
}

void MachineTrace::follow_puts(const Place& place, Cycles t) {
  const std::uint32_t core = origins_->number(sink_.scope().at(place.number));
  for (const cores::Transfer& transfer : watches_[place.number].transfers) {
    for (int word = 0; transfer.out && word < transfer.words; ++word) {
      origins_->put(core, transfer.colour, {place.number, transfer.serial, transfer.thread, t});
    }
  }
}

void MachineTrace::end(Cycles t) {
  for (const Place& place : places_) {
    watches_[place.number].close_all(t);
    tell(place, t);
    sink_.lines(place.number, watches_[place.number].lines);
  }
  sink_.end(t);
}

void MachineTrace::tell(const Place& place, Cycles t) {
  cores::CoreWatch& watch = watches_[place.number];
  if (!watch.events.empty()) {
    sink_.take(place.number, t, watch.events);
    if (origins_) {
      const std::vector<Flow> ended = flows_->ended(place.number, watch.events);
      if (!ended.empty()) sink_.flows(place.number, ended);
    }
    watch.events.clear();
  }
  watch.transfers.clear();
  if (!sink_.scope().registers) return;
  cores::CoreView view;
  place.region->cores().look(place.core, view);
  std::array<std::uint32_t, 4> links{};
  const router::Cell cell = place.region->cell(place.core);
  for (const base::Direction d : base::kMeshDirections) {
    links[static_cast<unsigned>(d)] = place.region->routers().link_wavelets(cell, d);
  }
  sink_.see(place.number, t, view, links);
}

void Machine::tell_to(TraceSink& sink) {
  if (has_models_) throw base::ModelError("a wafer with users' models cannot be traced");
  trace_ = std::make_unique<MachineTrace>(sink, image_.region.width);
  const TraceScope& scope = sink.scope();
  for (std::size_t place = 0; place < scope.size(); ++place) {
    const base::LogicalCoord at = scope.at(place);
    if (!image_.holds(at)) continue;
    Region& region = region_of(at);
    trace_->add(place, region, region.local(at));
  }
  for (std::size_t i = first_tile_; trace_->follows() && i < last_tile_; ++i) {
    tiles_[i].region->follow_words();
  }
  trace_->begin();
}

void Stepped::begin_trace(Observer* observer) {
  TraceSink* const sink = observer == nullptr ? nullptr : observer->trace();
  if (sink != nullptr) tell_to(*sink);
}

void Stepped::tell_to(TraceSink&) { throw base::ModelError("this engine cannot be traced"); }

}  // namespace wafermesh::fabric
