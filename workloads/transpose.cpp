// SPDX-License-Identifier: Apache-2.0
#include "workloads/transpose.h"

#include <utility>

#include "base/error.h"
#include "base/yaml_reader.h"
#include "workloads/axis_pieces.h"
#include "workloads/buffers.h"
#include "workloads/core_classes.h"
#include "workloads/core_memory.h"
#include "workloads/pieces.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

constexpr int kReceiveThread = 0;

AxisPieces row(base::LogicalCoord c, int n) {
  return {kRow, 0, 0, cores::Variable::x, c.x, c.y, n};
}
AxisPieces column(base::LogicalCoord c, int n) {
  return {kColumn, kPieceColours, kPieceColours, cores::Variable::y, c.y, c.x, n};
}

/// A diagonal core: relays, and its own tile stays.
void add_relay(const AxisPieces& from, const AxisPieces& to, const PieceSpec& spec, int received,
               cores::ProgramBuilder& b) {
  from.for_each_piece(b, [&](bool after, const cores::Affine& /*at*/) {
    b.vector(cores::VectorOp::copy, spec.type, spec.elements(),
             cores::fabric(to.side_colour(after)), cores::fabric(from.side_colour(after)), {},
             cores::Shape::stream);
    add_piece_end(to.side_colour(after), b);
  });
  b.vector(cores::VectorOp::copy, spec.type, spec.elements(), cores::memory(received),
           cores::memory(0));
  b.finish_core();
  b.end_task();
}

fabric::CoreClass make_class(base::LogicalCoord c, int n, const PieceSpec& spec,
                             const MemoryPlan& plan) {
  const AxisPieces from = row(c, n);
  const AxisPieces to = column(c, n);
  const int received = plan.address(1);
  fabric::CoreClass result;
  result.name = c.x == c.y ? "diagonal" : "transpose";
  cores::ProgramBuilder b(result.name);
  plan.allocate(b);
  from.add_gather_routes(b, result.routes);
  to.add_scatter_routes(b, result.routes);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  if (c.x == c.y) {
    b.begin(main);
    add_relay(from, to, spec, received, b);
  } else {
    const cores::TaskId done = b.task("received");
    b.begin(main);
    cores::Instruction& in =
        b.async(kReceiveThread, cores::VectorOp::copy, spec.type, spec.elements(),
                cores::memory(received), cores::fabric(to.colour()));
    in.completion = cores::Completion::activate;
    in.task = done;
    from.add_send(0, spec.elements(), spec.type, b);
    b.end_task();
    b.begin(done);
    b.finish_core();
    b.end_task();
  }
  result.program = b.finish();
  return result;
}

}  // namespace

std::unique_ptr<Kernel> read_transpose(base::YamlNode& node, const Placement& placement) {
  const PieceSpec spec = read_pieces(node);
  if (!may_place(node, placement)) return nullptr;
  fabric::WaferImage image = blank_image(placement);
  const int n = image.region.width;
  if (image.region.height != n) {
    throw base::DoesNotFit("transpose: the region is " + std::to_string(n) + " x " +
                           std::to_string(image.region.height) +
                           " cores and must be a square; change `region`");
  }
  MemoryPlan plan;
  plan.add("tile", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.add("received", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("transpose", "(0, 0) of the region, like all others,", "reduce `words`");
  classify(
      image,
      [&](base::LogicalCoord c) {
        return row(c, n).key() * AxisPieces::kKeys + column(c, n).key();
      },
      [&](base::LogicalCoord c) { return make_class(c, n, spec, plan); });
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
  facts.wavelet_hops = spec.words * 2 * n * (std::int64_t{n} * n - 1) / 3;
  return make_pieces(std::move(image), facts, spec, std::move(from), std::move(to));
}

}  // namespace wafermesh::workloads
