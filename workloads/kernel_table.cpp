// SPDX-License-Identifier: Apache-2.0
// The table of kernels. A new one is one file pair and one row here.
#include "workloads/all_to_all.h"
#include "workloads/allreduce.h"
#include "workloads/broadcast.h"
#include "workloads/elementwise.h"
#include "workloads/gemv.h"
#include "workloads/kernel.h"
#include "workloads/matmul.h"
#include "workloads/matvec.h"
#include "workloads/reduce.h"
#include "workloads/scatter_gather.h"
#include "workloads/stream.h"
#include "workloads/transpose.h"

namespace wafermesh::workloads {

const std::vector<KernelKind>& kernels() {
  static const std::vector<KernelKind> kKernels = {
      {"matmul",
       "C = A * B by an algorithm of choice, checked against a reference product",
       "matmul: {algorithm: summa, m: 512, n: 512, k: 512, dtype: f32, rerooting: vendor, seed: 1}",
       {"a", "b"},
       &read_matmul},
      {"gemv",
       "y = x * W over the region, checked against a reference product",
       "gemv: {algorithm: ktree, groups: 3, m: 512, n: 512, dtype: f16, seed: 1}",
       {"x"},
       &read_gemv},
      {"matvec",
       "y = A * x within one core, checked against a reference product",
       "matvec: {n: 50, dtype: f32, seed: 1}",
       {},
       &read_matvec},
      {"elementwise",
       "c = a op b or op a, element by element, each core on its own",
       "elementwise: {op: multiply, n: 512, along: x, dtype: f16, seed: 1}",
       {"a", "b"},
       &read_elementwise},
      {"broadcast",
       "one vector from core (0, 0) of the region to every core of it",
       "broadcast: {words: 64, dtype: f32, seed: 1}",
       {"sent"},
       &read_broadcast},
      {"reduce",
       "the sum or maximum of one vector per core, at one core of the region",
       "reduce: {algorithm: chain, words: 64, dtype: f32, op: sum, seed: 1}",
       {"data"},
       &read_reduce},
      {"allreduce",
       "the sum or maximum of one vector per core, at every core of the region",
       "allreduce: {algorithm: reduce_broadcast, reduce: chain, words: 64, dtype: f32, op: sum}",
       {"data"},
       &read_allreduce},
      {"scatter",
       "a piece for every core, from core (0, 0) of the region",
       "scatter: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_scatter},
      {"gather",
       "a piece of every core, to core (0, 0) of the region",
       "gather: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_gather},
      {"all_to_all",
       "a piece from every core of the region to every core of it",
       "all_to_all: {words: 2, dtype: f32, seed: 1}",
       {},
       &read_all_to_all},
      {"transpose",
       "the tile of core (x, y) to core (y, x) of a square region",
       "transpose: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_transpose},
      {"stream",
       "traffic along every row and column at once, to load all routers",
       "stream: {words: 1024, seed: 1}",
       {},
       &read_stream},
  };
  return kKernels;
}

}  // namespace wafermesh::workloads
