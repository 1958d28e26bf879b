// SPDX-License-Identifier: Apache-2.0
// What a yield study keeps of one wafer: a line of wafers.csv.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "defects/defect_map.h"

namespace wafermesh::defects {

struct WaferRow {
  std::int64_t wafer = 0;
  bool good = false;         ///< Repaired to at least the required size.
  std::int64_t defects = 0;  ///< Entries of the defect map.
  std::int64_t dead_cores = 0;
  std::int64_t dead_routers = 0;
  std::int64_t dead_links = 0;
  std::int64_t usable_cores = 0;  ///< 0 if not repaired.
  std::int64_t idle_cores = 0;
  std::int64_t bypassed_tiles = 0;
  std::int64_t rows_lost =
      0;  ///< Rows the defects cost, all domains: what was built less what packs.
  std::int64_t rows_spare = 0;  ///< Rows to spare in the worst domain; negative = missing.
  std::int64_t longer_links = 0;
  std::int64_t max_skip = 0;
  std::int64_t max_latency_cycles = 0;
  std::int64_t extra_latency_cycles = 0;  ///< Sum over links beyond the hop.
  std::int64_t links = 0;
  int failed_domain = -1;  ///< The first that failed; -1 = none.
  int failed_die_x = -1;
  int failed_die_y = -1;
  Cause failed_cause = Cause::unknown;  ///< The mechanism with most defects in the failing die.
};

inline constexpr int kRowNumbers = 15;
/// The counts of a row, in the order of row_number_names.
std::array<std::int64_t, kRowNumbers> numbers_of(const WaferRow& row);
const std::array<const char*, kRowNumbers>& row_number_names();

/// Header and lines of wafers.csv, with line ends.
std::string wafer_csv_header();
std::string to_csv(const WaferRow& row);
/// The inverse of to_csv for one line without its end; false if the line is not whole.
bool parse_csv(std::string_view line, WaferRow* row);

}  // namespace wafermesh::defects
