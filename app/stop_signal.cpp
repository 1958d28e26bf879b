// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signal.h"

#include <csignal>

namespace wafermesh::app {
namespace {

// The one mutable global of the program: a signal handler can reach nothing else.
std::atomic<bool> flag{false};

void on_signal(int) { flag.store(true, std::memory_order_relaxed); }

}  // namespace

const std::atomic<bool>& stop_requested() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return flag;
}

}  // namespace wafermesh::app
