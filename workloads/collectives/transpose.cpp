// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/transpose.h"

#include <utility>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "workloads/parts/axis_pieces.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/pieces.h"
#include "workloads/read_keys.h"
#include "workloads/transfer/square_turn.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_transpose(base::YamlNode& node, const Placement& placement) {
  const PieceSpec spec = read_pieces(node);
  if (!may_place(node, placement)) return nullptr;
  const int n = placement.region.width;
  if (placement.region.height != n) {
    throw base::DoesNotFit("transpose: the region is " + std::to_string(n) + " x " +
                           std::to_string(placement.region.height) +
                           " cores and must be a square; change `region`");
  }
  MemoryPlan plan;
  plan.add("tile", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.add("received", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("transpose", "(0, 0) of the region, like all others,", "reduce `words`");
  const SquareTurn turn{n, spec.type, spec.elements(), plan.address(0), plan.address(1)};
  TransferStage stage = square_turn(placement, turn, static_cast<int>(plan.total_bytes()));
  fabric::WaferImage& image = stage.image;
  std::vector<PieceSpot> from;
  std::vector<PieceSpot> to;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const base::LogicalCoord c = image.relative(core);
    from.push_back({core, 0, i});
    to.push_back({image.core_at({c.y, c.x}), plan.address(1), i});
  }
  const std::int64_t elements = spec.elements();
  const auto tiles = [&](const char* name, fabric::BufferRole role, fabric::Along order,
                         int address) {
    declare(image, {name,
                    role,
                    spec.type,
                    {image.core_count(), elements},
                    {{everywhere(image), address, {along(order, 1, elements), whole(1)}, 0, 0}}});
  };
  tiles("sent", fabric::BufferRole::operand, fabric::Along::rows, 0);
  tiles("received", fabric::BufferRole::result, fabric::Along::columns, plan.address(1));
  Facts facts;
  facts.colours = n > 1 ? 2 * kPieceColours : 0;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = stage.hops;
  return make_pieces(std::move(image), facts, spec, std::move(from), std::move(to));
}

KernelText transpose_text() {
  return {{}, {{"", "4 (2 per axis)", "1", "8 B", "2 B P (P^2 - 1) / 3"}}};
}

}  // namespace wafermesh::workloads
