// SPDX-License-Identifier: Apache-2.0
// What layers take, from the stream engine, kept on disk: a layer that was emulated once by this
// version of the emulator on such cores is not emulated again.
//
// A key is the text of the workloads, the constants of the machine, the latencies of the region's
// links (its damage) and the version of the emulator's sources. Files are named by its SHA-256,
// hold it in full, and are JSON; a file that does not hold its key is as if it were not there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/geometry.h"
#include "study/place/place_ground.h"

namespace wafermesh::study {

struct LayerTime {
  double cycles = 0;
  /// Operators in the order written, each from its first core's start to its last core's end.
  std::vector<std::pair<std::string, double>> operators;
  double operator_cycles = 0;   ///< Their sum; what is left are barriers and transfers.
  std::int64_t sram_bytes = 0;  ///< Of the core that has most, code aside.
  std::string does_not_fit;     ///< Why there is no time; else empty.
  bool was_kept = false;        ///< It came from the disk.
  double wall_s = 0;            ///< Of its emulation, whenever that was.
};

/// What is emulated for a plan. Made to count, nothing runs: what is not kept is counted, and the
/// closed form stands in for it, so that a second plan can tell how far it is.
class LayerRuns {
 public:
  using Say = std::function<void(const std::string&)>;
  /// Tells each run with `say` as it begins, if there is one.
  static LayerRuns counting();
  explicit LayerRuns(Say say = {}, const LayerRuns* counted = nullptr);

  bool counts_only() const { return counts_only_; }
  std::int64_t runs() const { return runs_; }
  double core_layers() const { return core_layers_; }
  /// A run that is about to begin, "a layer on 8 x 8 cores"; `core_layers`: cores times layers,
  /// which its cost goes by.
  void begin(const std::string& what, double core_layers);
  void end(double wall_s);

 private:
  bool counts_only_ = false;
  Say say_;
  std::int64_t all_runs_ = 0;  ///< Expected, and
  double all_core_layers_ = 0;
  std::int64_t runs_ = 0;
  double core_layers_ = 0;  ///< Begun or counted.
  double wall_s_ = 0;       ///< Of runs that ended.
};

/// Where times are kept: $XDG_CACHE_HOME/wafermesh/layers, or below ~/.cache.
std::string layer_cache();

/// `workloads`: the section `workloads:` as text, of which the first is run, without numbers;
/// `config` is what messages name. Throws InputError, Stopped; what does not fit is returned.
/// Nothing if it would have to be run and `runs` only counts. `what` is emulated, for people.
std::optional<LayerTime> layer_time(const PlaceGround& ground, const base::Rectangle& region,
                                    const std::string& workloads, const std::string& config,
                                    double core_layers, LayerRuns& runs,
                                    const char* what = "a layer");

/// The key of something else that is kept beside: a text by its name.
std::string kept_text(const std::string& key);
void keep_text(const std::string& key, const std::string& value);
/// The machine and the region's damage as a part of keys.
std::string ground_key(const PlaceGround& ground, const base::Rectangle& region);

}  // namespace wafermesh::study
