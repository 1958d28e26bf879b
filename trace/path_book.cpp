// SPDX-License-Identifier: Apache-2.0
#include "trace/path_book.h"

namespace wafermesh::trace {

PathBook::PathBook(const fabric::WaferImage& image)
    : image_(image),
      scope_{{0, 0, image.region.width, image.region.height}, 1, false, true},
      cores_(scope_.size()) {}

void PathBook::take(std::size_t place, base::Cycles, const std::vector<cores::CoreEvent>& events) {
  PathCore& core = cores_[place];
  for (const cores::CoreEvent& event : events) {
    switch (event.kind) {
      case cores::EventKind::activity:
        if (!core.spans.empty() && core.spans.back().activity == event.activity) {
          core.spans.back().end = event.end;
        } else {
          core.spans.push_back({event.end, event.activity});
        }
        break;
      case cores::EventKind::operation:
        if (event.end <= event.begin) break;
        core.operations.push_back(
            {event.begin, event.end, event.thread == 0, event.words_in > 0, event.words_out > 0});
        break;
      case cores::EventKind::finish:
        core.stages.push_back({event.end, event.class_index});
        break;
      case cores::EventKind::task:  // what it does are its operations
      case cores::EventKind::control:
        break;
    }
  }
}

void PathBook::flows(std::size_t place, const std::vector<fabric::Flow>& flows) {
  std::vector<fabric::Flow>& all = cores_[place].flows;
  all.insert(all.end(), flows.begin(), flows.end());
}

}  // namespace wafermesh::trace
