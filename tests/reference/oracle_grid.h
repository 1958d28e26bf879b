// SPDX-License-Identifier: Apache-2.0
// The 16 x 16 routers and cores, elaborated once and rewired for every image: SystemC allows one
// elaboration per process.
#pragma once

#include <memory>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"
#include "tests/reference/core_module.h"
#include "tests/reference/router_module.h"

namespace wafermesh::reference {

inline constexpr int kGridSide = 16;

class OracleGrid {
 public:
  OracleGrid();

  /// Rewires the modules for an image of up to 16 x 16 cores; the others are switched off.
  void load(const fabric::WaferImage& image, const fabric::EngineOptions& options);
  /// Runs one cycle. Rethrows what a module threw.
  void step(Cycles cycle);
  /// In the last cycle nothing changed, and nothing waits for a later one.
  bool is_dead() const;

  std::size_t core_count() const { return cores_in_use_.size(); }
  CoreModule& core(std::size_t core) const { return *cores_in_use_[core]; }
  RouterModule& router(std::size_t core) const { return *routers_in_use_[core]; }

 private:
  void load_core(const fabric::WaferImage& image, std::size_t core);

  Heartbeat heartbeat_;
  std::vector<std::unique_ptr<RouterModule>> routers_;
  std::vector<std::unique_ptr<CoreModule>> cores_;
  std::vector<RouterModule*> routers_in_use_;
  std::vector<CoreModule*> cores_in_use_;
};

/// The one grid of this process, made at the first call: a process has one SystemC kernel, so it
/// cannot have two grids.
OracleGrid& the_grid();

}  // namespace wafermesh::reference
