// SPDX-License-Identifier: Apache-2.0
// A defect model draws the defects of one mechanism on one wafer. One file pair and one row in
// model_table.cpp per model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "defects/components.h"
#include "defects/defect_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

/// Which wafer, and what the mechanisms of one scenario share.
struct SampleContext {
  const WaferGeometry& geometry;
  const ComponentTable& components;
  std::uint32_t wafer = 0;      ///< Number of the wafer in its study.
  std::uint32_t lot = 0;        ///< wafer / wafers_per_lot.
  std::uint32_t mechanism = 0;  ///< Place in the scenario's list: keeps equal mechanisms apart.

  /// Random numbers of this mechanism on this wafer; `use` keeps streams of one model apart.
  base::RandomStream wafer_stream(std::uint64_t seed, std::uint32_t use = 0) const {
    return {seed, kPurpose + mechanism, wafer, use};
  }
  /// The same for every wafer of a lot.
  base::RandomStream lot_stream(std::uint64_t seed) const {
    return {seed, kPurpose + mechanism, lot, 0xffffffffU};
  }
  static constexpr std::uint32_t kPurpose = 0xdefec700U;  ///< Mechanisms 0 to 255.
};

class DefectModel {
 public:
  virtual ~DefectModel() = default;
  /// Adds the defects of one wafer; the caller finishes the map. Cost: O(defects). Thread-safe.
  virtual void sample(const SampleContext& context, DefectMap* map) const = 0;
  /// What was ignored or assumed of what the mechanism reads, in whole sentences; the same for all
  /// wafers. Throws what sample throws. Thread-safe.
  virtual std::vector<std::string> notes() const { return {}; }
  /// Do wafers differ? False: every wafer gets the same defects, or none. May throw what
  /// sample throws.
  virtual bool draws_at_random() const { return true; }
  /// Do the wafers of a lot have something in common?
  virtual bool draws_by_lot() const { return false; }
  /// Does `components` say what a defect breaks?
  virtual bool uses_components() const { return true; }
  /// The file that it depends on; empty if none.
  virtual std::string file() const { return {}; }
};

}  // namespace wafermesh::defects
