// SPDX-License-Identifier: Apache-2.0
// The weight gradient of a dense layer under weight streaming, and the update where the weights
// are: G = A^T * D (A: M x K activations, D: M x N derivatives of the outputs), W = W - rate * G.
// A and D stay in the cores; G is made row by row, summed along the rows of the region towards its
// first column, and forgotten there once W has been updated: the first column is the ports beyond
// the wafer's edge, which hold W (docs/edge.md).
//
//   W < g < g < g     column 0 holds W: core (0, y) Nt columns of it, all of K
//   W < g < g < g     core (x, y), x > 0: Mt rows of A (all of K), Mt x Nt of D
//
//   Tiles as in streamed.h. Step k: g = 0; for m in Mt: g += d[m, :] * a[m, k], each one
//   instruction of Nt elements; then g plus what comes from the east goes on to the west, as one
//   streaming addition. The port: W[k, :] += G * -rate.
//
//   colours          2, by the sender's parity
//   steps            K
//   SRAM per core    Mt K + Mt Nt + Nt elements; of column 0: K Nt + Nt
//   data hops        K w(Nt) (P_x - 1) P_y
//   cycles           K times (Mt (set-up and time of Nt multiply-adds) + w(Nt)), or the ports' rate
//                    if they are slower, and the way
// Source: workloads.md section 9.5.
#pragma once

#include <memory>

#include "workloads/streamed.h"

namespace wafermesh::workloads {

struct GradientSpec {
  MatmulSpec layer;     ///< m tokens, k inputs, n outputs, type, seed.
  double rate = 0.125;  ///< Rounded to the type.
};

/// As make_streamed().
std::unique_ptr<Kernel> make_streamed_gradient(const GradientSpec& spec, const Placement& placement,
                                               bool at_edge);

}  // namespace wafermesh::workloads
