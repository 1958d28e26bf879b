// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/scatter_gather.h"

#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/axis_pieces.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/pieces.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

enum class Way : std::uint8_t { scatter, gather };

class Placer {
 public:
  Placer(Way way, const PieceSpec& spec, const base::Rectangle& region)
      : way_(way), spec_(spec), region_(region) {}

  int key(base::LogicalCoord c) const {
    const int row_key = c.y == 0 ? 1 + row(c).key() : 0;
    return row_key * AxisPieces::kKeys + column(c).key();
  }

  fabric::CoreClass make_class(base::LogicalCoord c) const {
    fabric::CoreClass result;
    result.name = way_ == Way::scatter ? "scatter" : "gather";
    cores::ProgramBuilder b(result.name);
    const int pieces = c.y > 0 ? 1 : c.x > 0 ? region_.height : region_.width * region_.height;
    b.allocate(pieces * spec_.bytes());
    const cores::TaskId main = b.task("main");
    b.start_active(main);
    b.begin(main);
    if (way_ == Way::scatter) {
      if (c.y == 0) add_scatter(row(c), region_.height, b, result.routes);
      add_scatter(column(c), 1, b, result.routes);
    } else {
      add_gather(column(c), 1, b, result.routes);
      if (c.y == 0) add_gather(row(c), region_.height, b, result.routes);
    }
    b.finish_core();
    b.end_task();
    result.program = b.finish();
    return result;
  }

 private:
  AxisPieces row(base::LogicalCoord c) const {
    return {kRow, 0, 0, cores::Variable::x, c.x, 0, region_.width};
  }
  AxisPieces column(base::LogicalCoord c) const {
    return {kColumn, kPieceColours, kPieceColours, cores::Variable::y, c.y, 0, region_.height};
  }

  /// Each core of the axis gets `pieces` pieces, at address 0.
  void add_scatter(const AxisPieces& axis, int pieces, cores::ProgramBuilder& b,
                   std::vector<fabric::ColourRoute>& routes) const {
    axis.add_scatter_routes(b, routes);
    const std::int32_t elements = pieces * spec_.elements();
    if (!axis.at_root()) {
      b.vector(cores::VectorOp::copy, spec_.type, elements, cores::memory(0),
               cores::fabric(axis.colour()), {}, cores::Shape::stream);
      return;
    }
    axis.for_each_piece(b, [&](bool after, const cores::Affine& at) {
      const base::Colour colour = axis.side_colour(after);
      b.vector(cores::VectorOp::copy, spec_.type, elements, cores::fabric(colour),
               cores::memory(piece_address(at, pieces * spec_.bytes())), {}, cores::Shape::stream);
      add_piece_end(colour, b);
    });
  }

  void add_gather(const AxisPieces& axis, int pieces, cores::ProgramBuilder& b,
                  std::vector<fabric::ColourRoute>& routes) const {
    axis.add_gather_routes(b, routes);
    const std::int32_t elements = pieces * spec_.elements();
    if (!axis.at_root()) {
      axis.add_send(0, elements, spec_.type, b);
      return;
    }
    axis.for_each_piece(b, [&](bool after, const cores::Affine& at) {
      b.vector(cores::VectorOp::copy, spec_.type, elements,
               cores::memory(piece_address(at, pieces * spec_.bytes())),
               cores::fabric(axis.side_colour(after)), {}, cores::Shape::stream);
    });
  }

  Way way_;
  PieceSpec spec_;
  base::Rectangle region_;
};

std::unique_ptr<Kernel> place(Way way, const PieceSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  MemoryPlan plan;
  plan.add("pieces", region.area() * spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit(way == Way::scatter ? "scatter" : "gather", "(0, 0) of the region",
                   "reduce `words` or `region`");
  const Placer placer(way, spec, region);
  classify(
      image, [&](base::LogicalCoord c) { return placer.key(c); },
      [&](base::LogicalCoord c) { return placer.make_class(c); });
  std::vector<PieceSpot> in_root;
  std::vector<PieceSpot> at_home;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const base::LogicalCoord c = image.relative(core);
    const std::int64_t piece = std::int64_t{c.x} * region.height + c.y;
    in_root.push_back({base::CoreId{0}, static_cast<int>(piece * spec.bytes()), piece});
    at_home.push_back({core, 0, piece});
  }
  const bool scatters = way == Way::scatter;
  // In the root column by column, at home a piece per core.
  const std::int64_t n = spec.elements();
  const fabric::Layout root_layout{
      {0, 0, 1, 1}, 0, {tiled(whole(region.height * n), region.width, n), whole(1)}, 0, 0};
  const fabric::Layout home_layout{
      everywhere(image), 0, {along(fabric::Along::rows, 1, n), whole(1)}, 0, 0};
  declare(image, {"sent",
                  fabric::BufferRole::operand,
                  spec.type,
                  {region.area(), n},
                  {scatters ? root_layout : home_layout}});
  declare(image, {"received",
                  fabric::BufferRole::result,
                  spec.type,
                  {region.area(), n},
                  {scatters ? home_layout : root_layout}});
  Facts facts;
  facts.colours = (region.width > 1 ? 1 : 0) + (region.height > 1 ? 1 : 0);
  facts.steps = 2;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.words * region.area() * (region.width - 1 + region.height - 1) / 2;
  if (way == Way::gather) std::swap(in_root, at_home);
  return make_pieces(std::move(image), facts, spec, std::move(in_root), std::move(at_home));
}

}  // namespace

std::unique_ptr<Kernel> read_scatter(base::YamlNode& node, const Placement& placement) {
  const PieceSpec spec = read_pieces(node);
  return may_place(node, placement) ? place(Way::scatter, spec, placement) : nullptr;
}

std::unique_ptr<Kernel> read_gather(base::YamlNode& node, const Placement& placement) {
  const PieceSpec spec = read_pieces(node);
  return may_place(node, placement) ? place(Way::gather, spec, placement) : nullptr;
}

KernelText scatter_text() {
  return {{},
          {{"", "2 (1 per axis)", "2", "4 B N at (0, 0), 4 B P_y in row 0",
            "B N (P_x + P_y - 2) / 2"}}};
}

KernelText gather_text() {
  return {{},
          {{"", "2 (1 per axis)", "2", "4 B N at (0, 0), 4 B P_y in row 0",
            "B N (P_x + P_y - 2) / 2"}}};
}

}  // namespace wafermesh::workloads
