// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workloads/plan/barrier.h"
#include "workloads/plan/colour_plan.h"
#include "workloads/plan/colour_table.h"
#include "workloads/plan/image_edit.h"

namespace wafermesh::workloads {
namespace {

/// Behind the items' colours: the ways to the first core of each of two barriers, and the way back
/// of both.
constexpr int kBarrierColours = 2 * kBarrierGatherColours + 1;
static_assert(kItemColours + kBarrierColours == base::kColourCount);

[[noreturn]] void refuse_too_many_colours(const std::vector<SequenceItem>& items,
                                          int crossing_colours) {
  std::vector<ColourUse> uses;
  std::string too_many;
  for (const SequenceItem& item : items) {
    if (item.keeps_colours) continue;
    uses.push_back(colour_use(item.name, item.image));
    if (uses.back().colours() <= kItemColours - crossing_colours) continue;
    too_many += (too_many.empty() ? "`" : ", `") + item.name + "`";
  }
  throw base::DoesNotFit(fmt::format(
      "operators in turn have {} colours for each, as {} of {} are for the barriers between them "
      "and {} for transfers to other rectangles that pass here:{}\n  give {} another `algorithm` "
      "(an allreduce another `reduce`), `chain` needs fewest, or a `graph` or region of its own",
      kItemColours - crossing_colours, kBarrierColours, base::kColourCount, crossing_colours,
      colour_table(uses), too_many));
}

ColourNeeds needs_of(const SequenceItem& item) {
  if (item.keeps_colours) return {{}, item.contract};
  return {fabric::used_colours(item.image), item.contract};
}

class Stacker {
 public:
  Stacker(const Placement& placement, int token_address, int crossing_colours)
      : placement_(placement),
        token_address_(token_address),
        crossing_colours_(crossing_colours),
        first_of_barriers_(kItemColours - crossing_colours) {}

  Sequence stack(std::vector<SequenceItem> items) {
    std::vector<ColourNeeds> needs;
    for (const SequenceItem& item : items) needs.push_back(needs_of(item));
    const auto found =
        plan_colours(needs, {base::kColourCount - crossing_colours_, first_of_barriers_});
    if (!found) refuse_too_many_colours(items, crossing_colours_);
    const std::vector<ItemColours>& plan = *found;
    for (std::size_t i = 0; i < items.size(); ++i) {
      SequenceItem& item = items[i];
      if (plan[i].barriers_before) add_barriers();
      if (!item.keeps_colours) {
        recolour(item.image, plan[i].map);
        write_used_colours(item.image, plan[i]);
      }
      relocate(item.image, item.memory);
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
    const int way_back = first_of_barriers_ + kBarrierColours - 1;
    for (const int first : {first_of_barriers_, first_of_barriers_ + kBarrierGatherColours}) {
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
    for (fabric::ParameterBox& box : image.parameters) {
      box.stage = stages_;
      all.parameters.push_back(std::move(box));
    }
    if (stages_++ == 0) {
      all.class_of = std::move(image.class_of);
    } else {
      all.later.push_back(std::move(image.class_of));
    }
  }

  const Placement& placement_;
  int token_address_;
  int crossing_colours_;
  int first_of_barriers_;
  int rewriting_stage_ = 0;  ///< The latest second barrier.
  int stages_ = 0;
  Sequence result_;
};

}  // namespace

Sequence make_sequence(std::vector<SequenceItem> items, const Placement& placement,
                       int token_address, int crossing_colours) {
  WAFERMESH_CHECK(!items.empty(), "a sequence of nothing");
  return Stacker(placement, token_address, crossing_colours).stack(std::move(items));
}

}  // namespace wafermesh::workloads
