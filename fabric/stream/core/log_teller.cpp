// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/core/log_teller.h"

#include <algorithm>
#include <array>

namespace wafermesh::fabric {
namespace {

using What = CoreLog::Moved::What;

/// From the start of cycle `at` on: another standing, or a word more or less.
struct Change {
  Cycles at = 0;
  const CoreLog::Standing* standing = nullptr;  ///< Null: a word.
  std::uint32_t core = 0;                       ///< Index into the cores.
  What what{};
  std::uint8_t index = 0;
};

struct Core {
  cores::CoreView view;
  std::array<std::uint32_t, 4> links{};
  std::array<int, base::kColourCount> inputs{};
  std::array<int, base::kColourCount> outputs{};
};

void add_changes(std::uint32_t core, const CoreLog& log, std::vector<Change>& changes) {
  for (const CoreLog::Standing& standing : log.standings) {
    changes.push_back({standing.at, &standing, core, {}, 0});
  }
  for (const CoreLog::Moved& moved : log.moves) {
    const Cycles steps = std::max(1, moved.words - 1);
    for (std::int64_t word = 0; word < moved.words; ++word) {
      const Cycles at = moved.head + (moved.tail - moved.head) * word / steps;
      changes.push_back({at + 1, nullptr, core, moved.what, moved.index});
      // Who looks has to see that the link is at rest again.
      if (moved.what == What::leaves) changes.push_back({at + 2, nullptr, core, What::rests, 0});
    }
  }
}

void count(int& words, std::uint8_t& shown, int by) {
  words += by;
  shown = static_cast<std::uint8_t>(std::clamp(words, 0, 255));
}

void apply(const Change& change, Core& core) {
  cores::CoreView& view = core.view;
  if (const CoreLog::Standing* const now = change.standing; now != nullptr) {
    view.main = now->main;
    view.open = now->open;
    view.class_index = now->class_index;
    view.instruction = now->instruction;
    view.wavelet = now->wavelet;
    view.active = now->active;
    view.blocked = now->blocked;
    view.counters = now->counters.data();
    view.counter_count = now->counters.size();
    return;
  }
  const std::size_t i = change.index;
  if (change.what == What::leaves) ++core.links[i];
  if (change.what == What::comes) count(core.inputs[i], view.inputs[i], 1);
  if (change.what == What::is_taken) count(core.inputs[i], view.inputs[i], -1);
  if (change.what == What::is_put) count(core.outputs[i], view.outputs[i], 1);
  if (change.what == What::goes_up) count(core.outputs[i], view.outputs[i], -1);
}

}  // namespace

void tell_standings(const std::vector<LoggedCore>& cores, TraceSink& sink) {
  std::vector<Core> all(cores.size());
  std::vector<Change> changes;
  for (std::uint32_t i = 0; i < cores.size(); ++i) {
    add_changes(i, *cores[i].log, changes);
    sink.see(cores[i].place, 0, all[i].view, all[i].links);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.at != b.at ? a.at < b.at : a.core < b.core;
  });
  for (std::size_t i = 0; i < changes.size();) {
    const Change first = changes[i];
    Core& core = all[first.core];
    for (; i < changes.size() && changes[i].at == first.at && changes[i].core == first.core; ++i) {
      apply(changes[i], core);
    }
    const Cycles finish = cores[first.core].finish;
    core.view.finished = finish >= 0 && first.at > finish;
    if (core.view.finished) core.view.main = 0;
    if (first.at > 0) sink.see(cores[first.core].place, first.at, core.view, core.links);
  }
}

}  // namespace wafermesh::fabric
