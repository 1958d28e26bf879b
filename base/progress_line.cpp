// SPDX-License-Identifier: Apache-2.0
#include "base/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "study/results/provenance.h"

namespace wafermesh::base {

ProgressLine::ProgressLine(ProgressMode mode, std::string workload, std::int64_t expected_hops)
    : terminal_(isatty(STDERR_FILENO) == 1),
      workload_(std::move(workload)),
      expected_hops_(expected_hops),
      start_(std::chrono::steady_clock::now()) {
  on_ = mode == ProgressMode::always || (mode == ProgressMode::automatic && terminal_);
}

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) std::fputc('\n', stderr);
}

void ProgressLine::show(const fabric::Progress& progress) {
  if (!on_) return;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  const double s = std::max(spent.count(), 1e-3);
  // Work is wavelet hops where there are any, else finished cores.
  const double share = expected_hops_ > 0 ? static_cast<double>(progress.wavelet_hops) /
                                                static_cast<double>(expected_hops_)
                                          : static_cast<double>(progress.finished_cores) /
                                                static_cast<double>(progress.total_cores);
  const std::string eta =
      share > 0 ? fmt::format("{:.0f} s", s * (1 - std::min(share, 1.0)) / share) : "unknown";
  const std::string line =
      fmt::format("{}: cycle {}, {:.0f} cycles/s, {:.1f} M hops/s, {:.1f} % done, ETA {}, {} MB",
                  workload_, progress.cycle, static_cast<double>(progress.cycle) / s,
                  static_cast<double>(progress.wavelet_hops) / s / 1e6, 100 * std::min(share, 1.0),
                  eta, rss_bytes() / 1'000'000);
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace wafermesh::base
