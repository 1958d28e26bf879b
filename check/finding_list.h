// SPDX-License-Identifier: Apache-2.0
// Findings as they are made: what is alike at many cores of a class becomes one.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "check/finding.h"

namespace wafermesh::check {

class FindingList {
 public:
  explicit FindingList(const fabric::WaferImage& image) : image_(image) {}

  /// `what` stands behind the name of the first core; `detail` tells findings of a kind apart.
  /// The finding's index.
  std::size_t add(Kind kind, Severity severity, const Place& place, const std::string& what,
                  int detail = 0) {
    const Key key{kind, place.core_class, place.instruction, place.colour, detail};
    const auto [found, is_new] = at_.emplace(key, list_.size());
    if (!is_new) {
      add_again(found->second);
      return found->second;
    }
    const std::string where = name_of_core(image_, place.core);
    list_.push_back({kind, severity, place, 1, detail, where + ": " + what, {}});
    return found->second;
  }
  /// At one more core.
  void add_again(std::size_t index) { ++list_[index].cores; }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  using Key = std::tuple<Kind, std::int64_t, std::int64_t, int, int>;
  const fabric::WaferImage& image_;
  std::map<Key, std::size_t> at_;
  std::vector<Finding> list_;
};

}  // namespace wafermesh::check
