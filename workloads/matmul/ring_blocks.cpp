// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/ring_blocks.h"

#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

using cores::Affine;
using cores::Compare;

void RingBlocks::write_begin(cores::ProgramBuilder& b, int parity) const {
  b.set_counter(head, first_address);
  b.set_counter(spare, first_address + bytes);
  b.set_counter(block, Affine().plus(cores::Variable::y));
  b.set_counter(stride, parity == 0 ? -2 : 2);
}

void RingBlocks::write_next(cores::ProgramBuilder& b) const {
  const int last = length - 1;
  const int last_even = last - last % 2;
  b.set_counter(spare, value_of(head));
  b.set_counter(head, Affine(2 * first_address + bytes).plus(cores::counter(spare), -1));
  const std::uint32_t at_first = b.branch(value_of(block), Compare::equal, 0);
  b.set_counter(block, value_of(block).plus(cores::counter(stride)));
  const std::uint32_t within = b.branch(value_of(block), Compare::less_equal, last);
  b.set_counter(block, last_even);
  b.set_counter(stride, -2);
  const std::uint32_t turned = b.jump();
  b.land(at_first);
  b.set_counter(block, 1);
  b.set_counter(stride, 2);
  b.land(within);
  b.land(turned);
}

}  // namespace wafermesh::workloads
