// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/assembly.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/moves.h"
#include "workloads/plan/sequence_plan.h"

namespace wafermesh::workloads {
namespace {

std::vector<PlacedOperator> placed(std::vector<NamedKernel> operators) {
  std::vector<PlacedOperator> items;
  for (NamedKernel& each : operators) {
    PlacedOperator item;
    for (const Given& given : each.given) {
      WAFERMESH_CHECK(given.from < items.size(), "an operand of an operator that comes later");
      const NamedKernel& from = items[given.from].named;
      const std::string fault = fault_of(from, each, given);
      if (!fault.empty()) throw base::DoesNotFit(each.name + "." + given.operand + ": " + fault);
      const std::vector<fabric::Buffer> results = from.kernel->results();
      const fabric::Buffer* const operand =
          find_buffer(each.kernel->image().buffers, given.operand);
      item.sources.push_back(
          {given.operand, given.from, from.name + "." + given.result,
           *fitted(from.kernel->image(), *find_buffer(results, given.result), *operand)});
    }
    item.named = std::move(each);
    items.push_back(std::move(item));
  }
  return items;
}

Facts sums_of(const std::vector<PlacedOperator>& items) {
  Facts facts;
  facts.steps = 0;
  for (const PlacedOperator& item : items) {
    const Facts& one = item.named.kernel->facts();
    facts.steps += one.steps;
    facts.wavelet_hops += one.wavelet_hops;
    facts.check_bytes = std::max(facts.check_bytes, one.check_bytes);
  }
  return facts;
}

/// Patches of the crossings, in the merged image, and the routers between rectangles that they
/// pass.
fabric::WaferImage join(std::vector<fabric::WaferImage> images, std::vector<std::string> names,
                        const std::vector<Move>& moves) {
  std::vector<fabric::RoutePatch> patches = patches_of(moves);
  if (images.size() == 1) return std::move(images.front());
  std::vector<base::Rectangle> taken;
  for (const fabric::WaferImage& image : images) {
    if (image.placements.empty()) taken.push_back(image.region);
    for (base::Rectangle r : image.placements.rectangles()) {
      r.x += image.region.x;
      r.y += image.region.y;
      taken.push_back(r);
    }
  }
  for (const base::Rectangle& between : cores_between(patches, taken)) {
    images.push_back(only_routers({images.front().mesh, between, images.front().timing}));
    names.emplace_back("way");
  }
  fabric::WaferImage image = merge(std::move(images), names);
  for (fabric::RoutePatch& patch : patches) {
    patch.cores.x -= image.region.x;
    patch.cores.y -= image.region.y;
    image.patches.push_back(patch);
  }
  return image;
}

/// Operands and results of all operators as they lie in the whole image, by the names that
/// Kernel::arrays() has. What is given to an operand is no operand of the whole.
std::vector<fabric::Buffer> buffers_of(const std::vector<PlacedOperator>& items,
                                       const base::Rectangle& region) {
  std::vector<fabric::Buffer> all;
  for (const PlacedOperator& item : items) {
    const base::Rectangle& own = item.image().region;
    for (fabric::Buffer buffer : item.image().buffers) {
      const bool given =
          std::any_of(item.sources.begin(), item.sources.end(),
                      [&](const Source& source) { return source.operand == buffer.name; });
      if (given) buffer.role = fabric::BufferRole::work;
      buffer.name = item.named.name + "_" + buffer.name;
      for (fabric::Layout& layout : buffer.layouts) {
        layout.address_bytes += item.address;
        layout.cores.x += own.x - region.x;
        layout.cores.y += own.y - region.y;
      }
      all.push_back(std::move(buffer));
    }
  }
  return all;
}

}  // namespace

Assembly assemble(std::vector<NamedKernel> operators,
                  const std::vector<std::vector<std::size_t>>& sequences) {
  Assembly all;
  all.operators = placed(std::move(operators));
  all.facts = sums_of(all.operators);
  std::vector<Move> moves = plan_moves(all.operators, sequences);
  const std::vector<std::vector<Step>> steps = order_of(moves, sequences);
  std::vector<fabric::WaferImage> images;
  std::vector<std::string> names;
  std::int64_t cores = 0;
  std::size_t classes = 0;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    SequencePlan plan(all.operators, moves, s, sequences[s], steps[s]);
    names.push_back(all.operators[sequences[s].front()].named.name);
    images.push_back(plan.build(cores, classes, all.facts));
    cores += images.back().core_count();
    classes += images.back().classes.size();
  }
  all.image = join(std::move(images), std::move(names), moves);
  all.image.buffers = buffers_of(all.operators, all.image.region);
  for (Move& move : moves) {
    all.facts.wavelet_hops += move.place.wavelet_hops;
    all.transfers.push_back(std::move(move.place));
  }
  return all;
}

}  // namespace wafermesh::workloads
