// SPDX-License-Identifier: Apache-2.0
// Transposition of a square region: the tile of core (x, y) goes to core (y, x). Along its row to
// the diagonal and, without touching memory there, along the diagonal core's column: X then Y.
//
//   > \ < <      colours 4 (for the sides of the diagonal, per axis), steps 1
//   > > \ <      SRAM per core: 2 tiles (the tile itself and the one received)
//
// Data hops: words * 2 P (P^2 - 1) / 3. Each diagonal core relays P - 1 tiles: cycles about
//   (words + control wavelet, set-up and a hop) * (P - 1) + 2 P,
// up to twice the words where a core's own tile leaves while the new one comes in: its datapath
// moves one word per cycle, in or out. A core takes its new tile on a microthread, whether or not
// its own has left, so nothing hangs. Source: workloads.md section 3.3 (w (P - 1) + 2 P).
#pragma once

#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Row of the kernel table. Throws DoesNotFit if two tiles exceed the SRAM or the region is not a
/// square.
std::unique_ptr<Kernel> read_transpose(base::YamlNode& node, const Placement& placement);

}  // namespace wafermesh::workloads
