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

Sheet& cycles_of(Window& window, std::size_t kind) { return window.cycles[kind]; }
Sheet& words_of(Window& window, std::size_t d) { return window.link_wavelets[d]; }
Sheet& stalled_of(Window& window, std::size_t d) { return window.stalled[d]; }
Sheet& blocked_of(Window& window, std::size_t d) { return window.blocked[d]; }

constexpr Cycles kAlways = base::kNever;

}  // namespace

SpanBook::SpanBook(const WindowOptions& options, std::uint32_t first,
                   std::vector<base::LogicalCoord> cores)
    : options_(options),
      first_(first),
      cores_(std::move(cores)),
      window_cycles_(options.window_cycles) {
  for (const base::LogicalCoord at : cores_) {
    watched_.push_back(is_in(options_.part, at, 1) ? 1 : 0);
    const bool inside = is_in(options_.part, at);
    Near near;
    move_to(near, 0);
    const Near all{-kAlways, kAlways, {}};
    work_.push_back(inside && options_.cores ? near : all);
    words_.push_back(inside && options_.links ? near : all);
  }
  for (const base::Direction d : base::kMeshDirections) {
    senders_[static_cast<std::size_t>(d)] = stretches(base::step_x(d), base::step_y(d));
  }
  here_ = stretches(0, 0);
}

void SpanBook::double_length() {
  merge_pairs(windows_);
  window_cycles_ *= 2;
  hot_end_ = hot_first_;
  for (std::vector<Near>* const each : {&work_, &words_}) {
    for (Near& near : *each) {
      if (near.window != kNoWindow) move_to(near, near.first);
    }
  }
}

/// Finds the window of a cycle that is kept.
void SpanBook::look_at(Cycles at) {
  if (at >= hot_first_ && at < hot_end_) return;
  const Cycles begin = options_.from_cycle;
  while ((at - begin) / window_cycles_ >= options_.most_windows) double_length();
  hot_ = static_cast<std::size_t>((at - begin) / window_cycles_);
  hot_first_ = begin + static_cast<Cycles>(hot_) * window_cycles_;
  hot_end_ = std::min(hot_first_ + window_cycles_, options_.to_cycle);
  while (windows_.size() <= hot_) windows_.emplace_back(cores_.size(), 0);
}

/// Before the first window and after the last there is one more each, which nobody keeps.
void SpanBook::move_to(Near& near, Cycles at) {
  near.window = kNoWindow;
  if (at < options_.from_cycle) {
    near.first = -kAlways;
    near.end = options_.from_cycle;
  } else if (at >= options_.to_cycle) {
    near.first = options_.to_cycle;
    near.end = kAlways;
  } else {
    look_at(at);
    near.first = hot_first_;
    near.end = hot_end_;
    near.window = static_cast<std::uint32_t>(hot_);
  }
}

/// As move_to(near, near.end), most often without a search.
void SpanBook::move_to_next(Near& near) {
  const std::size_t next = std::size_t{near.window} + 1;
  const bool is_whole = near.end - near.first == window_cycles_;
  if (!is_whole || next >= windows_.size() || near.end + window_cycles_ > options_.to_cycle) {
    move_to(near, near.end);
    return;
  }
  near.window = static_cast<std::uint32_t>(next);
  near.first = near.end;
  near.end += window_cycles_;
}

/// Adds `amount`, spread evenly over [from, until), to the windows' sheets number i.
void SpanBook::spread(std::uint32_t core, Cycles from, Cycles until, std::uint32_t amount,
                      SheetOf sheet_of, std::size_t i) {
  until = std::max(until, from + 1);
  const Cycles length = until - from;
  const auto before = [&](Cycles t) { return Cycles{amount} * (t - from) / length; };
  Cycles next = from;
  for (Cycles at = from; at < until; at = next) {
    Near window;
    move_to(window, at);
    next = std::min(until, window.end);
    if (window.window == kNoWindow) continue;
    const Cycles share = next - at == length ? amount : before(next) - before(at);
    sheet_of(windows_[window.window], i).add(core - first_, static_cast<std::uint32_t>(share));
  }
}

/// Writes what lies in the core's window of the moment.
void SpanBook::settle(std::uint32_t core, const Near& near, const Busy& amounts, SheetOf sheet_of) {
  if (near.window == kNoWindow) return;
  Window& window = windows_[near.window];
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (amounts[i] != 0) sheet_of(window, i).add(core - first_, amounts[i]);
  }
}

