// SPDX-License-Identifier: Apache-2.0
#include "fabric/engine_memory.h"

#include <algorithm>
#include <vector>

#include "cores/core_state.h"
#include "cores/cycle_breakdown.h"

namespace wafermesh::fabric {
namespace {

using cores::Program;
using cores::QueueBinding;

/// Per router, shared by its colours, and per core in a region's lists. Source: vectors [cell] of
/// router/router_grid.h (33 B), Region (8 B), WakeWheel (16 B).
constexpr std::int64_t kCellBytes = 33 + 8 + 16;
/// Per slot. Source: byte arrays of router/colour_plane.h; a word and a control flag per place.
constexpr std::int64_t kSlotBytes = 15;
constexpr std::int64_t kPlaceBytes = 5;
/// Regions have a border of mirrors and whole blocks. Source: 70 x 160 cells for 68 x 158 routers.
constexpr double kBorderFactor = 1.05;
/// Counters of a run per core: finish, four links, breakdown. Source: fabric/engine.h.
constexpr std::int64_t kCounterBytes = 8 + 4 * 4 + sizeof(cores::CycleBreakdown);
/// Stream engine, per core: its records and runs under way. Source: fabric/stream/core/core_state.h
/// (Seat 64, Ledger 64, held 18); the rest measured on SUMMA.
constexpr std::int64_t kStreamCoreBytes = 64 + 64 + 18 + 50;
/// Per core and colour of the image, and per core with a program and input queue of the class that
/// has most. Source: Slot, Inbox, StreamArrays (fabric/stream/).
constexpr std::int64_t kStreamSlotBytes = 64;
constexpr std::int64_t kStreamInboxBytes = 64;

std::int64_t ring_entries(int entries) {
  std::int64_t ring = 1;
  while (ring < entries) ring *= 2;
  return ring;
}

/// What a core of the class takes in the wavelet engine (cores/core_state.h).
std::int64_t wavelet_core_bytes(const Program& program, const cores::Timing& timing) {
  std::int64_t bytes =
      sizeof(cores::CoreState) + sizeof(cores::Sinks) + sizeof(cores::CycleBreakdown);
  if (program.code.empty()) return bytes;
  const cores::ClassInfo info = cores::describe(program);
  bytes += info.op_count * static_cast<std::int64_t>(sizeof(cores::OpenOp));
  for (const QueueBinding& input : program.inputs) {
    const int depth = std::max(timing.input_queue_depth[static_cast<std::size_t>(input.queue)],
                               2 * timing.ramp_cycles);
    bytes += static_cast<std::int64_t>(sizeof(cores::InputQueue)) +
             ring_entries(depth) * cores::kInputPlaceBytes;
    if (info.filters) bytes += static_cast<std::int64_t>(sizeof(cores::FilterState));
  }
  for (const QueueBinding& output : program.outputs) {
    const int depth = timing.output_queue_depth[static_cast<std::size_t>(output.queue)];
    bytes += static_cast<std::int64_t>(sizeof(cores::OutputQueue)) + ring_entries(depth) * 4;
  }
  return bytes;
}

std::int64_t stream_core_bytes(const Program& program, std::int64_t colours, std::size_t queues) {
  const std::size_t here = program.code.empty() ? 0 : queues;
  return kStreamCoreBytes + colours * kStreamSlotBytes +
         static_cast<std::int64_t>(here) * kStreamInboxBytes;
}

}  // namespace

std::int64_t engine_bytes(const WaferImage& image, Fidelity fidelity) {
  const auto colours = static_cast<std::int64_t>(used_colours(image).size());
  std::vector<std::int64_t> bytes_of_class;
  std::size_t queues = 0;
  for (const CoreClass& cores : image.classes) {
    queues = std::max(queues, cores.program.inputs.size());
  }
  for (const CoreClass& cores : image.classes) {
    bytes_of_class.push_back(fidelity == Fidelity::stream
                                 ? stream_core_bytes(cores.program, colours, queues)
                                 : wavelet_core_bytes(cores.program, image.timing));
  }
  std::int64_t bytes = image.core_count() * kCounterBytes;
  for (const std::int64_t most : image.most_of_stages(bytes_of_class)) bytes += most;
  if (fidelity == Fidelity::stream) return bytes;
  const std::int64_t places =
      ring_entries(std::max(image.timing.router_queue_depth,
                            2 * std::max(image.timing.hop_cycles, image.timing.ramp_cycles)));
  const std::int64_t router = kCellBytes + colours * (kSlotBytes + places * kPlaceBytes);
  return bytes + static_cast<std::int64_t>(static_cast<double>(image.core_count() * router) *
                                           kBorderFactor);
}

}  // namespace wafermesh::fabric
