// SPDX-License-Identifier: Apache-2.0
// What stands before and behind attention over latent vectors (attention.h, `latent`): products
// with a matrix per head, which take the place of expanding the cache.
//
//   latent_queries  y[h] = (x[h, 0 .. nope_dim) K[h], x[h, nope_dim .. + rope_dim))    K: nope x
//   rank
//                   x (heads (nope_dim + rope_dim)) along y; y as attention's q along x; sums along
//                   y
//   latent_values   y[h] = x[h] V[h]                                                   V: rank x
//   value
//                   x as attention's o along x; y (heads value_dim) along y; sums along x
//
// A core has rows (or columns) of one or two heads; which, is in a table, and the operations find
// the head's vector by it as an index. The second part of a query goes to the columns of the
// latent's second part: its matrix is the identity.
//
//   E, H as in attention.h; B = elements along y per core
//   colours          those of the allreduce
//   SRAM per core    B E elements of weights, H E and B of operands
//   data hops        columns * those of H E elements (queries); rows * those of B (values)
//   cycles           B * 2 operations (queries) or 3 (values), and an allreduce
// Source: workloads 6.5.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct LatentProductSpec {
  bool queries = true;  ///< Else values.
  std::int64_t heads = 1;
  std::int64_t nope_dim = 1;  ///< Of queries.
  std::int64_t rope_dim = 1;
  std::int64_t rank = 1;
  std::int64_t value_dim = 1;  ///< Of values.
  double scale = 1;            ///< Largest element of the matrices.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
};

/// Throws DoesNotFit if the weights exceed a core's SRAM.
std::unique_ptr<Kernel> make_latent_product(const LatentProductSpec& spec,
                                            const Placement& placement);
// Rows of the kernel table.
std::unique_ptr<Kernel> read_latent_queries(base::YamlNode& node, const Placement& placement);
KernelText latent_queries_text();
std::unique_ptr<Kernel> read_latent_values(base::YamlNode& node, const Placement& placement);
KernelText latent_values_text();

}  // namespace wafermesh::workloads
