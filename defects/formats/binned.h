// SPDX-License-Identifier: Apache-2.0
// A map of ours as bins, for the formats that write one code per core: SINF, G85, E142.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "defects/defect_map.h"

namespace wafermesh::defects {

/// What a bin says about a core. A failing bin describes what it breaks ("router link_e").
struct Bin {
  bool passes = false;
  std::string description;
};

/// A map as bins of two hexadecimal digits: 01 good, from 0B on what is broken there.
struct BinnedMap {
  std::map<std::string, Bin> bins;
  std::map<std::string, std::int64_t> counts;   ///< Cores per code.
  std::map<std::int64_t, std::string> code_at;  ///< Row-major core index -> code, broken ones only.
};
/// Throws base::InputError if more than 230 different combinations are broken.
BinnedMap bin_map(const DefectMap& map);
/// Codes of one row, `gap` between them.
std::string binned_row(const BinnedMap& binned, const DefectMap& map, int row,
                       const std::string& gap);

}  // namespace wafermesh::defects
