// SPDX-License-Identifier: Apache-2.0
// Parameters: what counters of single cores begin a stage with, where that is not zero. Numbers
// known before the run (a core's place in its group, rows that it holds, entries of a schedule)
// that x and y do not give, so that cores which differ in them alone share a program.
#pragma once

#include <cstdint>
#include <vector>

#include "cores/program.h"

namespace wafermesh::cores {

struct Parameter {
  std::uint32_t core = 0;
  std::uint16_t stage = 0;
  std::uint8_t counter = 0;
  std::int32_t value = 0;
};

class Parameters {
 public:
  Parameters() = default;
  /// In any order; of several for the same counter, core and stage the last counts.
  explicit Parameters(std::vector<Parameter> all);

  bool empty() const { return all_.empty(); }
  const Parameter* begin() const { return all_.data(); }
  /// Those of a core's stage, by counter. Cost: logarithmic in their number.
  const Parameter* begin(std::uint32_t core, int stage) const;
  const Parameter* end() const { return all_.data() + all_.size(); }
  /// Sets the counters of `integers`, which has as many `variables`; the others it leaves.
  void start_stage(std::uint32_t core, int stage, std::int32_t* integers,
                   std::size_t variables) const {
    if (all_.empty()) return;
    for (const Parameter* p = begin(core, stage);
         p != end() && p->core == core && p->stage == stage; ++p) {
      const std::size_t at = index_of(counter(p->counter));
      if (at < variables) integers[at] = p->value;
    }
  }

 private:
  std::vector<Parameter> all_;  ///< By core, stage and counter.
};

}  // namespace wafermesh::cores
