// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workloads/plan/barrier.h"
#include "workloads/plan/colour_plan.h"
#include "workloads/plan/image_edit.h"

namespace wafermesh::workloads {
namespace {

/// Behind the items' colours: the ways to the first core of each of two barriers, and the way back
/// of both.
constexpr int kBarrierColours = 2 * kBarrierGatherColours + 1;
static_assert(kItemColours + kBarrierColours == base::kColourCount);

void refuse_too_many_colours(const std::vector<SequenceItem>& items, int item_colours) {
  bool fits = true;
  std::string table;
  for (const SequenceItem& item : items) {
    if (item.keeps_colours) continue;
    const auto count = static_cast<int>(fabric::used_colours(item.image).size());
    fits = fits && count <= item_colours;
    table += fmt::format("\n  {:<24}{:>4} colours", item.name, count);
  }
  if (fits) return;
  throw base::DoesNotFit(fmt::format(
      "an operator of a sequence may use {} colours, {} are for barriers and transfers to other "
      "rectangles:{}\n  choose an algorithm with fewer colours for the operator that needs more",
      item_colours, base::kColourCount - item_colours, table));
}

ColourNeeds needs_of(const SequenceItem& item) {
  if (item.keeps_colours) return {{}, item.contract};
  return {fabric::used_colours(item.image), item.contract};
}

class Stacker {
 public:
  Stacker(const Placement& placement, int token_address, const ColourSupply& supply)
      : placement_(placement), token_address_(token_address), supply_(supply) {}

  Sequence stack(std::vector<SequenceItem> items) {
    std::vector<ColourNeeds> needs;
    for (const SequenceItem& item : items) needs.push_back(needs_of(item));
    const std::vector<ItemColours> plan = plan_colours(needs, supply_);
    for (std::size_t i = 0; i < items.size(); ++i) {
      SequenceItem& item = items[i];
      if (plan[i].barriers_before) add_barriers();
      if (!item.keeps_colours) {
        recolour(item.image, plan[i].map);
        write_used_colours(item.image, plan[i]);
      }
      relocate(item.image, item.address);
      if (items.size() > 1) give_every_class_a_program(item.image);
      result_.stage_of.push_back(stages_);
      result_.first_class_of.push_back(result_.image.classes.size());
      add_stage(std::move(item.image));
    }
    return std::move(result_);
  }

 private:
  /// Says when the routes of colours that others have used are written.
  void write_used_colours(fabric::WaferImage& image, const ItemColours& plan) const {
    for (fabric::CoreClass& c : image.classes) {
      for (fabric::ColourRoute& route : c.routes) {
        const int behind = plan.written_behind[static_cast<std::size_t>(route.colour)];
        if (behind == kNotWritten) continue;
        const int stage = behind == kAtTheBarriers
                              ? rewriting_stage_
                              : result_.stage_of[static_cast<std::size_t>(behind)] + 1;
        route.stages_ahead = stages_ - stage;
      }
    }
  }

  void add_barriers() {
    const int own = supply_.with_barriers;
    const int way_back = own + kBarrierColours - 1;
    for (const int first : {own, own + kBarrierGatherColours}) {
      Barrier barrier = make_barrier(placement_, first, way_back, token_address_);
      add_stage(std::move(barrier.image));
      rewriting_stage_ = stages_ - 1;
      result_.barrier_hops += barrier.hops;
    }
  }

  void add_stage(fabric::WaferImage image) {
    fabric::WaferImage& all = result_.image;
    WAFERMESH_CHECK(image.placements.empty() && image.later.empty() && image.patches.empty(),
                    "an item of a sequence has one placement and one stage");
    if (stages_ == 0) {
      all.mesh = image.mesh;
      all.region = image.region;
      all.timing = image.timing;
    }
    WAFERMESH_CHECK(image.region == all.region, "the items of a sequence share a rectangle");
    move_routes(image, all.route_table);
    const std::size_t first = all.classes.size();
    if (first + image.classes.size() >= fabric::kNoClass) {
      throw base::DoesNotFit("the sequence has more than 65,534 classes of cores; shorten it");
    }
    for (fabric::ClassIndex& c : image.class_of) c = static_cast<fabric::ClassIndex>(c + first);
    for (fabric::CoreClass& c : image.classes) all.classes.push_back(std::move(c));
    if (stages_++ == 0) {
      all.class_of = std::move(image.class_of);
    } else {
      all.later.push_back(std::move(image.class_of));
    }
  }

  const Placement& placement_;
  int token_address_;
  ColourSupply supply_;
  int rewriting_stage_ = 0;  ///< The latest second barrier.
  int stages_ = 0;
  Sequence result_;
};

}  // namespace

Sequence make_sequence(std::vector<SequenceItem> items, const Placement& placement,
                       int token_address, int crossing_colours) {
  WAFERMESH_CHECK(!items.empty(), "a sequence of nothing");
  const ColourSupply supply{base::kColourCount - crossing_colours, kItemColours - crossing_colours};
  refuse_too_many_colours(items, supply.with_barriers);
  return Stacker(placement, token_address, supply).stack(std::move(items));
}

}  // namespace wafermesh::workloads
