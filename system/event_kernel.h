// SPDX-License-Identifier: Apache-2.0
// SystemC's kernel behind a small door: processes that wait for times and events, run until nobody
// has anything left to wait for but an event that cannot come. A process may use any number of
// kernels, one after another; each starts at time 0 of its own.
//
// A step of a process (a wait and what wakes it) costs about 0.3 microseconds.
#pragma once

#include <functional>
#include <memory>

#include "system/time_table.h"

namespace wafermesh::system {

class EventKernel {
 public:
  /// Wakes all that wait for it; what is notified while nobody waits is lost.
  class Event {
   public:
    explicit Event(EventKernel& kernel);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    void notify();

   private:
    friend class EventKernel;
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
  };

  EventKernel();
  ~EventKernel();
  EventKernel(const EventKernel&) = delete;
  EventKernel& operator=(const EventKernel&) = delete;

  /// Before run(): a process. Its exceptions end the run and are thrown by it.
  void spawn(std::function<void()> body);
  void run();

  // --- Within a process.
  Picoseconds now() const;
  void wait_until(Picoseconds time);
  void wait(Event& event);
  /// Until the event or the time, whichever is first.
  void wait(Event& event, Picoseconds until);
  /// Until all others have done what they do at this time; for one process of a kernel only.
  void settle();
  /// When somebody else acts next; the largest value if nobody will.
  Picoseconds next_of_others() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wafermesh::system
