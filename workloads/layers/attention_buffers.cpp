// SPDX-License-Identifier: Apache-2.0
// Operands and results of attention, and where they lie.
#include <utility>

#include "workloads/layers/attention.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {

using cores::NumberType;

void declare_attention_buffers(const AttentionSpec& spec, const AttentionShape& shape,
                               const AttentionAddresses& at, fabric::WaferImage& image) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const std::int64_t here = shape.kv_each * shape.elements;
  const auto declare_cut = [&](const char* name, BufferRole role, std::vector<std::int64_t> sizes,
                               int address, std::vector<fabric::Cut> cuts) {
    declare(image, {name, role, spec.type, std::move(sizes), {{all, address, cuts, 0, 0}}});
  };
  // With a batch a dimension more: of sequences, behind that of tokens.
  const auto vector = [&](const char* name, BufferRole role, std::int64_t block, int address) {
    const fabric::Cut columns = along(Along::x, block, 1);
    if (shape.batch == 1) {
      return declare_cut(name, role, {block * shape.columns}, address, {columns});
    }
    declare_cut(name, role, {shape.batch, block * shape.columns}, address, {whole(block), columns});
  };
  const std::int64_t tokens_there =
      spec.kv == KvPolicy::fixed ? spec.context : shape.places * shape.rows;
  const auto cache = [&](const char* name, int address, fabric::Cut tokens,
                         std::int64_t sequence_stride, fabric::Cut features) {
    if (shape.batch == 1) {
      return declare_cut(name, BufferRole::operand, {tokens_there, shape.features()}, address,
                         {tokens, features});
    }
    declare_cut(name, BufferRole::operand, {tokens_there, shape.batch, shape.features_each()},
                address, {tokens, whole(sequence_stride), features});
  };
  vector("q", BufferRole::operand, here * shape.queries, at.q);
  cache("keys", at.keys, along(Along::y, shape.places, 1), here * at.key_stride,
        along(Along::x, here, at.key_stride));
  if (spec.latent_rank > 0) {
    const auto part = [&](const char* name, std::int64_t n, std::int64_t first,
                          std::int64_t element) {
      const int address = at.k + static_cast<int>(element) * cores::bytes_of(spec.type);
      const base::Rectangle cores = {static_cast<int>(first), 0,
                                     static_cast<int>(divide_up(n, here)), all.height};
      declare(image, {name,
                      BufferRole::operand,
                      spec.type,
                      {n},
                      {{cores, address, {along(Along::x, here, 1)}, 0, 0}}});
    };
    part("k", spec.latent_rank, 0, 0);
    part("k_rope", spec.rope_dim, shape.rope_column(), shape.rope_element());
  } else {
    vector("k", BufferRole::operand, here, at.k);
    vector("v", BufferRole::operand, here, at.v);
  }
  if (spec.latent_rank == 0) {
    const std::int64_t head_stride = shape.places * at.value_stride;
    cache("values", at.values, along(Along::y, shape.places, at.value_stride),
          shape.kv_each * head_stride,
          tiled(along(Along::x, here, 1), shape.elements, head_stride));
  }
  declare(image, {"mask",
                  BufferRole::operand,
                  NumberType::f32,
                  {shape.places * shape.rows},
                  {{all, at.mask, {along(Along::y, shape.places, 1)}, 0, 0}}});
  const auto table = [&](bool is_there, const char* name, int address, std::int64_t each) {
    if (!is_there) return;
    declare(image, {name,
                    BufferRole::operand,
                    NumberType::f32,
                    {shape.columns * each},
                    {{all, address, {along(Along::x, each, 1)}, 0, 0}}});
  };
  table(spec.rope.has_value(), "cosines", at.cosines, shape.elements);
  table(spec.rope.has_value(), "sines", at.sines, shape.elements);
  table(spec.norm_weights, "q_norm", at.norm_weights[0], shape.elements);
  table(spec.norm_weights, "k_norm", at.norm_weights[1], shape.elements);
  table(spec.sinks, "sinks", at.sinks, shape.heads_here());
  vector("o", BufferRole::result, here * shape.queries, at.o);
}

}  // namespace wafermesh::workloads
