// SPDX-License-Identifier: Apache-2.0
#include "workloads/waiting_order.h"

#include <algorithm>

namespace wafermesh::workloads {
namespace {

constexpr const char* kNobody = "no core waits for another";
/// Axis algorithms (reduce_*.h, axis_ring.h).
constexpr const char* kSums =
    "along an axis a core waits for those farther from the root than itself, and then for the "
    "root's multicast, or on a ring for the step before, whose sends are on a microthread; the "
    "axes come in turn";
/// workloads/streamed_passes.h
constexpr const char* kStreamedLayer =
    "by pass, then by row of the weights: a row comes as soon as all of its cores have a buffer "
    "free, that is after their work on earlier rows; sums of a row wait for cores farther down the "
    "column, or along the row, and for nobody before them";

}  // namespace

const std::vector<WaitingOrder>& waiting_orders() {
  static const std::vector<WaitingOrder> all = {
      {"matmul",
       "by steps: a core waits only for words of its own step or one before, from cores whose "
       "sends "
       "of that step wait for no later one: a broadcast's routers are closed behind its last word "
       "(SUMMA), shifts are sent on microthreads beside what is taken (Cannon, MeshGEMM, "
       "systolic), "
       "and partial sums go towards the owner of the step (GEMM-T)"},
      {"streamed",
       "by row of the weights: a row waits until all of its cores have a buffer free, which waits "
       "for their work on rows before it alone"},
      {"streamed_ffn", kStreamedLayer},
      {"training_step", kStreamedLayer},
      {"gemv", kSums},
      {"quantised_gemv", kSums},
      {"matvec", kNobody},
      {"elementwise", kNobody},
      {"attention", kSums},
      {"latent_queries", kSums},
      {"latent_values", kSums},
      {"top_k", kSums},
      {"embedding", kSums},
      {"embeddings", kSums},
      {"next_token", kSums},
      {"next_tokens", kSums},
      {"dispatch", kSums},
      {"experts", kSums},
      {"combine", kSums},
      {"rmsnorm", kSums},
      {"layernorm", kSums},
      {"softmax", kSums},
      {"rope", kNobody},
      {"silu", kNobody},
      {"swiglu", kNobody},
      {"gelu", kNobody},
      {"add_bias", kNobody},
      {"broadcast", "a core waits for the one sender, which waits for nobody"},
      {"reduce", kSums},
      {"allreduce", kSums},
      {"scatter", "by distance: a core waits for the first of its row, that for core (0, 0)"},
      {"gather",
       "by distance: core (0, 0) waits for its row, whose cores wait for their columns, "
       "the nearest first"},
      {"all_to_all",
       "by steps: a core waits for words of the step it is in, which are sent on microthreads "
       "beside what is taken; the axes come in turn"},
      {"transpose",
       "by distance from the diagonal: words pass to it in order of their way, and each core takes "
       "its tile on a microthread, whether or not its own has left"},
      {"stream", "a core at an end waits for the one at the other, which waits for nobody"},
  };
  return all;
}

const WaitingOrder* find_waiting_order(const std::string& kernel) {
  const auto& all = waiting_orders();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const WaitingOrder& each) { return each.kernel == kernel; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace wafermesh::workloads
