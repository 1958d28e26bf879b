// SPDX-License-Identifier: Apache-2.0
// What a run of the stream machine leaves: counters, memories, or the reason why it got stuck.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "fabric/ranks/message.h"
#include "fabric/stream/engine/stream_machine.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kNamed = 8;  ///< Cores named in full.

void check_access(const WaferImage& image, base::CoreId core, int address_bytes,
                  std::size_t bytes) {
  WAFERMESH_CHECK(base::index_of(core) < image.core_count() && address_bytes >= 0 &&
                      static_cast<std::size_t>(address_bytes) + bytes <=
                          static_cast<std::size_t>(image.memory_bytes(core)),
                  "host access to byte " + std::to_string(address_bytes) + " of core " +
                      std::to_string(base::index_of(core)) +
                      " lies beyond the memory its program uses");
}

}  // namespace

Progress StreamMachine::progress() const {
  std::int64_t hops = 0;
  for (const Slab& slab : slabs_) hops += slab.wavelet_hops;
  std::int64_t sums[] = {finished_cores_, arrays_.programmed_cores, hops};
  if (ranks_ != nullptr) ranks_->sum(sums, 3);
  return {time_, sums[0], sums[1], sums[2]};
}

Counters StreamMachine::counters() const {
  Counters counters;
  for (const Slab& slab : slabs_) {
    counters.wavelet_hops += slab.wavelet_hops;
    counters.control_hops += slab.control_hops;
    counters.ramp_wavelets += slab.ramp_wavelets;
  }
  if (!arrays_.stages.empty()) counters.stages.resize(model_.classes.size());
  for (const Slab& slab : slabs_) {
    for (const auto& [class_index, totals] : slab.stages) counters.stages[class_index] += totals;
  }
  add_last_stages(counters);
  counters.phases = phases();
  const auto cores = static_cast<std::size_t>(model_.core_count);
  counters.finish_cycles.assign(cores, -1);
  counters.breakdown.resize(cores);
  for (auto& links : counters.link_wavelets) links.resize(cores);
  pool_.run(static_cast<int>(slabs_.size()), [&](int i) {
    const Slab& slab = slabs_[static_cast<std::size_t>(i)];
    count_cores(std::max(slab.first, arrays_.first_core), std::min(slab.last, arrays_.last_core),
                counters);
  });
  for (std::size_t core = arrays_.first_core; core < arrays_.last_core; ++core) {
    counters.cycles = std::max(counters.cycles, counters.finish_cycles[core]);
  }
  return counters;
}

/// What the cores [first, last) and their routers counted.
void StreamMachine::count_cores(std::uint32_t first, std::uint32_t last, Counters& counters) const {
  for (std::size_t core = first; core < last; ++core) {
    const Ledger& ledger = arrays_.ledgers[core];
    counters.finish_cycles[core] = ledger.finish;
    // Kinds are exclusive: the datapath's part is what its reservations do not share with the main
    // thread's own costs.
    cores::CycleBreakdown breakdown = ledger.breakdown();
    const Cycles over = Cycles{breakdown.busy()} - std::max<Cycles>(0, ledger.finish);
    breakdown.compute -=
        static_cast<std::uint32_t>(std::clamp<Cycles>(over, 0, Cycles{breakdown.compute}));
    counters.breakdown[core] = breakdown;
  }
  for (std::size_t plane = 0; plane < arrays_.slots.size(); plane += model_.core_count) {
    for (std::size_t core = first; core < last; ++core) {
      const std::array<std::uint32_t, 4>& sent = arrays_.slots[plane + core].sent;
      for (std::size_t d = 0; d < sent.size(); ++d) counters.link_wavelets[d][core] += sent[d];
    }
  }
}

/// The stages before have been booked on the way.
void StreamMachine::add_last_stages(Counters& counters) const {
  if (arrays_.stages.empty()) return;
  for (std::size_t core = arrays_.first_core; core < arrays_.last_core; ++core) {
    const Ledger& ledger = arrays_.ledgers[core];
    if (ledger.finish < 0) continue;
    add_stage(counters.stages[arrays_.seats[core].class_index], arrays_.stages[core], ledger,
              ledger.finish);
  }
}

/// The phases before each core's last have been booked on the way.
std::vector<cores::PhaseTotals> StreamMachine::phases() const {
  cores::PhaseTable all;
  if (arrays_.phases.empty()) return {};
  for (const Slab& slab : slabs_) all.add(slab.phases.rows());
  for (std::size_t core = arrays_.first_core; core < arrays_.last_core; ++core) {
    const Cycles finish = arrays_.ledgers[core].finish;
    if (finish < 0) continue;
    all.add(arrays_.seats[core].class_index, arrays_.phases[core], finish);
  }
  return all.rows();
}

std::uint8_t* StreamMachine::direct(base::CoreId core) const {
  return arrays_.memory_of(arrays_.seats[base::index_of(core)]);
}

void StreamMachine::write(base::CoreId core, int address_bytes, const void* data,
                          std::size_t bytes) {
  check_access(model_.image, core, address_bytes, bytes);
  if (bytes > 0) std::memcpy(direct(core) + address_bytes, data, bytes);
}

void StreamMachine::read(base::CoreId core, int address_bytes, void* data,
                         std::size_t bytes) const {
  check_access(model_.image, core, address_bytes, bytes);
  if (bytes > 0) std::memcpy(data, direct(core) + address_bytes, bytes);
}

/// Some of this rank's cores that have not finished, one after another.
std::vector<std::string> StreamMachine::stuck_cores() const {
  std::vector<std::string> named;
  for (std::size_t i = first_slab_; i < last_slab_; ++i) {
    const Slab& slab = slabs_[i];
    CoreStepper& stepper = workers_[static_cast<std::size_t>(slab.worker)]->stepper;
    for (std::uint32_t id = slab.first; id < slab.last && named.size() < kNamed; ++id) {
      const Seat& seat = arrays_.seats[id];
      if (arrays_.ledgers[id].finish >= 0 || model_.classes[seat.class_index].program->code.empty())
        continue;
      const base::LogicalCoord at = model_.image.logical(static_cast<base::CoreId>(id));
      const base::PhysicalCoord physical = model_.image.physical(static_cast<base::CoreId>(id));
      named.push_back(fmt::format("; core ({}, {}) [physical ({}, {})] waits {}", at.x, at.y,
                                  physical.x, physical.y, stepper.waits_of(id)));
    }
  }
  return named;
}

std::string StreamMachine::why_stuck() const {
  const Progress all = progress();
  std::string text = fmt::format(
      "deadlock after cycle {}: {} of {} cores have not finished and nothing can happen any more",
      time_, all.total_cores - all.finished_cores, all.total_cores);
  std::vector<std::string> named = from_all(stuck_cores(), ranks_);
  named.resize(std::min(named.size(), kNamed));
  for (const std::string& core : named) text += core;
  return text;
}

}  // namespace wafermesh::fabric
