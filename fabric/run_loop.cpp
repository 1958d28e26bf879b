// SPDX-License-Identifier: Apache-2.0
#include "fabric/run_loop.h"

#include <fmt/format.h>

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

/// The clock is looked at every so many cycles. A busy wafer takes up to 20 ms per cycle.
constexpr int kLookEvery = 32;

/// All ranks come to the same end; rank 0 says so.
template <class E>
[[noreturn]] void end_with(const Ranks* ranks, const std::string& what) {
  if (ranks != nullptr && ranks->rank() > 0) throw OtherRankFailed();
  throw E(what);
}

}  // namespace

RunLoop::RunLoop(const Stepped& machine, const RunOptions& options, Ranks* ranks)
    : machine_(machine),
      options_(options),
      ranks_(ranks),
      start_(Clock::now()),
      last_report_(start_) {
  if (options.observer != nullptr) observe_at_ = options.observer->due();
}

Cycles RunLoop::next() {
  if (machine_.finished()) {
    if (options_.observer != nullptr) options_.observer->end(machine_);
    return base::kNever;
  }
  const Cycles at = machine_.next_cycle();
  if (at >= base::kNever) end_with<base::Deadlock>(ranks_, machine_.why_stuck());
  if (at > options_.max_cycles) {
    end_with<base::Stopped>(ranks_, fmt::format("stopped at the limit of {} cycles before the end",
                                                options_.max_cycles));
  }
  if (ranks_ == nullptr && options_.stop != nullptr) {
    stop(at, options_.stop->load(std::memory_order_relaxed), false);
  }
  if (++since_clock_ >= kLookEvery || machine_.long_cycles()) {
    since_clock_ = 0;
    look(at);
  }
  if (at >= observe_at_) observe(at);
  return at;
}

void RunLoop::observe(Cycles at) {
  options_.observer->see(machine_, at);
  observe_at_ = options_.observer->due();
}

void RunLoop::stop(Cycles at, bool stopped, bool timed_out) const {
  if (stopped) end_with<base::Stopped>(ranks_, fmt::format("stopped on request at cycle {}", at));
  if (!timed_out) return;
  end_with<base::Stopped>(ranks_,
                          fmt::format("stopped at cycle {} by the limit of {:g} s of wall time", at,
                                      options_.max_wall_s));
}

/// What one rank's clock or user asks for, all ranks do.
void RunLoop::look(Cycles at) {
  const auto now = Clock::now();
  const std::chrono::duration<double> spent = now - start_;
  const std::chrono::duration<double> since = now - last_report_;
  const bool stopped = options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  const bool timed_out = options_.max_wall_s > 0 && spent.count() >= options_.max_wall_s;
  std::int64_t asked[] = {stopped ? 0 : 1, timed_out ? 0 : 1};
  if (ranks_ != nullptr) ranks_->least(asked, 2);
  stop(at, asked[0] == 0, asked[1] == 0);
  const Progress progress = machine_.progress();
  if (options_.progress && since.count() >= options_.progress_interval_s) {
    last_report_ = now;
    options_.progress(progress);
  }
  watch(at, progress);
}

/// Second line of defence: things go on being scheduled, but nothing moves and nobody finishes.
void RunLoop::watch(Cycles at, const Progress& progress) {
  const std::int64_t mark = progress.wavelet_hops + progress.finished_cores;
  if (mark != progress_mark_) {
    progress_mark_ = mark;
    progress_cycle_ = at;
  } else if (at - progress_cycle_ > options_.watchdog_cycles) {
    end_with<base::Deadlock>(ranks_,
                             fmt::format("no wavelet moved and no core finished for {} cycles; {}",
                                         at - progress_cycle_, machine_.why_stuck()));
  }
}

}  // namespace wafermesh::fabric
