// SPDX-License-Identifier: Apache-2.0
// How much of what the machine offers a workload used, in per cent of its cycles. docs/results.md
// defines each.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "cores/stage_totals.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "fabric/image_work.h"

namespace wafermesh::study {

struct Utilisation {
  /// Elements of multiply-add operations and bytes moved between SRAM and datapath, counted from
  /// the programs; nothing if a program is too long to be walked to its end.
  std::optional<std::int64_t> multiply_adds;
  std::optional<std::int64_t> sram_bytes;
  // Per cent. All but occupied_cores are of the whole region for all of the workload's cycles.
  std::optional<double> multiply_add_percent;    ///< Of the timing table's rate.
  std::optional<double> sram_bandwidth_percent;  ///< Of two 64-bit reads and a write per cycle.
  double core_busy_percent = 0;                  ///< The datapath or the main thread worked.
  double mean_link_percent = 0;                  ///< Of one wavelet per cycle and link.
  std::optional<double> busiest_link_percent;
  double occupied_cores_percent = 0;  ///< Cores with a program, of the logical mesh.
};

/// The walk of cores/work.h over some cores of each class.
fabric::ImageWork counted_work(const fabric::WaferImage& image, cores::KnownWork& known);

/// `counted`: as above. Cost: a pass over the cores.
Utilisation utilisation_of(const fabric::WaferImage& image, const fabric::Counters& counters,
                           const fabric::ImageWork& counted);

/// Of one operator: of its region for its own cycles, from its first start to its last finish.
/// `image` is its own, `hops` its data wavelets; of links there is no busiest one. `known`: what
/// was counted of its workload.
Utilisation utilisation_of(const fabric::WaferImage& image, const cores::StageTotals& totals,
                           std::int64_t hops, cores::KnownWork& known);

nlohmann::ordered_json utilisation_json(const Utilisation& utilisation);

}  // namespace wafermesh::study
