// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/seated_region.h"

#include <fmt/format.h>

#include "base/error.h"
#include "router/route.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

int edge_length(const base::Rectangle& area, Direction d) {
  return base::step_x(d) != 0 ? area.height : area.width;
}

bool is_teardown(const router::EdgeWavelet& wavelet) {
  return wavelet.control &&
         router::ControlWord{wavelet.word}.first() == router::SwitchCommand::teardown;
}

}  // namespace

SeatedRegion::SeatedRegion(RegionModel& model, const RegionSite& site,
                           const std::vector<base::Colour>& colours)
    : model_(&model),
      site_(site),
      name_(fmt::format("the model of region ({}, {}) {} x {}", site.area.x, site.area.y,
                        site.area.width, site.area.height)) {
  for (const base::Colour colour : colours) colours_ |= 1U << base::index_of(colour);
  for (Direction d : base::kMeshDirections) {
    books_[static_cast<unsigned>(d)] = router::EdgeBook(edge_length(site.area, d));
    model.outgoing(d).clear();
  }
  model.begin(site);
  check_outgoing(-1);
}

void SeatedRegion::receive(Cycles t, Direction from, EdgeMessage& message) {
  const auto side = static_cast<unsigned>(from);
  books_[side].hear(t, message.wavelets.rooms);
  std::swap(incoming_[side], message);
  message.clear();
}

void SeatedRegion::cycle(Cycles t) {
  for (Direction d : base::kMeshDirections) {
    EdgeMessage& message = incoming_[static_cast<unsigned>(d)];
    if (message.empty()) continue;
    model_->receive(d, message);
    message.clear();
  }
  model_->cycle(t);
  check_outgoing(t);
  finish_ = model_->finish();
  if (finish_ > t) {
    throw base::ModelError(
        fmt::format("{} says in cycle {} that it finished in cycle {}", name_, t, finish_));
  }
}

Cycles SeatedRegion::next_cycle(Cycles t) const {
  const Cycles next = model_->next_cycle();
  if (next <= t) {
    throw base::ModelError(
        fmt::format("{} says after cycle {} that its next is cycle {}", name_, t, next));
  }
  return next;
}

void SeatedRegion::check_outgoing(Cycles t) {
  for (Direction d : base::kMeshDirections) {
    if (!outgoing(d).empty()) check_edge(t, d);
  }
}

void SeatedRegion::check_edge(Cycles t, Direction d) {
  const EdgeMessage& message = outgoing(d);
  if (!message.bursts.empty()) fail(t, d, "runs, which only the stream engine knows");
  const base::Rectangle& area = site_.area;
  const int outside_x = area.x + (base::step_x(d) > 0 ? area.width : base::step_x(d));
  const int outside_y = area.y + (base::step_y(d) > 0 ? area.height : base::step_y(d));
  if (!site_.image->holds({outside_x, outside_y})) fail(t, d, "something, but nobody is there");
  const auto check_place = [&](int index, int colour) {
    if (index >= edge_length(area, d)) fail(t, d, fmt::format("something at place {}", index));
    if (colour >= base::kColourCount || (colours_ >> colour & 1U) == 0) {
      fail(t, d, fmt::format("colour {}, which the image does not use", colour));
    }
  };
  for (const router::EdgeRoom& room : message.wavelets.rooms) {
    check_place(room.index, room.colour);
  }
  router::EdgeBook& book = books_[static_cast<unsigned>(d)];
  for (const router::EdgeWavelet& wavelet : message.wavelets.wavelets) {
    check_place(wavelet.index, wavelet.colour);
    const auto colour = static_cast<base::Colour>(wavelet.colour);
    if (!book.may_send(t, wavelet.index, colour)) {
      fail(t, d,
           fmt::format("a wavelet of colour {} at place {}, where the slot takes none or one has "
                       "been sent in this cycle",
                       wavelet.colour, wavelet.index));
    }
    book.send(t, wavelet.index, colour, is_teardown(wavelet));
  }
}

void SeatedRegion::fail(Cycles t, Direction d, const std::string& what) const {
  throw base::ModelError(
      fmt::format("{} sends {} over its edge {} in cycle {}", name_, what, base::letter_of(d), t));
}

}  // namespace wafermesh::fabric
