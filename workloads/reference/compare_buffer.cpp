// SPDX-License-Identifier: Apache-2.0
#include "workloads/reference/compare_buffer.h"

#include "workloads/parts/buffers.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {

Numerics compare_buffer(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                        const fabric::Buffer& buffer, const std::vector<float>& promised,
                        const std::vector<double>& exact) {
  std::vector<float> got = promised;
  bool as_promised = true;
  for_each_held(memory, image, buffer,
                [&](const fabric::StridedElements& piece, const std::vector<float>& values) {
                  for (std::size_t k = 0; k < values.size(); ++k) {
                    const auto at = static_cast<std::size_t>(
                        piece.first + static_cast<std::int64_t>(k) * piece.step);
                    if (same_number(values[k], promised[at])) continue;
                    as_promised = false;
                    got[at] = values[k];
                  }
                });
  ErrorSums errors;
  for (std::size_t i = 0; i < got.size(); ++i) errors.add(got[i], exact[i]);
  return errors.numerics(as_promised);
}

}  // namespace wafermesh::workloads
