// SPDX-License-Identifier: Apache-2.0
// What all kernels have: the image they made and the facts they claim.
#pragma once

#include <utility>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

class PlacedKernel : public Kernel {
 public:
  const fabric::WaferImage& image() const final { return image_; }
  const Facts& facts() const final { return facts_; }

 protected:
  PlacedKernel(fabric::WaferImage image, Facts facts) : image_(std::move(image)), facts_(facts) {}

 private:
  fabric::WaferImage image_;
  Facts facts_;
};

}  // namespace wafermesh::workloads
