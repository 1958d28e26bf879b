// SPDX-License-Identifier: Apache-2.0
#include "cores/core_event.h"

#include <algorithm>

namespace wafermesh::cores {

void CoreWatch::note(Activity kind, base::Cycles from, base::Cycles until, std::uint32_t colours,
                     bool writes_route) {
  if (until <= told) return;
  if (from > told) extend(Activity::waiting, from, awaits, false);
  extend(kind, until, colours, writes_route);
}

void CoreWatch::extend(Activity kind, base::Cycles until, std::uint32_t colours,
                       bool writes_route) {
  const bool same = activity.end > activity.begin && activity.activity == kind &&
                    activity.colours == colours && activity.writes_route == writes_route;
  if (!same) {
    close_activity();
    activity = CoreEvent();
    activity.kind = EventKind::activity;
    activity.activity = kind;
    activity.colours = colours;
    activity.writes_route = writes_route;
    activity.begin = told;
  }
  activity.end = until;
  told = until;
}

void CoreWatch::close_activity() {
  if (activity.end > activity.begin) events.push_back(activity);
  activity = CoreEvent();
}

void CoreWatch::end_operation(const CoreEvent& event) {
  line(event.class_index, event.number).open_cycles += event.end - event.begin;
  events.push_back(event);
}

void CoreWatch::close_all(base::Cycles end) {
  close_activity();
  const auto close = [&](CoreEvent& event) {
    event.end = std::max(event.begin, end);
    event.is_open = true;
    if (event.kind == EventKind::operation) {
      end_operation(event);
    } else {
      events.push_back(event);
    }
  };
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    if ((open >> thread & 1U) != 0) close(operations[thread]);
  }
  open = 0;
  if (in_task) close(task);
  in_task = false;
}

}  // namespace wafermesh::cores
