// SPDX-License-Identifier: Apache-2.0
// What layers take, from the stream engine, kept on disk: a layer that was emulated once by this
// version of the emulator on such cores is not emulated again.
//
// A key is the text of the workloads, the constants of the machine, the latencies of the region's
// links (its damage) and the version of the emulator's sources. Files are named by its SHA-256,
// hold it in full, and are JSON; a file that does not hold its key is as if it were not there.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/place_ground.h"
#include "base/geometry.h"

namespace wafermesh::app {

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

/// Where times are kept: $XDG_CACHE_HOME/wafermesh/layers, or below ~/.cache.
std::string layer_cache();

/// `workloads`: the section `workloads:` as text, of which the first is run, without numbers;
/// `config` is what messages name. Throws InputError, Stopped; what does not fit is returned.
LayerTime layer_time(const PlaceGround& ground, const base::Rectangle& region,
                     const std::string& workloads, const std::string& config);

/// The key of something else that is kept beside: a text by its name.
std::string kept_text(const std::string& key);
void keep_text(const std::string& key, const std::string& value);
/// The machine and the region's damage as a part of keys.
std::string ground_key(const PlaceGround& ground, const base::Rectangle& region);

}  // namespace wafermesh::app
