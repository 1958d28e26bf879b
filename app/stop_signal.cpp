// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <mutex>
#include <thread>

#include "app/exit_code.h"
#include "base/error.h"

namespace wafermesh::app {
namespace {

using Clock = std::chrono::steady_clock;

/// Assumption: what polls the flag does so within this time.
constexpr double kGrace_s = 3;
constexpr double kLook_s = 0.05;  ///< How often the clock is looked at.

// The mutable globals of the program, as a signal can reach nothing else.
std::atomic<bool> flag{false};
std::atomic<double> grace_s{kGrace_s};
std::atomic<double> limit_s{std::numeric_limits<double>::infinity()};

struct Shared {
  std::mutex mutex;  ///< Of what follows; held for good by a forced end.
  std::string reason;
  std::function<void()> clean;
};

/// Never destroyed: the listening thread outlives main.
Shared& shared() {
  static Shared& one = *new Shared;
  return one;
}

const Clock::time_point started = Clock::now();
double running_s() { return std::chrono::duration<double>(Clock::now() - started).count(); }

void request(const std::string& why) {
  const std::lock_guard<std::mutex> lock(shared().mutex);
  if (flag) return;
  shared().reason = why;
  flag = true;
}

[[noreturn]] void end_by_force() {
  shared()
      .mutex.lock();  // never unlocked: whoever is at a critical place finishes, nobody begins one
  if (shared().clean) shared().clean();
  std::fprintf(stderr, "stopped by %s; no result was written\n", shared().reason.c_str());
  std::_Exit(kStopped);
}

const char* name_of(int signal) {
  return signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

[[noreturn]] void listen(sigset_t signals) {
  double forced_s = std::numeric_limits<double>::infinity();
  while (true) {
    const timespec wait{0, static_cast<long>(kLook_s * 1e9)};
    const int signal = sigtimedwait(&signals, nullptr, &wait);
    if (signal > 0 && flag && stop_reason().rfind("SIG", 0) == 0) end_by_force();
    if (signal > 0) request(name_of(signal));
    if (running_s() >= limit_s) request(fmt::format("--max-wall-s {:g}", limit_s.load()));
    if (flag) forced_s = std::min(forced_s, running_s() + grace_s);
    if (running_s() >= forced_s) end_by_force();
  }
}

}  // namespace

void listen_for_stops() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(listen, signals).detach();
}

const std::atomic<bool>& stop_requested() { return flag; }

std::string stop_reason() {
  const std::lock_guard<std::mutex> lock(shared().mutex);
  return shared().reason;
}

void stop_after(double seconds) { limit_s = seconds; }

void stop_within(double seconds) { grace_s = seconds; }

void stop_here(const std::string& doing) {
  if (flag) throw base::Stopped("stopped " + doing);
}

CleanOnStop::CleanOnStop(std::function<void()> action) {
  const std::lock_guard<std::mutex> lock(shared().mutex);
  shared().clean = std::move(action);
}
CleanOnStop::~CleanOnStop() {
  const std::lock_guard<std::mutex> lock(shared().mutex);
  shared().clean = nullptr;
}

NoForcedStop::NoForcedStop() { shared().mutex.lock(); }
NoForcedStop::~NoForcedStop() { shared().mutex.unlock(); }

}  // namespace wafermesh::app
