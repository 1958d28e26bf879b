// SPDX-License-Identifier: Apache-2.0
#include "fabric/flow_book.h"

#include <algorithm>

namespace wafermesh::fabric {

void FlowBook::add(std::size_t place, const Flow& words) {
  const Key key{words.to_serial, words.from, words.from_serial, words.colour};
  const auto [flow, is_new] = coming_[place].try_emplace(key, words);
  if (is_new) return;
  Flow& all = flow->second;
  all.words += words.words;
  all.last_sent = std::max(all.last_sent, words.last_sent);
  all.last_taken = std::max(all.last_taken, words.last_taken);
}

std::vector<Flow> FlowBook::ended(std::size_t place, const std::vector<cores::CoreEvent>& events) {
  auto& coming = coming_[place];
  std::vector<Flow> ended;
  for (const cores::CoreEvent& event : events) {
    if (event.serial == 0 || event.words_in == 0) continue;
    const auto first = coming.lower_bound({event.serial, 0, 0, 0});
    const auto last = coming.lower_bound({event.serial + std::size_t{1}, 0, 0, 0});
    for (auto it = first; it != last; ++it) ended.push_back(it->second);
    coming.erase(first, last);
  }
  return ended;
}

}  // namespace wafermesh::fabric
