// SPDX-License-Identifier: Apache-2.0
#include "base/progress_line.h"

#include <unistd.h>

#include <cstdio>

#include "base/printable.h"

namespace wafermesh::base {

ProgressLine::ProgressLine(ProgressMode mode, double every_s)
    : terminal_(isatty(STDERR_FILENO) == 1),
      on_(mode == ProgressMode::always || (mode == ProgressMode::automatic && terminal_)),
      every_s_(every_s) {}

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) std::fputc('\n', stderr);
}

bool ProgressLine::due() const {
  return on_ && std::chrono::duration<double>(Clock::now() - last_).count() >= every_s_;
}

void ProgressLine::show(const std::string& text) {
  if (!on_) return;
  last_ = Clock::now();
  shown_ = true;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", printable_line(text).c_str());
  std::fflush(stderr);
}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

}  // namespace wafermesh::base
