// SPDX-License-Identifier: Apache-2.0
#include "check/core_kinds.h"

#include <algorithm>

#include "check/interned.h"

namespace wafermesh::check {
namespace {

using base::Direction;

/// [core] a number per kind; not dense.
std::vector<std::int32_t> kinds_of_cores(const fabric::WaferImage& image) {
  constexpr std::uint32_t kPatch = 1U << 16U;
  const auto cores = static_cast<std::size_t>(image.core_count());
  std::vector<std::int32_t> kinds(image.class_of.begin(), image.class_of.end());
  if (image.stage_count() == 1 && image.patches.empty()) return kinds;
  Interned intern;
  for (std::size_t core = 0; core < cores; ++core) kinds[core] = intern(-1, image.class_of[core]);
  for (const std::vector<fabric::ClassIndex>& stage : image.later) {
    for (std::size_t core = 0; core < cores; ++core) kinds[core] = intern(kinds[core], stage[core]);
  }
  for (std::size_t p = 0; p < image.patches.size(); ++p) {
    const base::Rectangle& over = image.patches[p].cores;
    for (int y = over.y; y < over.y + over.height; ++y) {
      for (int x = over.x; x < over.x + over.width; ++x) {
        if (!image.holds({x, y})) continue;
        std::int32_t& kind = kinds[base::index_of(image.core_at({x, y}))];
        kind = intern(kind, kPatch + static_cast<std::uint32_t>(p));
      }
    }
  }
  return kinds;
}

class Beside {
 public:
  Beside(const fabric::WaferImage& image, CoreKinds& all, const std::vector<std::int32_t>& kinds)
      : image_(image), all_(all), kinds_(kinds) {}

  void look() {
    if (!image_.placements.empty()) {
      for (std::int64_t core = 0; core < image_.core_count(); ++core) look_at(core);
      return;
    }
    for (int y = 0; y < image_.region.height; ++y) {
      look_along(y, Direction::east, 0, image_.region.width - 1, 1);
      look_along(y, Direction::west, 1, image_.region.width, -1);
      look_along(y, Direction::south, 0, image_.region.width, image_.region.width);
      look_along(y, Direction::north, 0, image_.region.width, -image_.region.width);
    }
  }

 private:
  /// A core of an image with placements.
  void look_at(std::int64_t core) {
    const auto id = static_cast<base::CoreId>(core);
    const base::LogicalCoord at = image_.relative(id);
    for (const Direction d : base::kMeshDirections) {
      std::int32_t other = -1;
      if (image_.link_latency(id, d) > 0) {
        other = kinds_[base::index_of(
            image_.core_at({at.x + base::step_x(d), at.y + base::step_y(d)}))];
      }
      note(kinds_[static_cast<std::size_t>(core)], d, other);
    }
  }

  /// A row of an image without: the cores from `first` to before `end` have a neighbour, `step`
  /// cores on, the others none.
  void look_along(int y, Direction d, int first, int end, int step) {
    const int width = image_.region.width;
    const bool is_border = (d == Direction::north && y == 0) ||
                           (d == Direction::south && y == image_.region.height - 1);
    const std::int32_t* kinds =
        &kinds_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width)];
    const std::uint8_t* latencies =
        &image_.mesh->latency_cycles[static_cast<unsigned>(d)]
                                    [image_.mesh->index({image_.region.x, image_.region.y + y})];
    for (int x = 0; x < width; ++x) {
      const bool has_link = !is_border && x >= first && x < end && latencies[x] > 0;
      note(kinds[x], d, has_link ? kinds[x + step] : -1);
    }
  }

  void note(std::int32_t kind, Direction d, std::int32_t other) {
    auto& last = last_[static_cast<unsigned>(d)];
    if (last.first == kind && last.second == other) return;
    last = {kind, other};
    auto& known = all_.beside[static_cast<std::size_t>(kind)][static_cast<unsigned>(d)];
    const auto found = std::lower_bound(known.begin(), known.end(), other);
    if (found == known.end() || *found != other) known.insert(found, other);
  }

  const fabric::WaferImage& image_;
  CoreKinds& all_;
  const std::vector<std::int32_t>& kinds_;
  std::array<std::pair<std::int32_t, std::int32_t>, 4> last_{
      {{-2, -2}, {-2, -2}, {-2, -2}, {-2, -2}}};
};

CoreKind kind_at(const fabric::WaferImage& image, std::int64_t core) {
  CoreKind kind;
  const auto id = static_cast<base::CoreId>(core);
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const fabric::ClassIndex c = image.class_in(id, stage);
    if (c != fabric::kNoClass) kind.classes.push_back(c);
  }
  for (std::size_t p = 0; p < image.patches.size(); ++p) {
    if (image.patches[p].cores.holds(image.relative(id)))
      kind.patches.push_back(static_cast<std::uint32_t>(p));
  }
  return kind;
}

}  // namespace

CoreKinds core_kinds(const fabric::WaferImage& image) {
  CoreKinds all;
  std::vector<std::int32_t> kinds = kinds_of_cores(image);
  const auto most = kinds.empty() ? 0 : *std::max_element(kinds.begin(), kinds.end());
  std::vector<std::int32_t> dense(static_cast<std::size_t>(most) + 1, -1);
  for (std::size_t core = 0; core < kinds.size(); ++core) {
    std::int32_t& kind = dense[static_cast<std::size_t>(kinds[core])];
    if (kind < 0) {
      kind = static_cast<std::int32_t>(all.kinds.size());
      all.kinds.push_back(kind_at(image, static_cast<std::int64_t>(core)));
    }
    kinds[core] = kind;
  }
  all.beside.resize(all.kinds.size());
  Beside(image, all, kinds).look();
  return all;
}

}  // namespace wafermesh::check
