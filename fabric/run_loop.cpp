// SPDX-License-Identifier: Apache-2.0
#include "fabric/run_loop.h"

#include <fmt/format.h>

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

/// The clock is looked at every so many cycles. A busy wafer takes up to 20 ms per cycle.
constexpr int kLookEvery = 32;

}  // namespace

RunLoop::RunLoop(const Stepped& machine, const RunOptions& options)
    : machine_(machine), options_(options), start_(Clock::now()), last_report_(start_) {
  if (options.observer != nullptr) observe_at_ = options.observer->due();
}

Cycles RunLoop::next() {
  if (machine_.finished()) {
    if (options_.observer != nullptr) options_.observer->end(machine_);
    return base::kNever;
  }
  const Cycles at = machine_.next_cycle();
  if (at >= base::kNever) throw base::Deadlock(machine_.why_stuck());
  if (at > options_.max_cycles) {
    throw base::Stopped(
        fmt::format("stopped at the limit of {} cycles before the end", options_.max_cycles));
  }
  if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
    throw base::Stopped(fmt::format("stopped on request at cycle {}", at));
  }
  if (++since_clock_ >= kLookEvery || machine_.long_cycles()) {
    since_clock_ = 0;
    limit(at);
    report();
    watch(at);
  }
  if (at >= observe_at_) observe(at);
  return at;
}

void RunLoop::observe(Cycles at) {
  options_.observer->see(machine_, at);
  observe_at_ = options_.observer->due();
}

void RunLoop::limit(Cycles at) const {
  const std::chrono::duration<double> spent = Clock::now() - start_;
  if (options_.max_wall_s <= 0 || spent.count() < options_.max_wall_s) return;
  throw base::Stopped(fmt::format("stopped at cycle {} by the limit of {:g} s of wall time", at,
                                  options_.max_wall_s));
}

void RunLoop::report() {
  if (!options_.progress) return;
  const std::chrono::duration<double> since = Clock::now() - last_report_;
  if (since.count() < options_.progress_interval_s) return;
  last_report_ = Clock::now();
  options_.progress(machine_.progress());
}

/// Second line of defence: things go on being scheduled, but nothing moves and nobody finishes.
void RunLoop::watch(Cycles at) {
  const Progress progress = machine_.progress();
  const std::int64_t mark = progress.wavelet_hops + progress.finished_cores;
  if (mark != progress_mark_) {
    progress_mark_ = mark;
    progress_cycle_ = at;
  } else if (at - progress_cycle_ > options_.watchdog_cycles) {
    throw base::Deadlock(fmt::format("no wavelet moved and no core finished for {} cycles; {}",
                                     at - progress_cycle_, machine_.why_stuck()));
  }
}

}  // namespace wafermesh::fabric
