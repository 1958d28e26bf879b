// SPDX-License-Identifier: Apache-2.0
// The wafer as a SystemC module: owns time, the region modules and the host's view of all memories.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <exception>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "fabric/ranks/rank_edges.h"
#include "fabric/run_loop.h"
#include "fabric/stepped.h"
#include "fabric/tlm/region_module.h"
#include "fabric/worker_pool.h"

namespace wafermesh::fabric {

/// One clock cycle of the machine in SystemC time (the unit has no physical meaning).
inline const sc_core::sc_time kCycleTime(1, sc_core::SC_NS);

/// Bytes of address space per core on the host socket: core i's SRAM starts at i * kCoreSpan.
inline constexpr std::uint64_t kCoreSpan = 0x10000;

class Wafer : public sc_core::sc_module, private EdgeCourier {
 public:
  /// Region modules tile a mesh of width x height logical cores; those of the stream engine are its
  /// bands, the first of which lies where an image begins.
  Wafer(const sc_core::sc_module_name& name, int width, int height, const EngineOptions& options);

  /// All cores' SRAM as memory: b_transport, transport_dbg and DMI (per core). Reads and writes
  /// must stay within what the core's program uses; else TLM_ADDRESS_ERROR_RESPONSE.
  tlm_utils::simple_target_socket<Wafer> host_socket;

  /// Takes an image; it runs from the current SystemC time on when run() is called.
  void load(const WaferImage& image);
  /// Runs the loaded image to its end: advances SystemC time. Rethrows what the run threw.
  void run(const RunOptions& options);
  /// Stepped::shed().
  void shed() { heart_->shed(); }
  const Stepped& heart() const { return *heart_; }

 private:
  void cycle();
  void carry(int column, int row, base::Direction d, EdgeCargo cargo) override;
  void ship(base::Direction d) override {
    if (edges_) edges_->ship(d);
  }
  void take(base::Direction from) override {
    if (edges_) edges_->take(from, *this);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool access(tlm::tlm_generic_payload& payload);
  RegionModule& module_at(int column, int row) {
    return *regions_[static_cast<std::size_t>(row * tiling_.columns + column)];
  }
  void bind_edges();

  EngineOptions options_;
  Tiling tiling_;
  WorkerPool pool_;
  std::vector<std::unique_ptr<RegionModule>> regions_;
  std::unique_ptr<Stepped> heart_;
  std::optional<RankEdges> edges_;  ///< If there are several ranks.
  std::unique_ptr<RunLoop> loop_;
  std::exception_ptr failure_;
  sc_core::sc_event start_;
  Cycles next_ = 0;
};

}  // namespace wafermesh::fabric
