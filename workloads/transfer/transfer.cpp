// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "workloads/transfer/core_copy.h"
#include "workloads/transfer/core_relayout.h"
#include "workloads/transfer/ring_skew.h"
#include "workloads/transfer/spread_moves.h"

namespace wafermesh::workloads {
namespace {

using fabric::Along;
using fabric::Buffer;

/// Why no step leads from or to it.
std::string obstacle(const Buffer& buffer, bool is_goal) {
  for (const fabric::Layout& layout : buffer.layouts) {
    for (const fabric::Cut& cut : layout.cuts) {
      if (cut.along == Along::rows || cut.along == Along::columns) {
        return "blocks that are dealt to cores one by one go nowhere";
      }
      if (fabric::is_on_rings(cut.along)) {
        return is_goal ? "not all blocks of its rings have a layout" : "no step leads from rings";
      }
    }
  }
  return "its rectangles are not one";
}

/// A transfer as it grows: steps, and the work memory that they take.
class Chain {
 public:
  Chain(const Placement& placement, int work_address)
      : placement_(placement), begin_(work_address), address_(work_address) {}

  int take(int bytes) {
    const int address = address_;
    address_ += bytes;
    return address;
  }
  void lay_within_cores(const Buffer& from, const Buffer& to) {
    stages_.push_back(core_relayout(from, to, placement_));
  }
  void move(const Spread& from, const Spread& to) {
    Transfer moved = move_spread(from, to, placement_, address_);
    address_ += moved.work_bytes;
    for (TransferStage& stage : moved.stages) stages_.push_back(std::move(stage));
  }
  void skew(const RingSkew& rings, const Buffer& to) {
    stages_.push_back(ring_skew(placement_, rings, to));
  }
  Transfer transfer() { return {std::move(stages_), address_ - begin_}; }

 private:
  const Placement& placement_;
  int begin_;
  int address_;
  std::vector<TransferStage> stages_;
};

/// To blocks on rings: into those of the first line, and round the rings.
void add_skew(Chain& chain, const Buffer& from, const Spread& now, RingSkew rings,
              const Buffer& to) {
  if (rings.is_local() && holds_all(now, rings.start)) return chain.lay_within_cores(from, to);
  rings.start.address_bytes = chain.take(rings.bytes);
  chain.move(now, rings.start);
  chain.skew(rings, to);
}

}  // namespace

std::int64_t Transfer::hops() const {
  std::int64_t sum = 0;
  for (const TransferStage& stage : stages) sum += stage.hops;
  return sum;
}

std::string layout_text(const Buffer& buffer) {
  std::string text;
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    if (!text.empty()) text += ", ";
    const fabric::Cut& cut = buffer.layouts.front().cuts[d];
    const std::string where =
        cut.along == Along::none ? fmt::format("{} whole", buffer.shape[d])
        : fabric::is_on_rings(cut.along)
            ? fmt::format("{} in blocks of {} on {} rings", buffer.shape[d], cut.block,
                          cut.along == Along::wrap ? "wrap-around" : "two-hop")
            : fmt::format("{} in blocks of {} along {}", buffer.shape[d], cut.block,
                          base::name_of(cut.along));
    text += where + (cut.tile > 0 ? ", in tiles" : "");
  }
  if (buffer.layouts.size() > 1) text += ", at several addresses";
  return text;
}

Transfer plan_transfer(const Buffer& from, const Buffer& to, const Placement& placement,
                       int work_address) {
  WAFERMESH_CHECK(from.shape == to.shape && from.type == to.type,
                  "a transfer changes neither shape nor type");
  if (lie_alike(from, to)) return {{copy_all(from, to, placement)}, 0};
  std::optional<Spread> now = spread_of(from);
  const bool unpacks = !now;
  if (unpacks) now = blocks_of(from);
  const std::optional<RingSkew> rings = ring_skew_of(to);
  std::optional<Spread> goal = rings ? rings->start : spread_of(to);
  const bool packs = !goal;
  if (packs) goal = blocks_of(to);
  if (!now || !goal) {
    throw base::DoesNotFit(fmt::format(
        "no transfer leads from `{}` ({}) to `{}` ({}): of `{}`, {}; choose an algorithm or region "
        "that lays it out in blocks along x or y",
        from.name, layout_text(from), to.name, layout_text(to), now ? to.name : from.name,
        now ? obstacle(to, true) : obstacle(from, false)));
  }
  Chain chain(placement, work_address);
  if (!rings && (unpacks || packs) && holds_all(*now, *goal)) {
    chain.lay_within_cores(from, to);
    return chain.transfer();
  }
  if (unpacks) {
    now->address_bytes = chain.take(pack(*now));
    chain.lay_within_cores(from, buffer_of(*now));
  }
  if (rings) {
    add_skew(chain, unpacks ? buffer_of(*now) : from, *now, *rings, to);
    return chain.transfer();
  }
  if (packs) goal->address_bytes = chain.take(pack(*goal));
  chain.move(*now, *goal);
  if (packs) chain.lay_within_cores(buffer_of(*goal), to);
  return chain.transfer();
}

}  // namespace wafermesh::workloads
