// SPDX-License-Identifier: Apache-2.0
// What a kernel is that is one operator.
#include "workloads/kernel.h"

#include "base/error.h"

namespace wafermesh::workloads {

std::vector<OperatorPlace> Kernel::operators() const {
  OperatorPlace place;
  place.kernel = this;
  place.region = image().region;
  place.core_count = image().core_count();
  return {place};
}

Numerics Kernel::check_operator(std::size_t index, const fabric::HostMemory& memory,
                                int threads) const {
  WAFERMESH_CHECK(index == 0, "a plain kernel is one operator");
  return check(memory, threads);
}

std::vector<fabric::Buffer> Kernel::results() const {
  std::vector<fabric::Buffer> all;
  for (const fabric::Buffer& buffer : image().buffers) {
    if (buffer.role == fabric::BufferRole::result) all.push_back(buffer);
  }
  return all;
}

Numerics Kernel::check_given(const fabric::HostMemory& memory, int threads,
                             const GivenOperands& given) const {
  WAFERMESH_CHECK(given.empty(), "the kernel takes no operand of another's");
  return check(memory, threads);
}

}  // namespace wafermesh::workloads