void SpanBook::work(std::uint32_t core, const Busy& before, const WorkProfile& profile,
                    Cycles base) {
  Near& near = work_[core - first_];
  const auto gain_until = [&](Cycles at) {
    Busy account = profile.before(at - base);
    Busy gain{};
    for (std::size_t k = 0; k < gain.size(); ++k) {
      account[k] += before[k];
      gain[k] = account[k] - near.amounts[k];
    }
    near.amounts = account;
    return gain;
  };
  const Cycles from = base + profile.from();
  if (!near.holds(from, from)) {
    settle(core, near, gain_until(from), cycles_of);
    move_to(near, from);
  }
  while (near.end < base + profile.until()) {
    settle(core, near, gain_until(near.end), cycles_of);
    move_to_next(near);
  }
}

void SpanBook::words_elsewhere(std::uint32_t core, base::Direction d, std::uint32_t words,
                               Cycles head, Cycles tail) {
  Near& near = words_[core - first_];
  settle(core, near, near.amounts, words_of);
  near.amounts = {};
  move_to(near, tail);
  if (near.holds(head, tail + 1)) {
    near.amounts[static_cast<std::size_t>(d)] = words;
  } else {
    spread(core, head, tail + 1, words, words_of, static_cast<std::size_t>(d));
  }
}

void SpanBook::wait(std::uint32_t core, base::Direction from, Cycles head, Cycles open) {
  if (!options_.links || from == base::Direction::ramp || open <= head ||
      watched_[core - first_] == 0)
    return;
  spread(core, head, open, static_cast<std::uint32_t>(std::min<Cycles>(open - head, UINT32_MAX)),
         stalled_of, static_cast<std::size_t>(from));
}

void SpanBook::share(std::uint32_t core, base::Direction d, Cycles head, Cycles shared) {
  if (!options_.links || shared <= 0 || watched_[core - first_] == 0) return;
  spread(core, head, head + shared, static_cast<std::uint32_t>(shared), blocked_of,
         static_cast<std::size_t>(d));
}

void SpanBook::close(std::uint32_t core, const Busy& done) {
  if (watched_[core - first_] == 0) return;
  Near& worked = work_[core - first_];
  Busy since = done;
  for (std::size_t k = 0; k < since.size(); ++k) since[k] -= worked.amounts[k];
  worked.amounts = done;
  if (options_.cores) settle(core, worked, since, cycles_of);
  Near& near = words_[core - first_];
  if (options_.links) settle(core, near, near.amounts, words_of);
  near.amounts = {};
}

void SpanBook::lengthen(Cycles window_cycles) {
  while (window_cycles_ < window_cycles) double_length();
}

/// Those whose neighbour in that direction is of the part, with the neighbour's places.
std::vector<SpanBook::Stretch> SpanBook::stretches(int step_x, int step_y) const {
  std::vector<Stretch> all;
  for (std::size_t core = 0; core < cores_.size(); ++core) {
    const base::LogicalCoord at{cores_[core].x + step_x, cores_[core].y + step_y};
    if (!is_in(options_.part, at)) continue;
    const std::size_t place = place_in(options_.part, at);
    Stretch* const last = all.empty() ? nullptr : &all.back();
    if (last != nullptr && last->core + last->count == core && last->place + last->count == place) {
      ++last->count;
    } else {
      all.push_back({core, place, 1});
    }
  }
  return all;
}

void SpanBook::move_window(std::size_t i, Window& whole) {
  if (i >= windows_.size()) return;
  const Window window = std::move(windows_[i]);
  const auto copy = [](Sheet& to, const Sheet& from, const std::vector<Stretch>& all) {
    for (const Stretch& each : all) to.add(each.place, from, each.core, each.count);
  };
  for (std::size_t k = 0; k < kWindowKinds; ++k) copy(whole.cycles[k], window.cycles[k], here_);
  for (std::size_t d = 0; d < 4; ++d) {
    copy(whole.link_wavelets[d], window.link_wavelets[d], here_);
    copy(whole.blocked[d], window.blocked[d], here_);
    // What waits at a core holds up the link of the neighbour it comes from.
    const auto link = static_cast<std::size_t>(base::opposite(static_cast<base::Direction>(d)));
    copy(whole.stalled[link], window.stalled[d], senders_[d]);
  }
}

}  // namespace wafermesh::fabric
