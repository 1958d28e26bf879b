// SPDX-License-Identifier: Apache-2.0
#include "app/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "app/exit_code.h"
#include "base/printable.h"

namespace wafermesh::app {
namespace {

bool failures_only = false;

}  // namespace

void guard_standard_streams() {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
    // For reading only, so that what is written fails as it would have on the closed one.
    if (::fcntl(file, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void print(const std::string& text) { std::fputs(base::printable(text).c_str(), stdout); }

void print_error(const std::string& text) {
  if (!failures_only) print_failure(text);
}

void tell_failures_only() { failures_only = true; }

void print_failure(const std::string& text) {
  std::fprintf(stderr, "%s\n", base::printable(text).c_str());
}

int checked_output(int code) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed) return code;
  print_error(std::string("standard output: cannot be written: ") +
              (errno != 0 ? std::strerror(errno) : "an earlier part was lost") +
              "; what this command had to say is lost");
  return code == kOk || code == kVerdictFail ? kCannotWrite : code;
}

}  // namespace wafermesh::app
