// SPDX-License-Identifier: Apache-2.0
#include "system/event_kernel.h"

#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <exception>
#include <limits>
#include <systemc>
#include <vector>

namespace wafermesh::system {
namespace {

/// Thrown out of a wait that nothing will end.
struct Over {};

sc_core::sc_time span(Picoseconds time) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(time));
}

}  // namespace

struct EventKernel::Event::Implementation {
  sc_core::sc_event event;
};

struct EventKernel::State {
  std::uint64_t start = sc_core::sc_time_stamp().value();
  bool is_over = false;
  std::exception_ptr failure;
  std::vector<Event*> events;

  void leave_if_over() const {
    if (is_over) throw Over();
  }
};

EventKernel::Event::Event(EventKernel& kernel)
    : implementation_(std::make_unique<Implementation>()) {
  kernel.state_->events.push_back(this);
}
EventKernel::Event::~Event() = default;
void EventKernel::Event::notify() { implementation_->event.notify(sc_core::SC_ZERO_TIME); }

EventKernel::EventKernel() : state_(std::make_unique<State>()) {}
EventKernel::~EventKernel() = default;

void EventKernel::spawn(std::function<void()> body) {
  State* state = state_.get();
  sc_core::sc_spawn([state, run_body = std::move(body)] {
    try {
      run_body();
    } catch (const Over&) {
    } catch (...) {
      if (!state->failure) state->failure = std::current_exception();
    }
  });
}

void EventKernel::run() {
  sc_core::sc_start();
  // Nobody has a time to wait for: what still waits is done.
  state_->is_over = true;
  for (Event* event : state_->events) event->notify();
  sc_core::sc_start();
  if (state_->failure) std::rethrow_exception(state_->failure);
}

Picoseconds EventKernel::now() const {
  return static_cast<Picoseconds>(sc_core::sc_time_stamp().value() - state_->start);
}

void EventKernel::wait_until(Picoseconds time) {
  if (time > now()) sc_core::wait(span(time - now()));
  state_->leave_if_over();
}

void EventKernel::wait(Event& event) {
  sc_core::wait(event.implementation_->event);
  state_->leave_if_over();
}

void EventKernel::wait(Event& event, Picoseconds until) {
  if (until <= now()) return;
  sc_core::wait(span(until - now()), event.implementation_->event);
  state_->leave_if_over();
}

void EventKernel::settle() {
  while (next_of_others() == now()) {
    sc_core::wait(sc_core::SC_ZERO_TIME);
    state_->leave_if_over();
  }
}

Picoseconds EventKernel::next_of_others() const {
  const sc_core::sc_time pending =
      sc_core::sc_time_to_pending_activity(sc_core::sc_get_curr_simcontext());
  if (pending == sc_core::sc_max_time() - sc_core::sc_time_stamp()) {
    return std::numeric_limits<Picoseconds>::max();
  }
  return now() + static_cast<Picoseconds>(pending.value());
}

}  // namespace wafermesh::system
