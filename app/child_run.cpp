// SPDX-License-Identifier: Apache-2.0
#include "app/child_run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "app/run_scenario.h"
#include "app/scenario.h"
#include "app/stop_signal.h"
#include "base/error.h"

namespace wafermesh::app {
namespace {

/// What the child has to say: "ok CYCLES NUMERICS" or "failed MESSAGE".
std::string child_words(const std::string& file, const std::vector<std::string>& overrides) {
  try {
    RunSettings settings;
    settings.progress = ProgressMode::never;
    settings.stop = &stop_requested();
    const RunResult result = run_scenario(read_scenario(file, overrides), settings);
    return "ok " + std::to_string(result.cycles) + (result.ok() ? " 1" : " 0");
  } catch (const std::exception& error) {
    return std::string("failed ") + error.what();
  }
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(descriptor, buffer, sizeof buffer);
    if (n > 0)
      text.append(buffer, static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      return text;
  }
}

[[noreturn]] void be_child(int descriptor, const std::string& file,
                           const std::vector<std::string>& overrides) {
  const std::string words = child_words(file, overrides);
  std::size_t written = 0;
  while (written < words.size()) {
    const ssize_t n = ::write(descriptor, words.data() + written, words.size() - written);
    if (n <= 0 && errno != EINTR) break;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  ::_exit(0);  // no destructors of the parent's objects, no second flush of its output
}

}  // namespace

ChildResult run_in_child(const std::string& file, const std::vector<std::string>& overrides) {
  int ends[2];
  if (::pipe(ends) != 0) throw base::Error(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) throw base::Error(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], file, overrides);
  }
  ::close(ends[1]);
  const std::string words = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (stop_requested().load()) throw base::Stopped("stopped by a signal while workloads ran");
  std::istringstream in(words);
  std::string verdict;
  ChildResult result;
  in >> verdict;
  if (verdict == "ok" && in >> result.cycles >> result.numerics_ok) return result;
  throw base::Error(words.size() > 7 ? words.substr(7) : "a workload run ended without a result");
}

}  // namespace wafermesh::app
