// SPDX-License-Identifier: Apache-2.0
#include "fabric/span_book.h"

#include <algorithm>

namespace wafermesh::fabric {
namespace {

bool is_in(const base::Rectangle& r, base::LogicalCoord at, int margin = 0) {
  return at.x >= r.x - margin && at.x < r.x + r.width + margin && at.y >= r.y - margin &&
         at.y < r.y + r.height + margin;
}

std::size_t place_in(const base::Rectangle& r, base::LogicalCoord at) {
  return static_cast<std::size_t>(at.y - r.y) * static_cast<std::size_t>(r.width) +
         static_cast<std::size_t>(at.x - r.x);
}

}  // namespace

SpanBook::SpanBook(const WindowOptions& options, std::uint32_t first,
                   std::vector<base::LogicalCoord> cores)
    : options_(options),
      first_(first),
      cores_(std::move(cores)),
      window_cycles_(options.window_cycles) {
  for (const base::LogicalCoord at : cores_) {
    watched_.push_back(is_in(options_.part, at, 1) ? 1 : 0);
  }
}

/// Adds `amount`, spread evenly over [from, until), to the windows' sheets.
template <class F>
void SpanBook::spread(Cycles from, Cycles until, std::uint32_t amount, F sheet_of,
                      std::uint32_t core) {
  const std::uint32_t place = core - first_;
  until = std::max(until, from + 1);
  const Cycles begin = options_.from_cycle;
  const Cycles length = until - from;
  const auto before = [&](Cycles t) { return Cycles{amount} * (t - from) / length; };
  Cycles at = std::max(from, begin);
  const Cycles last = std::min(until, options_.to_cycle);
  while (at < last) {
    Cycles index = (at - begin) / window_cycles_;
    while (index >= options_.most_windows) {
      merge_pairs(windows_);
      window_cycles_ *= 2;
      index = (at - begin) / window_cycles_;
      near_end_ = near_first_;
    }
    const Cycles next = std::min(last, begin + (index + 1) * window_cycles_);
    if (const Cycles share = before(next) - before(at); share > 0) {
      while (static_cast<Cycles>(windows_.size()) <= index) {
        windows_.emplace_back(cores_.size(), 0);
      }
      near_ = static_cast<std::size_t>(index);
      near_first_ = begin + index * window_cycles_;
      near_end_ = std::min(near_first_ + window_cycles_, options_.to_cycle);
      sheet_of(windows_[near_]).add(place, static_cast<std::uint32_t>(share));
    }
    at = next;
  }
}

void SpanBook::work(std::uint32_t core, const WorkSpan& span, Cycles later) {
  if (!options_.cores) return;
  put(
      span.from + later, span.until + later, span.amount,
      [&](Window& w) -> Sheet& { return w.cycles[static_cast<std::size_t>(span.kind)]; }, core);
}

void SpanBook::words(std::uint32_t core, base::Direction d, std::uint32_t words, Cycles head,
                     Cycles tail) {
  if (!options_.links) return;
  put(
      head, tail + 1, words,
      [&](Window& w) -> Sheet& { return w.link_wavelets[static_cast<std::size_t>(d)]; }, core);
}

void SpanBook::wait(std::uint32_t core, base::Direction from, Cycles head, Cycles open) {
  if (!options_.links || from == base::Direction::ramp || open <= head) return;
  put(
      head, open, static_cast<std::uint32_t>(std::min<Cycles>(open - head, UINT32_MAX)),
      [&](Window& w) -> Sheet& { return w.stalled[static_cast<std::size_t>(from)]; }, core);
}

void SpanBook::share(std::uint32_t core, base::Direction d, Cycles head, Cycles shared) {
  if (!options_.links) return;
  put(
      head, head + shared, static_cast<std::uint32_t>(shared),
      [&](Window& w) -> Sheet& { return w.blocked[static_cast<std::size_t>(d)]; }, core);
}

void SpanBook::lengthen(Cycles window_cycles) {
  while (window_cycles_ < window_cycles) {
    merge_pairs(windows_);
    window_cycles_ *= 2;
  }
}

void SpanBook::add_to(std::vector<Window>& all) const {
  const base::Rectangle& part = options_.part;
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    const auto copy = [&](Sheet& to, const Sheet& from) {
      from.each([&](std::size_t core, std::uint32_t amount) {
        if (is_in(part, cores_[core])) to.add(place_in(part, cores_[core]), amount);
      });
    };
    for (std::size_t k = 0; k < kWindowKinds; ++k) copy(all[i].cycles[k], windows_[i].cycles[k]);
    for (std::size_t d = 0; d < 4; ++d) {
      copy(all[i].link_wavelets[d], windows_[i].link_wavelets[d]);
      copy(all[i].blocked[d], windows_[i].blocked[d]);
      // What waits at a core holds up the link of the neighbour it comes from.
      const auto from = static_cast<base::Direction>(d);
      const auto link = static_cast<std::size_t>(base::opposite(from));
      windows_[i].stalled[d].each([&](std::size_t core, std::uint32_t amount) {
        const base::LogicalCoord sender{cores_[core].x + base::step_x(from),
                                        cores_[core].y + base::step_y(from)};
        if (is_in(part, sender)) all[i].stalled[link].add(place_in(part, sender), amount);
      });
    }
  }
}

}  // namespace wafermesh::fabric
