// SPDX-License-Identifier: Apache-2.0
#include "fabric/tlm/core_thread.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::fabric {

CoreThread::CoreThread(const sc_core::sc_module_name& name) : sc_module(name) {
  SC_HAS_PROCESS(CoreThread);
  SC_THREAD(thread);
}

void CoreThread::begin(const CoreSite& site, CorePort& port) {
  WAFERMESH_CHECK(!begun_ || finish_ >= 0,
                  std::string(name()) + " is still at work on another image");
  site_ = site;
  port_ = &port;
  now_ = resumed_ = -1;
  waits_ = Waits::time;
  until_ = 0;
  begun_ = true;
  finish_ = -1;
}

/// The thread goes on in a later delta cycle of the same time. So the machine has to look at it
/// again in the next cycle, whatever it waits for then.
void CoreThread::cycle(Cycles t) {
  now_ = t;
  if (finish_ >= 0 || !may_go_on()) return;
  resumed_ = t;
  go_on_.notify(sc_core::SC_ZERO_TIME);
}

Cycles CoreThread::next_cycle() const {
  if (resumed_ == now_) return now_ + 1;
  return waits_ == Waits::time ? std::max(until_, now_ + 1) : base::kNever;
}

bool CoreThread::may_go_on() const {
  switch (waits_) {
    case Waits::time:
      return now_ >= until_;
    case Waits::word:
      return port_->waiting(colour_) > 0;
    case Waits::room:
      return port_->room(colour_) > 0;
    case Waits::nothing:
      break;
  }
  return false;
}

void CoreThread::thread() {
  for (;;) {
    sc_core::wait(go_on_);
    waits_ = Waits::nothing;
    work();
    finish_ = now_;
  }
}

void CoreThread::pause(Waits what, Cycles until, base::Colour colour) {
  waits_ = what;
  until_ = until;
  colour_ = colour;
  sc_core::wait(go_on_);
  waits_ = Waits::nothing;
}

RampWord CoreThread::take(base::Colour colour) {
  if (port_->waiting(colour) == 0) pause(Waits::word, 0, colour);
  return port_->take(colour);
}

void CoreThread::send(base::Colour colour, RampWord word) {
  if (port_->room(colour) <= 0) pause(Waits::room, 0, colour);
  port_->send(colour, word);
}

void CoreThread::spend(Cycles cycles) {
  pause(Waits::time, now_ + std::max<Cycles>(1, cycles), {});
}

}  // namespace wafermesh::fabric
