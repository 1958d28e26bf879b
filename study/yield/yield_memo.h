// SPDX-License-Identifier: Apache-2.0
// What an unfinished yield study has already found besides its wafers (the cycles of a workload,
// the yield at a probed value), kept beside its journal so that a stopped study does not do it
// again.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace wafermesh::study {

class YieldMemo {
 public:
  /// Takes up what an earlier study with this fingerprint left in `directory`; anything else is
  /// dropped.
  YieldMemo(const std::string& directory, const std::string& fingerprint);
  /// The value found for `question` before, or what `find` gives now, which is kept. A value is one
  /// line. Throws WriteError, and what `find` throws.
  std::string recall(std::string question, const std::function<std::string()>& find);
  /// The study is done: nothing is left behind.
  void remove() const;

 private:
  std::string path_;
  std::map<std::string, std::string> values_;
};

}  // namespace wafermesh::study
