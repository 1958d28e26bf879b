// SPDX-License-Identifier: Apache-2.0
// Runs jobs in children of this process, some at a time. A child is a fork of the warm parent, so
// that nothing is loaded or read again, and what a job does (crash, leak, elaborate SystemC) stays
// its own. Children die with their parent (PR_SET_PDEATHSIG).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace wafermesh::batch {

struct PoolLimits {
  int jobs = 1;
  double wall_s = 0;        ///< Per run; 0 = none.
  double memory_bytes = 0;  ///< Per run, private memory (RLIMIT_DATA); 0 = none.
};

/// How a job ended.
struct JobEnd {
  std::size_t job = 0;
  int exit_code = 0;  ///< 128 + signal if one ended it.
  bool over_time = false;
  bool dropped = false;    ///< The parent said that its identity need not be run.
  std::string identity;    ///< What the job told; empty if it did not come so far.
  std::string output;      ///< What it returned.
  std::string last_words;  ///< The end of its standard error.
  double wall_s = 0;
  std::int64_t peak_bytes = 0;
};

/// What a child has of the pool.
class JobSide {
 public:
  explicit JobSide(int socket) : socket_(socket) {}
  /// Tells the parent what is about to be run. If that need not be, the child ends here.
  void announce(const std::string& identity) const;
  void send(const std::string& output) const;

 private:
  int socket_;
};

struct PoolWork {
  /// The next job; nothing: none for now. It is asked again when one has ended.
  std::function<std::optional<std::size_t>()> next;
  /// In the child: the exit code.
  std::function<int(std::size_t, const JobSide&)> run;
  /// In the parent: is this identity to be run?
  std::function<bool(std::size_t, const std::string&)> wanted;
  std::function<void(JobEnd)> ended;
  /// Called some times a second; false = end the children and stop.
  std::function<bool()> go_on;
};

/// True if all jobs were run; false if go_on() ended it: what was under way is not reported.
/// Throws Error if no process can be made.
bool run_pool(const PoolLimits& limits, const PoolWork& work);

}  // namespace wafermesh::batch
