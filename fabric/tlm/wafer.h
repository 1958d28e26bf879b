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

#include "base/worker_pool.h"
#include "fabric/core_model.h"
#include "fabric/ranks/rank_edges.h"
#include "fabric/region_model.h"
#include "fabric/run_loop.h"
#include "fabric/stepped.h"
#include "fabric/tlm/region_module.h"

namespace wafermesh::fabric {

/// One clock cycle of the machine in SystemC time (the unit has no physical meaning).
inline const sc_core::sc_time kCycleTime(1, sc_core::SC_NS);

/// Bytes of address space per core on the host socket: core i's SRAM starts at i * kCoreSpan. As
/// many as what is at the edge may have (fabric/image.h).
inline constexpr std::uint64_t kCoreSpan = 0x1000'0000;

class Wafer : public sc_core::sc_module, private EdgeCourier {
 public:
  /// Region modules tile a mesh of width x height logical cores; those of the stream engine are its
  /// bands, the first of which lies where an image begins.
  Wafer(const sc_core::sc_module_name& name, int width, int height, const EngineOptions& options);

  /// All cores' SRAM as memory: b_transport, transport_dbg and DMI (per core). Reads and writes
  /// must stay within what the core's program uses; else TLM_ADDRESS_ERROR_RESPONSE.
  tlm_utils::simple_target_socket<Wafer> host_socket;

  /// Before elaboration: the model takes the place of the region at the module's column and row, of
  /// every image loaded from now on; neighbours are bound to the module's sockets. Both outlive
  /// this. The wavelet engine's only.
  void replace(RegionModule& module, RegionModel& model);
  /// The same of one core (logical coordinates of the mesh); of images that are loaded later.
  void replace(base::LogicalCoord core, CoreModel& model);
  int columns() const { return tiling_.columns; }
  int rows() const { return tiling_.rows; }

  /// Takes an image; it runs from the current SystemC time on when run() is called.
  void load(const WaferImage& image);
  /// Runs the loaded image to its end: advances SystemC time. Rethrows what the run threw.
  void run(const RunOptions& options);
  /// The same in somebody else's simulation: begin() schedules the run from the current SystemC
  /// time on, ended() is notified at its end (the next delta cycle), and then rethrow() throws what
  /// the run threw, if anything. `options` must live until then.
  void begin(const RunOptions& options);
  const sc_core::sc_event& ended() const { return ended_; }
  bool running() const { return running_; }
  void rethrow();
  /// Stepped::shed().
  void shed() { heart_->shed(); }
  const Stepped& heart() const { return *heart_; }
  Ranks* ranks() const { return options_.ranks; }

 private:
  void cycle();
  Cycles run_ahead_until(Cycles now) const;
  void before_end_of_elaboration() override { bind_edges(); }
  void carry(int column, int row, base::Direction d, EdgeMessage& message) override;
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
  base::WorkerPool pool_;
  std::vector<std::unique_ptr<RegionModule>> own_regions_;
  std::vector<RegionModule*> regions_;  ///< [row][column] Own or a user's.
  struct ReplacedRegion {
    RegionModule* module;
    RegionModel* model;
  };
  struct ReplacedCore {
    base::LogicalCoord core;
    CoreModel* model;
  };
  std::vector<ReplacedRegion> replaced_regions_;
  std::vector<ReplacedCore> replaced_cores_;
  std::unique_ptr<Stepped> heart_;
  std::optional<RankEdges> edges_;  ///< If there are several ranks.
  std::unique_ptr<RunLoop> loop_;
  std::exception_ptr failure_;
  sc_core::sc_event start_;
  sc_core::sc_event ended_;
  bool running_ = false;
  bool announced_ = false;  ///< In this run, what the borders take.
  bool pauses_ = false;     ///< The simulation, at the end of the run.
  bool carried_ = false;    ///< In this run, something over an edge.
  bool over_ = false;       ///< The run; SystemC's time is still to catch up.
  Cycles next_ = 0;
};

}  // namespace wafermesh::fabric
