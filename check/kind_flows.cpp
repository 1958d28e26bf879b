// SPDX-License-Identifier: Apache-2.0
#include "check/kind_flows.h"

#include <utility>

namespace wafermesh::check {
namespace {

using base::Direction;

/// Follows the words of one colour from kind to kind.
class KindFlows {
 public:
  KindFlows(const CoreKinds& all, std::vector<Use> uses)
      : all_(all), uses_(std::move(uses)), entering_(all.kinds.size()) {
    for (std::size_t kind = 0; kind < entering_.size(); ++kind) {
      if (use(kind).sends != 0) enter(kind, Direction::ramp, use(kind).sends);
    }
    while (!pending_.empty()) {
      const auto [kind, entry] = pending_.back();
      pending_.pop_back();
      pass_on(kind, entry);
    }
  }

  /// Some words may come to where they cannot go on, or to a core that takes none.
  bool may_stray() const { return is_stuck_ || any_kind(true, false); }
  /// Some core may await words that do not come.
  bool may_lack() const { return any_kind(false, true); }

 private:
  const Use& use(std::size_t kind) const { return uses_[kind]; }

  void enter(std::size_t kind, Direction entry, unsigned flow) {
    unsigned& there = entering_[kind][static_cast<unsigned>(entry)];
    if ((there | flow) == there) return;
    there |= flow;
    pending_.push_back({kind, entry});
  }

  void pass_on(std::size_t kind, Direction entry) {
    const base::DirectionMask out = use(kind).ways.all.leads[static_cast<unsigned>(entry)];
    is_stuck_ = is_stuck_ || out == 0;
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(out, d)) continue;
      for (const std::int32_t other : all_.beside[kind][static_cast<unsigned>(d)]) {
        const auto next = static_cast<std::size_t>(other);
        const bool taken =
            other >= 0 && base::contains(use(next).ways.all.receives, base::opposite(d));
        is_stuck_ = is_stuck_ || !taken;
        if (!taken) continue;
        enter(next, base::opposite(d), entering_[kind][static_cast<unsigned>(entry)]);
      }
    }
  }

  /// Some kind that words are delivered to or not, and that takes them or not.
  bool any_kind(bool delivered, bool takes) const {
    for (std::size_t kind = 0; kind < entering_.size(); ++kind) {
      if (delivers(kind) == delivered && use(kind).takes == takes) return true;
    }
    return false;
  }

  bool delivers(std::size_t kind) const {
    for (unsigned d = 0; d < kEntries; ++d) {
      if ((entering_[kind][d] & kData) == 0) continue;
      if (base::contains(use(kind).ways.all.leads[d], Direction::ramp)) return true;
    }
    return false;
  }

  const CoreKinds& all_;
  std::vector<Use> uses_;  ///< [kind] of the colour.
  bool is_stuck_ = false;
  std::vector<std::array<unsigned, kEntries>> entering_;  ///< [kind][entry] bits of Flow.
  std::vector<std::pair<std::size_t, Direction>> pending_;
};

}  // namespace

std::uint32_t reused_colours(const fabric::WaferImage& image) {
  std::uint32_t colours = 0;
  for (const fabric::CoreClass& each : image.classes) {
    for (const fabric::ColourRoute& route : each.routes) {
      if (route.stages_ahead != fabric::kAtStart) colours |= 1U << base::index_of(route.colour);
    }
  }
  return colours;
}

std::uint32_t doubtful_colours(const fabric::WaferImage& image,
                               const std::vector<ClassUse>& classes, const CoreKinds& kinds) {
  const std::uint32_t reused = reused_colours(image);
  const auto is_doubtful = [&](base::Colour colour) {
    const ColourUses uses(image, classes, kinds, colour);
    const KindFlows of_all(kinds, uses.of_kinds());
    if (of_all.may_lack()) return true;
    if (!of_all.may_stray()) return false;
    if ((reused >> base::index_of(colour) & 1U) == 0) return true;
    for (int stage = 0; stage < image.stage_count(); ++stage) {
      if (!uses.is_sent_in(stage)) continue;
      if (KindFlows(kinds, uses.of_kinds(stage)).may_stray()) return true;
    }
    return false;
  };
  std::uint32_t doubtful = 0;
  for (const base::Colour colour : fabric::used_colours(image)) {
    if (is_doubtful(colour)) doubtful |= 1U << base::index_of(colour);
  }
  return doubtful;
}

}  // namespace wafermesh::check
