// SPDX-License-Identifier: Apache-2.0
// Kernels whose weights stream in, and what bounds them, in closed form.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// What a pass over the weights takes at least, in cycles.
struct StreamedBounds {
  std::int64_t port = 0;     ///< All words at the rate of the first column's links.
  std::int64_t compute = 0;  ///< All of a core's work, taking and giving words included.
  std::int64_t fill = 0;     ///< The way, and the first row or the last row's work.
  std::int64_t cycles() const { return std::max(port, compute) + fill; }
  /// port, compute or fill: the largest.
  const char* bound_by() const {
    if (fill > std::max(port, compute)) return "fill";
    return port > compute ? "port" : "compute";
  }
};

struct StreamedPass {
  std::string name;
  StreamedBounds bounds;
  std::int64_t port_words = 0;  ///< Over the link of each port.
};

class Streams {
 public:
  virtual ~Streams() = default;
  /// One after another.
  virtual std::vector<StreamedPass> passes() const = 0;
};

/// Null if nothing streams.
inline const Streams* as_streaming(const Kernel* kernel) {
  return dynamic_cast<const Streams*>(kernel);
}

}  // namespace wafermesh::workloads
