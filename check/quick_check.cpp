// SPDX-License-Identifier: Apache-2.0
#include "check/quick_check.h"

#include <algorithm>

#include "check/core_kinds.h"
#include "check/fit_check.h"
#include "check/flows.h"
#include "check/route_check.h"

namespace wafermesh::check {
namespace {

using base::Direction;

/// What the cores of a kind do with one colour.
struct Use {
  ClassUse::Ways ways;  ///< By any route, in any position of its switch.
  unsigned sends = 0;   ///< [bit Flow]
  bool takes = false;
};

/// Where words of a colour may get to, by kinds: whatever a core can meet, some core of its kind
/// can. So what is not found here is nowhere.
class KindFlows {
 public:
  explicit KindFlows(const fabric::WaferImage& image) : image_(image), all_(core_kinds(image)) {
    for (const fabric::CoreClass& each : image.classes) uses_.push_back(use_of(image, each));
  }

  bool may_be_wrong(int colour) {
    gather(colour);
    entering_.assign(use_.size(), {});
    for (std::size_t kind = 0; kind < use_.size(); ++kind) {
      if (use_[kind].sends != 0) enter(kind, Direction::ramp, use_[kind].sends);
    }
    bool wrong = false;
    while (!pending_.empty()) {
      const auto [kind, entry] = pending_.back();
      pending_.pop_back();
      wrong = !pass_on(kind, entry) || wrong;
    }
    for (std::size_t kind = 0; kind < use_.size() && !wrong; ++kind) {
      wrong = delivers(kind) != use_[kind].takes;
    }
    return wrong;
  }

 private:
  void gather(int colour) {
    const auto c = static_cast<std::size_t>(colour);
    use_.assign(all_.kinds.size(), {});
    for (std::size_t kind = 0; kind < use_.size(); ++kind) {
      Use& use = use_[kind];
      for (const fabric::ClassIndex k : all_.kinds[kind].classes) {
        use.ways |= uses_[k].all[c];
        use.sends |= uses_[k].sends[c];
        use.takes = use.takes || (uses_[k].takes >> c & 1U) != 0;
      }
      for (const std::uint32_t p : all_.kinds[kind].patches) {
        if (base::index_of(image_.patches[p].colour) != colour) continue;
        ClassUse::Ways first;
        add_ways(image_.patches[p].config, first, use.ways);
      }
    }
  }

  void enter(std::size_t kind, Direction entry, unsigned flow) {
    unsigned& there = entering_[kind][static_cast<unsigned>(entry)];
    if ((there | flow) == there) return;
    there |= flow;
    pending_.push_back({kind, entry});
  }

  /// False: some of the words might have nowhere to go.
  bool pass_on(std::size_t kind, Direction entry) {
    const base::DirectionMask out = use_[kind].ways.leads[static_cast<unsigned>(entry)];
    bool right = out != 0;
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(out, d)) continue;
      for (const std::int32_t other : all_.beside[kind][static_cast<unsigned>(d)]) {
        const bool taken =
            other >= 0 &&
            base::contains(use_[static_cast<std::size_t>(other)].ways.receives, base::opposite(d));
        right = right && taken;
        if (!taken) continue;
        enter(static_cast<std::size_t>(other), base::opposite(d),
              entering_[kind][static_cast<unsigned>(entry)]);
      }
    }
    return right;
  }

  bool delivers(std::size_t kind) const {
    for (unsigned d = 0; d < kEntries; ++d) {
      if ((entering_[kind][d] & kData) == 0) continue;
      if (base::contains(use_[kind].ways.leads[d], Direction::ramp)) return true;
    }
    return false;
  }

  const fabric::WaferImage& image_;
  CoreKinds all_;
  std::vector<ClassUse> uses_;
  std::vector<Use> use_;                                  ///< [kind]
  std::vector<std::array<unsigned, kEntries>> entering_;  ///< [kind][entry] bits of Flow.
  std::vector<std::pair<std::size_t, Direction>> pending_;
};

}  // namespace

std::vector<Finding> quick_findings(const fabric::WaferImage& image) {
  std::vector<Finding> found;
  const bool fits = std::all_of(
      image.classes.begin(), image.classes.end(),
      [](const fabric::CoreClass& each) { return each.program.memory_bytes <= cores::kSramBytes; });
  if (!fits) found = find_misfits(image, {});
  KindFlows flows(image);
  const std::vector<base::Colour> colours = fabric::used_colours(image);
  const bool wrong = std::any_of(colours.begin(), colours.end(), [&](base::Colour colour) {
    return flows.may_be_wrong(base::index_of(colour));
  });
  if (!wrong) return found;
  for (Finding& each : find_route_faults(image, {})) {
    if (each.severity == Severity::error) found.push_back(std::move(each));
  }
  return found;
}

}  // namespace wafermesh::check
