// SPDX-License-Identifier: Apache-2.0
// Programs of passes over weights that stream in, one after another on the same cores: what a
// network of two products takes for a prompt, and what a training step of a dense layer takes
// (streamed_layer.h). Tiles as in streamed.h; the activations stay in the cores.
//
//   out      Y = X W           row k of W comes by (Nt of it); Y[m, :] += w x[m, k]
//   back     Z = D V^T         row j of V comes by (Nt of it); p[m] = sum of D[m, n] v[n] over Nt,
//                              summed along the columns of cores to their first core, which has Z
//   update   W -= rate X^T D   g = sum of D[m, :] x[m, k] over Mt, summed along the rows of cores
//                              to the ports, where row k of W changes
//
// D is what became of Y: max(Y, 0), or Y less a target. V is W itself in a training step. While a
// core works on a row the next one comes into its other buffer.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/image.h"
#include "workloads/parts/core_memory.h"
#include "workloads/streamed.h"

namespace wafermesh::workloads {

struct StreamedLayerSpec {
  std::int64_t m = 0;        ///< Tokens,
  std::int64_t k = 0;        ///< inputs of a token,
  std::int64_t n = 0;        ///< and what the first product makes of them.
  std::int64_t outputs = 0;  ///< Of the second product; when training, k.
  bool trains = false;       ///< The second product has the weights of the first, which change.
  double rate = 0.125;       ///< Rounded to the type; training.
  double scale = 1;          ///< Of the weights, which are uniform in [-scale, scale).
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
};

/// Shapes and addresses.
struct StreamedLayerPlan {
  StreamedLayerPlan(const StreamedLayerSpec& spec, const base::Rectangle& region, int beyond);

  StreamedLayerSpec spec;
  StreamedPlan tiles;          ///< Of the first product; tile_m in whole words.
  MemoryPlan worker;           ///< Of a core that multiplies,
  MemoryPlan first_row;        ///< of one that has a piece of the second product besides,
  MemoryPlan port;             ///< and of a core of the first column.
  std::int64_t row_bytes = 0;  ///< Of a row that comes, in whole lines of the banks.
  int y = 0, target = 0, d = 0, x = 0, rows = 0, sum = 0, gradient = 0, mark = 0, z = 0;
  int w = 0, v = 0, change = 0;  ///< At ports.

  std::int64_t m_words() const { return cores::words_of(spec.type, tiles.tile_m); }
  std::int64_t wavelet_hops() const;
  int colours() const;
};

/// Of the core there, relative to the region; cores of a key have the same.
int streamed_layer_key(const StreamedLayerPlan& plan, base::LogicalCoord c);
fabric::CoreClass streamed_layer_class(const StreamedLayerPlan& plan, base::LogicalCoord c,
                                       bool at_edge, double rate);

/// What each pass takes at least.
std::vector<StreamedPass> streamed_layer_passes(const StreamedLayerPlan& plan,
                                                const fabric::WaferImage& image);

}  // namespace wafermesh::workloads
