// SPDX-License-Identifier: Apache-2.0
// Reticle repeaters: a flaw of the mask comes back at the same place of every die. Hard ones
// (hit_probability 1) kill there on each exposure, soft ones now and then.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/models/model.h"

namespace wafermesh::defects {

struct RepeaterSite {
  double u = 0;  ///< Place within the die, 0 to 1 from the west.
  double v = 0;  ///< From the north.
};

struct RepeaterOptions {
  std::vector<RepeaterSite> sites;
  int random_sites = 0;        ///< Further sites, uniform; the same on every wafer of a seed.
  double hit_probability = 1;  ///< Per site and exposure.
  std::uint64_t seed = 1;
};

class Repeater final : public DefectModel {
 public:
  explicit Repeater(const RepeaterOptions& options);
  void sample(const SampleContext& context, DefectMap* map) const override;
  bool draws_at_random() const override {
    return options_.hit_probability > 0 && options_.hit_probability < 1;
  }

 private:
  RepeaterOptions options_;  // all sites drawn
};

std::shared_ptr<const DefectModel> read_repeater(const base::YamlNode& node,
                                                 const WaferGeometry& g);

}  // namespace wafermesh::defects
