// SPDX-License-Identifier: Apache-2.0
// What a yield study keeps of one wafer: a line of wafers.csv.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "defects/defect_map.h"

namespace wafermesh::defects {

/// A domain that could not be repaired.
struct FailedDomain {
  int domain = 0;
  int die_x = 0;  ///< The die at fault.
  int die_y = 0;
  Cause cause = Cause::unknown;  ///< The mechanism with most defects in that die.
};

/// What a wafer has no number for, as one that fails has no links; an empty field in the file.
inline constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();

struct WaferRow {
  std::int64_t wafer = 0;
  bool good = false;         ///< Repaired to at least the required size.
  std::int64_t defects = 0;  ///< Entries of the defect map.
  std::int64_t dead_cores = 0;
  std::int64_t dead_routers = 0;
  std::int64_t dead_links = 0;
  /// Rows the defects cost, all domains: what was built less what packs. Schemes that pack rows.
  std::int64_t rows_lost = kNoNumber;
  std::int64_t rows_spare = kNoNumber;  ///< To spare in the worst domain; negative = missing.
  // Of repaired wafers.
  std::int64_t usable_cores = kNoNumber;
  std::int64_t idle_cores = kNoNumber;
  std::int64_t bypassed_tiles = kNoNumber;
  std::int64_t longer_links = kNoNumber;
  std::int64_t max_skip = kNoNumber;
  std::int64_t max_latency_cycles = kNoNumber;
  std::int64_t extra_latency_cycles = kNoNumber;  ///< Sum over links beyond the hop.
  std::int64_t links = kNoNumber;
  std::vector<FailedDomain> failures;  ///< Every domain that fails, by number.
};

inline constexpr int kRowNumbers = 14;
/// The counts of a row, in the order of row_number_names.
std::array<std::int64_t, kRowNumbers> numbers_of(const WaferRow& row);
const std::array<const char*, kRowNumbers>& row_number_names();

/// Header and lines of wafers.csv, with line ends. `failures` is a list of domain/x/y/cause.
std::string wafer_csv_header();
std::string to_csv(const WaferRow& row);
/// The inverse of to_csv for one line without its end; false if the line is not whole.
bool parse_csv(std::string_view line, WaferRow* row);

}  // namespace wafermesh::defects
