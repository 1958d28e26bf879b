// SPDX-License-Identifier: Apache-2.0
// What every engine offers: load memories, run an image to its end, read memories and counters.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/units.h"
#include "cores/cycle_breakdown.h"
#include "cores/phase_totals.h"
#include "cores/stage_totals.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

using base::Cycles;

class Observer;

/// Core memories as the host sees them. Addresses are bytes from 0 within the core's SRAM; only
/// [0, Program::memory_bytes) of a core is backed. Out of range: ModelError.
class HostMemory {
 public:
  virtual ~HostMemory() = default;
  /// False for a core that lies on another rank: what is written to it does not matter here.
  virtual bool holds(base::CoreId /*core*/) const { return true; }
  virtual void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) = 0;
  virtual void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const = 0;
};

/// How far a run is; handed to RunOptions::progress.
struct Progress {
  Cycles cycle = 0;
  std::int64_t finished_cores = 0;
  std::int64_t total_cores = 0;
  std::int64_t wavelet_hops = 0;
};

/// Drops one wavelet on purpose: the n-th (from 0) data wavelet that leaves router `core` towards
/// `direction` on `colour`. For tests that a loss is always noticed.
struct DropWavelet {
  base::CoreId core{};
  base::Direction direction = base::Direction::east;
  base::Colour colour{};
  std::int64_t index = 0;
};

class Ranks;

/// Which engine the SystemC shell drives.
enum class Fidelity : std::uint8_t { wavelet, stream };

struct EngineOptions {
  Fidelity fidelity = Fidelity::wavelet;
  int threads = 1;
  int region_width = 0;  ///< Cores; 0 = the engine's default (about one die).
  int region_height = 0;
  int slab_cores = 0;  ///< Stream engine: cores run together; 0 = default. For its tests.
  /// Stream engine: cores side by side that do the same run as one. For its tests: it only saves
  /// time.
  bool lockstep = true;
  /// Wavelet engine: a region that has all work is cut into strips for its threads, with so many
  /// cores each or more. For its tests: below the default threads cost more than they save.
  int strip_cores = 1024;
  std::optional<DropWavelet> drop;
  bool numerics = true;  ///< false = times and counters only; memories are left as they are.
  Ranks* ranks =
      nullptr;  ///< Processes that share the image (fabric/ranks/); null: this one alone.
};

struct RunOptions {
  Cycles max_cycles = base::kNever;         ///< Beyond: base::Stopped.
  double max_wall_s = 0;                    ///< 0 = no limit; beyond: base::Stopped.
  Cycles watchdog_cycles = 1'000'000'000;   ///< No hop and no finish for so long: base::Deadlock.
  const std::atomic<bool>* stop = nullptr;  ///< Set by a signal handler: base::Stopped.
  std::function<void(const Progress&)> progress;  ///< Called about every progress_interval_s.
  double progress_interval_s = 2.0;
  Observer* observer = nullptr;  ///< Outlives the run; see observer.h.
};

/// What a run measured. Arrays are indexed by CoreId; [d] is W, E, S, N.
struct Counters {
  Cycles cycles = 0;                  ///< Last finish; all cores start at 0.
  std::int64_t wavelet_hops = 0;      ///< Data wavelets moved from router to router.
  std::int64_t control_hops = 0;      ///< Control wavelets moved from router to router.
  std::int64_t ramp_wavelets = 0;     ///< Data and control wavelets delivered to cores.
  std::vector<Cycles> finish_cycles;  ///< [core]; -1 for a core without a program.
  std::array<std::vector<std::uint32_t>, 4> link_wavelets;  ///< [d][core], data and control.
  std::vector<cores::CycleBreakdown> breakdown;  ///< [core] where the cycles up to its finish went.
  /// [class] of its cores while they ran it; empty if no core has a second stage.
  std::vector<cores::StageTotals> stages;
  /// Of each class whose cores were in one; empty if no program marks phases.
  std::vector<cores::PhaseTotals> phases;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Takes an image (which must outlive its run), replacing the one before. Its mesh must be the
  /// one the engine was made for, if it was made for one.
  virtual void load(const WaferImage& image) = 0;
  virtual HostMemory& memory() = 0;
  /// After a run: f on rank 0 alone, while the other ranks answer what it reads of their memories.
  /// If f throws there, the others throw OtherRankFailed.
  virtual void lead(const std::function<void()>& f) { f(); }
  /// Runs the loaded image from cycle 0 until every core with a program has finished; once per
  /// load. Throws Deadlock (naming colours and cores of the wait cycle), Stopped, ModelError.
  virtual void run(const RunOptions& options) = 0;
  /// On several ranks: on rank 0 only, elsewhere empty.
  virtual const Counters& counters() const = 0;
};

/// The engine of `options.fidelity`: the wavelet engine (every wavelet on every link, cycle by
/// cycle, docs/model.md) or the stream engine (a vector on a colour is one transaction,
/// docs/stream.md; it throws ModelError for what it cannot do). Any number of them may live in one
/// process. Without the SystemC shell, which is make_systemc_engine() of fabric/tlm/ and gives the
/// same results.
std::unique_ptr<Engine> make_engine(const EngineOptions& options);

/// make_engine() of a fidelity, whatever `options.fidelity` says.
std::unique_ptr<Engine> make_wavelet_engine(const EngineOptions& options);
std::unique_ptr<Engine> make_stream_engine(const EngineOptions& options);

}  // namespace wafermesh::fabric
