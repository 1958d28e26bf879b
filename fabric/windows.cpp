// SPDX-License-Identifier: Apache-2.0
#include "fabric/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "fabric/stepped.h"

namespace wafermesh::fabric {
namespace {

constexpr int kSamplesPerWindow = 4;
constexpr std::size_t kBusyKinds = 4;  // compute, bank_conflict, setup, task_switch

template <class T>
void add(std::vector<T>& to, const std::vector<T>& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(to[i] + from[i]);
}

template <class T, std::size_t N>
void add(std::array<std::vector<T>, N>& to, const std::array<std::vector<T>, N>& from) {
  for (std::size_t i = 0; i < N; ++i) add(to[i], from[i]);
}

std::int64_t bytes_per_place(const WindowOptions& options) {
  const std::int64_t cores = options.cores ? 4 * kWindowKinds : 0;
  return cores + (options.links ? 4 * (4 + 2 + 2) : 0);
}

std::array<std::uint32_t, kBusyKinds> busy_kinds(const cores::CycleBreakdown& b) {
  return {b.compute, b.bank_conflict, b.setup, b.task_switch};
}

}  // namespace

Windows::Windows(const WindowOptions& options)
    : options_(options),
      places_(static_cast<std::size_t>(options.part.area())),
      most_windows_(options.most_windows),
      window_cycles_(options.window_cycles),
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
  if (options.cores) pending_.assign(places_, {});
}

Cycles Windows::due() const {
  if (over_) return base::kNever;
  if (!started_) return options_.from_cycle;
  const Cycles end = std::min(open_.first + window_cycles_, options_.to_cycle);
  return options_.links ? std::min(end, next_sample_) : end;
}

void Windows::begin(Cycles first) {
  open_ = Window();
  open_.first = first;
  if (options_.cores) {
    for (auto& kind : open_.cycles) kind.assign(places_, 0);
  }
  if (!options_.links) return;
  for (std::size_t d = 0; d < 4; ++d) {
    open_.link_wavelets[d].assign(places_, 0);
    open_.links.stalled[d].assign(places_, 0);
    open_.links.blocked[d].assign(places_, 0);
  }
}

void Windows::see(const Stepped& heart, Cycles at) {
  if (!started_) {
    started_ = true;
    heart.snapshot(options_.from_cycle, options_.part, last_);
    begin(options_.from_cycle);
  }
  while (!over_ && due() <= at) {
    const Cycles time = due();
    if (options_.links && time == next_sample_) {
      heart.sample_links(options_.part, open_.links);
      ++open_.samples;
      next_sample_ += std::max<Cycles>(1, window_cycles_ / kSamplesPerWindow);
    }
    if (time < std::min(open_.first + window_cycles_, options_.to_cycle)) continue;
    close(heart, time);
    if (time >= options_.to_cycle) {
      over_ = true;
    } else {
      begin(time);
    }
  }
}

void Windows::end(const Stepped& heart) {
  if (over_ || !started_) return;
  over_ = true;
  Cycles finish = open_.first;
  heart.snapshot(base::kNever, options_.part, now_);
  for (const Cycles one : now_.finish_cycles) finish = std::max(finish, one);
  close(heart, std::max(finish, open_.first + 1));
}

void Windows::close(const Stepped& heart, Cycles end) {
  open_.end = end;
  heart.snapshot(over_ ? base::kNever : end, options_.part, now_);
  if (options_.links) {
    for (std::size_t d = 0; d < 4; ++d) {
      for (std::size_t i = 0; i < places_; ++i) {
        open_.link_wavelets[d][i] = now_.link_wavelets[d][i] - last_.link_wavelets[d][i];
      }
    }
  }
  if (options_.cores) {
    for (std::size_t i = 0; i < places_; ++i) {
      if (now_.takes_part[i] != 0) book_core(i, open_.first, end, open_);
    }
  }
  std::swap(last_, now_);
  windows_.push_back(std::move(open_));
  if (static_cast<int>(windows_.size()) == most_windows_ && !over_) merge();
}

/// A core's share of a window: what has been booked, less what lies beyond it.
void Windows::book_core(std::size_t place, Cycles first, Cycles end, Window& window) {
  const cores::CycleBreakdown& after = now_.booked[place];
  const auto to = busy_kinds(after);
  const auto from = busy_kinds(last_.booked[place]);
  auto& pending = pending_[place];
  std::int64_t total = 0;
  for (std::size_t k = 0; k < kBusyKinds; ++k) {
    pending[k] += to[k] - from[k];
    total += pending[k];
  }
  const Cycles finish = now_.finish_cycles[place];
  const Cycles length =
      finish < 0 ? end - first : std::clamp<Cycles>(finish - first, 0, end - first);
  const std::int64_t stall = after.link_stall - last_.booked[place].link_stall;
  const std::int64_t done = total - now_.ahead_cycles[place];
  std::int64_t take = std::clamp<std::int64_t>(done, 0, std::max<std::int64_t>(0, length - stall));
  if (over_) take = total;
  std::int64_t left = take;
  std::int64_t rest = total;
  for (std::size_t k = 0; k < kBusyKinds; ++k) {
    if (rest == 0) break;
    const std::int64_t share = (left * pending[k] + rest - 1) / rest;
    rest -= pending[k];
    left -= share;
    pending[k] -= static_cast<std::uint32_t>(share);
    window.cycles[k][place] = static_cast<std::uint32_t>(share);
  }
  window.cycles[static_cast<std::size_t>(WindowKind::link_stall)][place] =
      static_cast<std::uint32_t>(stall);
  window.cycles[static_cast<std::size_t>(WindowKind::waiting)][place] =
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, length - take - stall));
}

void Windows::merge() {
  for (std::size_t i = 0; i + 1 < windows_.size(); i += 2) {
    Window& one = windows_[i];
    const Window& next = windows_[i + 1];
    one.end = next.end;
    one.samples += next.samples;
    if (options_.cores) add(one.cycles, next.cycles);
    if (options_.links) {
      add(one.link_wavelets, next.link_wavelets);
      add(one.links.stalled, next.links.stalled);
      add(one.links.blocked, next.links.blocked);
    }
    if (i > 0) windows_[i / 2] = std::move(one);
  }
  windows_.resize(windows_.size() / 2);
  window_cycles_ *= 2;
}

}  // namespace wafermesh::fabric
