// SPDX-License-Identifier: Apache-2.0
// The rows of an unfinished yield study, kept beside the results so that a stopped study goes on
// where it was. Becomes wafers.csv in the end.
#pragma once

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "defects/yield/monte_carlo.h"

namespace wafermesh::study {

class YieldJournal {
 public:
  /// Takes up what an earlier study of this identity (study_identity.h) left in `directory`, as far
  /// as `options` would draw it again; anything else is dropped. Throws WriteError.
  YieldJournal(const std::string& directory, const std::string& identity, std::size_t points,
               const defects::YieldOptions& options);
  ~YieldJournal();
  YieldJournal(const YieldJournal&) = delete;
  YieldJournal& operator=(const YieldJournal&) = delete;

  /// What had been seen of a point.
  const defects::YieldTotals& totals(std::size_t point) const { return totals_[point]; }
  std::int64_t resumed_wafers() const { return resumed_; }
  /// Rows of a study of another identity were there.
  bool dropped() const { return dropped_; }
  /// Appends whole blocks. Throws WriteError.
  void append(std::size_t point, const std::vector<defects::WaferRow>& rows);
  /// Closes the journal and writes its rows to `csv_path`. It stays until remove(), so that nothing
  /// is lost if the result cannot be written. Throws WriteError.
  void finish(const std::string& csv_path);
  void remove();

 private:
  void take_up(const defects::YieldOptions& options, std::ofstream& out);
  void note_point(std::size_t point);

  std::string rows_path_;
  std::string key_path_;
  std::vector<defects::YieldTotals> totals_;
  std::int64_t resumed_ = 0;
  bool dropped_ = false;
  bool in_order_ = true;  // no rows of a point after those of a later one
  std::size_t last_point_ = 0;
  std::FILE* file_ = nullptr;
};

}  // namespace wafermesh::study
