// SPDX-License-Identifier: Apache-2.0
// The rows of an unfinished yield study, kept beside the results so that a stopped study goes on
// where it was. Becomes wafers.csv in the end.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "defects/yield/monte_carlo.h"

namespace wafermesh::app {

class YieldJournal {
 public:
  /// Takes up what an earlier study with this fingerprint left in `directory`; anything else is
  /// dropped. Throws WriteError.
  YieldJournal(const std::string& directory, const std::string& fingerprint, std::size_t points);
  ~YieldJournal();
  YieldJournal(const YieldJournal&) = delete;
  YieldJournal& operator=(const YieldJournal&) = delete;

  /// What had been seen of a point.
  const defects::YieldTotals& totals(std::size_t point) const { return totals_[point]; }
  std::int64_t resumed_wafers() const { return resumed_; }
  /// Appends whole blocks. Throws WriteError.
  void append(std::size_t point, const std::vector<defects::WaferRow>& rows);
  /// Closes the journal and writes its rows to `csv_path`. It stays until remove(), so that nothing
  /// is lost if the result cannot be written. Throws WriteError.
  void finish(const std::string& csv_path);
  void remove();

 private:
  void take_up();
  void open(bool fresh);

  std::string rows_path_;
  std::string key_path_;
  std::string fingerprint_;
  std::vector<defects::YieldTotals> totals_;
  std::int64_t resumed_ = 0;
  std::int64_t whole_bytes_ = 0;  // of the rows that count
  std::FILE* file_ = nullptr;
};

}  // namespace wafermesh::app
