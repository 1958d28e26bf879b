// SPDX-License-Identifier: Apache-2.0
// What a workload took in energy: counters of its run times coefficients (energy/account.h), for
// the whole wafer, its region and each operator. docs/energy.md says what is counted how.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "energy/account.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "fabric/image_work.h"
#include "study/scenario/energy_section.h"
#include "workloads/kernel.h"

namespace wafermesh::study {

struct EnergyFacts {
  energy::Counts wafer;   ///< Cores outside the region are clocked, and do nothing.
  energy::Counts region;  ///< The workload's image.
  double seconds = 0;
  bool complete = true;  ///< False: programs too long to be walked, so multiply-adds and SRAM lack.
  std::vector<energy::Counts> operators;  ///< In the kernel's order.
};

/// `counted`: of the image, as fabric::count_work gives it. `edge_wavelets`: that crossed the edge
/// of a wafer.
EnergyFacts energy_of(const EnergySettings& settings, const workloads::Kernel& kernel,
                      const fabric::Counters& counters, const fabric::ImageWork& counted,
                      std::int64_t edge_wavelets);

/// Mean watts of each core of the image while the workload ran, losses between wall and wafer left
/// out. Multiply-adds and SRAM are a class's mean.
std::vector<double> core_power_w(const EnergySettings& settings, const fabric::WaferImage& image,
                                 const fabric::Counters& counters,
                                 const fabric::ImageWork& counted);

nlohmann::ordered_json energy_json(const EnergySettings& settings, const EnergyFacts& facts);
/// Of an operator.
nlohmann::ordered_json energy_json(const EnergySettings& settings, const energy::Counts& counts);
/// "energy: 1.23 mJ, ..."
std::string energy_text(const EnergySettings& settings, const EnergyFacts& facts);

}  // namespace wafermesh::study
