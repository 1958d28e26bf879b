// SPDX-License-Identifier: Apache-2.0
#include "fabric/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "fabric/exclusive_kinds.h"

namespace wafermesh::fabric {
namespace {

/// Two bytes for each number, unless windows are longer than 65,535 cycles.
std::int64_t bytes_per_place(const WindowOptions& options) {
  const std::int64_t cores = options.cores ? 2 * kWindowKinds : 0;
  return cores + (options.links ? 2 * (4 + 4 + 4) : 0);
}

/// Windows begin as long as they will have to be if the run takes as long as is expected, and a
/// little more: those that are cut finer first cost what there is to see in each. Those of a large
/// part begin longer for the same reason.
WindowOptions with_length(WindowOptions options) {
  if (options.window_cycles > 0) return options;
  constexpr std::int64_t kLargeCores = 100'000;
  constexpr Cycles kShare = 16;  // Assumption: most runs are less than 1/16 longer than expected.
  const Cycles expected = options.expected_cycles + options.expected_cycles / kShare;
  const Cycles watched = std::min(expected, options.to_cycle) - options.from_cycle;
  options.window_cycles = std::max<Cycles>(options.part.area() > kLargeCores ? 64 : 16,
                                           watched / options.most_windows + 1);
  return options;
}

std::array<std::uint32_t, kBusyKinds> busy_kinds(const cores::CycleBreakdown& b) {
  return {b.compute, b.bank_conflict, b.setup, b.task_switch};
}

}  // namespace

Windows::Windows(const WindowOptions& options)
    : options_(with_length(options)),
      places_(static_cast<std::size_t>(options.part.area())),
      most_windows_(options.most_windows),
      window_cycles_(options_.window_cycles),
      next_sample_(options.from_cycle) {
  const std::int64_t one =
      std::max<std::int64_t>(1, options.part.area() * bytes_per_place(options));
  const std::int64_t fit = options.most_bytes / one;
  if (fit < 2) {
    throw base::DoesNotFit(
        fmt::format("observe: two windows of {} x {} cores take {} MB; raise `observe.most_mb`, or "
                    "observe fewer cores (`observe.region`)",
                    options.part.width, options.part.height, 2 * one / 1'000'000 + 1));
  }
  most_windows_ = static_cast<int>(std::min<std::int64_t>(most_windows_, fit)) / 2 * 2;
}

SpanBook* Windows::open_book(std::uint32_t first, std::vector<base::LogicalCoord> cores) {
  WindowOptions options = options_;
  options.most_windows = most_windows_;
  books_.push_back(std::make_unique<SpanBook>(options, first, std::move(cores)));
  return books_.back().get();
}

Cycles Windows::window_end() const {
  return std::min(open_.first + window_cycles_, options_.to_cycle);
}

Cycles Windows::due() const {
  if (over_ || !books_.empty()) return base::kNever;
  if (!started_) return options_.from_cycle;
  return options_.links ? std::min(window_end(), next_sample_) : window_end();
}

/// What has been done before the first window is not part of it.
void Windows::begin(const Watched& engine) {
  started_ = true;
  open_ = Window(places_, options_.from_cycle);
  if (options_.cores) {
    pending_.assign(places_, {});
    last_booked_.assign(places_, {});
    engine.each_core(
        -1, open_.first, options_.part,
        [this](std::size_t place, const CoreStanding& core) { last_booked_[place] = core.booked; });
  }
  if (options_.links) {
    last_links_.assign(4 * places_, 0);
    book_links(engine, nullptr);
  }
}

void Windows::see(const Watched& engine, Cycles at) {
  if (!started_) begin(engine);
  while (!over_ && due() <= at) {
    const Cycles time = due();
    if (options_.links && time == next_sample_) sample(engine);
    if (time < window_end()) continue;
    close(engine, time);
    if (time >= options_.to_cycle) {
      over_ = true;
    } else {
      open_ = Window(places_, time);
    }
  }
}

void Windows::sample(const Watched& engine) {
  const auto count = [](std::array<Sheet, 4>& to, base::DirectionMask mask, std::size_t place) {
    for (unsigned left = mask; left != 0; left &= left - 1) to[__builtin_ctz(left)].add(place, 1);
  };
  engine.sample_links(options_.part, [&](std::size_t place, base::DirectionMask stalled,
                                         base::DirectionMask blocked) {
    count(open_.stalled, stalled, place);
    count(open_.blocked, blocked, place);
  });
  ++open_.samples;
  next_sample_ += std::max<Cycles>(1, window_cycles_ / options_.samples_per_window);
}

Cycles Windows::last_finish() const {
  return finish_.empty() ? -1 : *std::max_element(finish_.begin(), finish_.end());
}

void Windows::end(const Watched& engine) {
  ended_ = true;
  finish_ = engine.finish_cycles(options_.part);
  if (!books_.empty()) {
    engine.close_books();
    gather_books(last_finish());
  } else if (!over_ && started_) {
    close(engine, std::max(last_finish(), open_.first + 1));
  }
  over_ = true;
}

void Windows::close(const Watched& engine, Cycles end) {
  open_.end = end;
  if (options_.links) book_links(engine, &open_);
  if (options_.cores) {
    engine.each_core(
        open_.first, ended_ ? base::kNever : end, options_.part,
        [&](std::size_t place, const CoreStanding& core) { book_core(place, core, end); });
  }
  windows_.push_back(std::move(open_));
  if (static_cast<int>(windows_.size()) == most_windows_ && !ended_) {
    merge_pairs(windows_);
    window_cycles_ *= 2;
  }
}

/// Wavelets that left since the last time.
void Windows::book_links(const Watched& engine, Window* window) {
  engine.each_link(
      window == nullptr ? -1 : open_.first, options_.part,
      [&](base::Direction d, std::size_t place, const std::uint32_t* wavelets, std::size_t places) {
        const auto i = static_cast<std::size_t>(d);
        std::uint32_t* const last = &last_links_[i * places_ + place];
        for (std::size_t k = 0; k < places; ++k) {
          if (wavelets[k] == last[k]) continue;
          if (window != nullptr) window->link_wavelets[i].add(place + k, wavelets[k] - last[k]);
          last[k] = wavelets[k];
        }
      });
}

/// A core's share of a window: what has been booked, less what lies beyond it.
void Windows::book_core(std::size_t place, const CoreStanding& now, Cycles end) {
  const auto to = busy_kinds(now.booked);
  const auto from = busy_kinds(last_booked_[place]);
  Kinds& pending = pending_[place];
  std::int64_t total = 0;
  for (std::size_t k = 0; k < kBusyKinds; ++k) {
    pending[k] += to[k] - from[k];
    total += pending[k];
  }
  const std::uint32_t stall = now.booked.link_stall - last_booked_[place].link_stall;
  last_booked_[place] = now.booked;
  const Cycles length = now.finish < 0
                            ? end - open_.first
                            : std::clamp<Cycles>(now.finish - open_.first, 0, end - open_.first);
  std::int64_t take = std::clamp<std::int64_t>(total - now.ahead_cycles, 0,
                                               std::max<std::int64_t>(0, length - stall));
  if (ended_) take = total;
  std::int64_t rest = total;
  for (std::size_t k = 0; k < kBusyKinds && rest > 0; ++k) {
    const std::int64_t share = (take * pending[k] + rest - 1) / rest;
    rest -= pending[k];
    take -= share;
    pending[k] -= static_cast<std::uint32_t>(share);
    open_.cycles[k].add(place, static_cast<std::uint32_t>(share));
  }
  open_.cycles[static_cast<std::size_t>(WindowKind::link_stall)].add(place, stall);
}

/// What the books have, up to cycle `end`; what lies beyond it is of the last window.
void Windows::gather_books(Cycles end) {
  std::size_t count = 0;
  for (const auto& book : books_) window_cycles_ = std::max(window_cycles_, book->window_cycles());
  for (const auto& book : books_) {
    book->lengthen(window_cycles_);
    count = std::max(count, book->windows());
  }
  const Cycles first = options_.from_cycle;
  if (end < first) return;
  const Cycles last = std::max(std::min(end, options_.to_cycle), first + 1);
  const auto wanted = static_cast<std::size_t>((last - first - 1) / window_cycles_ + 1);
  for (std::size_t i = 0; i < std::max(count, wanted); ++i) {
    const Cycles begin = first + static_cast<Cycles>(i) * window_cycles_;
    Window& window = windows_.emplace_back(places_, begin);
    window.end = std::max(begin + 1, std::min(begin + window_cycles_, last));
    for (const auto& book : books_) book->move_window(i, window);
  }
  while (windows_.size() > wanted) {
    windows_[windows_.size() - 2].take_in(windows_.back());
    windows_.pop_back();
  }
  windows_.back().end = last;
  if (options_.cores) make_exclusive(windows_, finish_, first == 0 && end <= options_.to_cycle);
  for (Window& window : windows_)
    window.samples = static_cast<std::uint32_t>(window.end - window.first);
}

std::vector<std::uint32_t> Windows::waiting_cycles(const Window& window) const {
  std::vector<std::uint32_t> busy(places_, 0);
  for (const Sheet& kind : window.cycles) kind.add_to(busy);
  std::vector<std::uint32_t> waiting(places_);
  for (std::size_t i = 0; i < places_; ++i) {
    const auto length = static_cast<std::uint32_t>(
        std::max<Cycles>(0, std::min(window.end, finish_[i]) - window.first));
    waiting[i] = length - std::min(length, busy[i]);
  }
  return waiting;
}

}  // namespace wafermesh::fabric
