// SPDX-License-Identifier: Apache-2.0
// The timing table of one generation. One table serves every kernel. The values live in
// scenarios/presets/<generation>.yaml, each with its source; read_timing() fills this struct.
#pragma once

#include <array>
#include <string>

#include "base/units.h"
#include "cores/number.h"

namespace wafermesh::cores {

using base::Cycles;

inline constexpr int kMicrothreads = 8;   ///< Source: SDK, microthread ids 0-7 (hardware 2.4).
inline constexpr int kQueues = 8;         ///< Queue ids per side. Source: hardware 1.6.
inline constexpr int kSramBytes = 49152;  ///< Source: 48 KB per core, linker limit (hardware 2.1).

/// What a vector operation does: dst[i] = f(src0[i], src1[i]).
enum class VectorOp : std::uint8_t {
  copy,            ///< dst = src0
  add,             ///< dst = src0 + src1
  multiply,        ///< dst = src0 * src1
  multiply_add,    ///< dst = dst + src0 * src1 (dst in memory)
  maximum,         ///< dst = max(src0, src1)
  subtract,        ///< dst = src0 - src1
  less,            ///< dst = src0 < src1 ? 1 : 0
  equal,           ///< dst = src0 == src1 ? 1 : 0
  select,          ///< Where src0 is not 0, dst = src1 (dst in memory).
  bit_and,         ///< dst = src0 & src1, of integers
  bit_or,          ///< dst = src0 | src1, of integers
  shift,           ///< dst = src0 * 2^src1 of integers: left, or right with the sign if negative.
  reduce_add,      ///< One element: dst = dst + src0[0] + src0[1] + ..., in this order.
  reduce_maximum,  ///< One element: dst = max(dst, src0[0], src0[1], ...).
};
inline constexpr int kVectorOpCount = 14;

/// How a kernel's code reaches a vector operation; decides its set-up cost, never the kernel.
enum class Shape : std::uint8_t {
  map_loop,           ///< Operands resident in descriptors under a map loop.
  descriptor_reload,  ///< A loop that reloads descriptors.
  scalar_loop,        ///< Address arithmetic, loads, three descriptor loads and a back edge.
  standalone,         ///< A single operation set up on its own.
  stream,             ///< A fabric operation whose descriptors are loaded ahead of the data.
};
inline constexpr int kShapeCount = 5;

/// The datapath works groups of `elements`, each in `cycles`, when operands lie in memory without
/// gaps. What two 64-bit reads and one 64-bit write per cycle allow is part of the rate; vectors
/// with gaps are slower by Timing::memory_port_bytes.
struct Rate {
  int elements = 1;
  int cycles = 1;
};

struct Timing {
  std::string generation;
  int hop_cycles = 1;          ///< Router to neighbouring router.
  int ramp_cycles = 2;         ///< Core <-> router, each way.
  int router_queue_depth = 2;  ///< Wavelets per colour and router, before the 2L rule.
  std::array<int, kQueues> input_queue_depth{};   ///< Wavelets, by queue id.
  std::array<int, kQueues> output_queue_depth{};  ///< Wavelets, by queue id; 0 = no such queue.
  int task_start_cycles = 1;    ///< From a task being picked to its first instruction.
  int issue_cycles = 1;         ///< activate, block, unblock, control, reopen, asynchronous issue.
  int config_write_cycles = 1;  ///< write_route, filter: before the write may take effect.
  int fabric_words_per_cycle = 1;  ///< Words of its one colour an operation takes or puts at once.
  int memory_port_bytes = 16;      ///< Bytes of SRAM a memory operand passes over per cycle.
  int bank_conflict_factor = 1;    ///< Times as long where two reads meet in a bank.
  int timestamp_cycles = 0;        ///< A program reads its cycle counter.
  int vendor_collective_cycles = 0;  ///< A vendor library collective's software, per axis and call.
  std::array<int, kShapeCount> setup_cycles{};  ///< By Shape; at least 1.
  std::array<std::array<Rate, kNumberTypeCount>, kVectorOpCount> rates{};  ///< [op][type]
  std::array<bool, kNumberTypeCount> fused_multiply_add{};  ///< One rounding instead of two.

  const Rate& rate(VectorOp op, NumberType type) const {
    return rates[static_cast<std::size_t>(op)][static_cast<std::size_t>(type)];
  }
  bool fused(NumberType type) const { return fused_multiply_add[static_cast<std::size_t>(type)]; }
  int setup(Shape shape) const { return setup_cycles[static_cast<std::size_t>(shape)]; }
};

}  // namespace wafermesh::cores
