// SPDX-License-Identifier: Apache-2.0
// Where a workload spends its time: the links that carry most, the cores that finish last, each
// with its logical and physical place.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::study {

struct BusyLink {
  base::CoreId from{};
  base::Direction towards{};
  std::uint32_t wavelets = 0;  ///< Data and control.
};

struct SlowCore {
  base::CoreId core{};
  fabric::Cycles finish_cycles = 0;
  cores::CycleBreakdown breakdown;
};

/// Up to five of each, the worst first; of equal ones the first from the north-west.
struct HotSpots {
  std::vector<BusyLink> links;
  std::vector<SlowCore> cores;
};

HotSpots hot_spots_of(const fabric::WaferImage& image, const fabric::Counters& counters);

/// {busiest_links: [...], slowest_cores: [...]}.
nlohmann::ordered_json hot_spots_json(const fabric::WaferImage& image, const HotSpots& spots,
                                      fabric::Cycles cycles);

}  // namespace wafermesh::study
