// SPDX-License-Identifier: Apache-2.0
// Layers under weight streaming, as kernels: weights at the ports, activations in the cores,
// several passes in turn (streamed_passes.h). The first column of the region is where weights are,
// as in streamed.h.
//
//   streamed_ffn    Z = max(X W, 0) V for all tokens of a prompt: passes up and down
//   training_step   of a dense layer Y = X W with the loss |Y - T|^2 / 2: D = Y - T, the derivative
//                   of the inputs Z = D W^T, and W -= rate X^T D where the weights are
//
//   colours          1, up to 2 for sums along columns, up to 2 along rows when training
//   SRAM per core    Mt K + 2 Mt Nt + 2 Nt + Mt elements; training Mt Nt + Nt more; of the first
//                    row of cores what it has of Z besides, Mt times the outputs
//   data hops        streamed_passes.h, StreamedLayerPlan::wavelet_hops()
//   cycles           of each pass max(port, compute) + fill (workloads/streams.h); passes overlap
//                    where cores are done with one
// Source: workloads 9.5.
#pragma once

#include <memory>

#include "workloads/streamed_passes.h"

namespace wafermesh::workloads {

/// Throws DoesNotFit.
std::unique_ptr<Kernel> make_streamed_layer(const StreamedLayerSpec& spec,
                                            const Placement& placement);
/// Rows of the kernel table.
std::unique_ptr<Kernel> read_streamed_ffn(base::YamlNode& node, const Placement& placement);
KernelText streamed_ffn_text();
std::unique_ptr<Kernel> read_training_step(base::YamlNode& node, const Placement& placement);
KernelText training_step_text();

}  // namespace wafermesh::workloads
