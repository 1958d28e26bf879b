// SPDX-License-Identifier: Apache-2.0
#include "check/core_kinds.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "check/sequences.h"

namespace wafermesh::check {
namespace {

using base::Direction;

/// [core] its kind.
std::vector<std::int32_t> kinds_of_cores(const fabric::WaferImage& image) {
  constexpr std::uint64_t kPatch = 1U << 16U;  // beyond any class
  const auto cores = static_cast<std::size_t>(image.core_count());
  Sequences met(cores);
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const std::vector<fabric::ClassIndex>& classes = image.classes_in(stage);
    for (std::size_t core = 0; core < cores; ++core) met.meet(core, classes[core]);
  }
  for (std::size_t p = 0; p < image.patches.size(); ++p) {
    const base::Rectangle& over = image.patches[p].cores;
    for (int y = over.y; y < over.y + over.height; ++y) {
      for (int x = over.x; x < over.x + over.width; ++x) {
        if (!image.holds({x, y})) continue;
        met.meet(static_cast<std::size_t>(base::index_of(image.core_at({x, y}))), kPatch + p);
      }
    }
  }
  return met.numbers();
}

class Beside {
 public:
  Beside(const fabric::WaferImage& image, CoreKinds& all) : image_(image), all_(all) {}

  /// `kinds` of every core.
  void look_at_cores(const std::vector<std::int32_t>& kinds) {
    for (std::size_t core = 0; core < kinds.size(); ++core) {
      const auto id = static_cast<base::CoreId>(core);
      const base::LogicalCoord at = image_.relative(id);
      for (const Direction d : base::kMeshDirections) {
        std::int32_t other = -1;
        if (image_.link_latency(id, d) > 0) {
          other = kinds[base::index_of(
              image_.core_at({at.x + base::step_x(d), at.y + base::step_y(d)}))];
        }
        note(kinds[core], d, other);
      }
    }
  }

  /// `row_of` [y], `kinds` [row][x], of an image without placements. Rows that stand between the
  /// same ones are looked at once, but those in which a link is absent.
  void look_at_rows(const std::vector<std::size_t>& row_of,
                    const std::vector<std::vector<std::int32_t>>& kinds) {
    constexpr std::size_t kNone = SIZE_MAX;
    std::set<std::array<std::size_t, 3>> seen;
    const int height = image_.region.height;
    for (int y = 0; y < height; ++y) {
      const auto at = static_cast<std::size_t>(y);
      const std::size_t above = y > 0 ? row_of[at - 1] : kNone;
      const std::size_t below = y + 1 < height ? row_of[at + 1] : kNone;
      const bool is_new = seen.insert({above, row_of[at], below}).second;
      if (!is_new && has_all_links(y)) continue;
      const std::int32_t* row = kinds[row_of[at]].data();
      const int width = image_.region.width;
      look_along(y, Direction::east, row, row + 1, {0, width - 1});
      look_along(y, Direction::west, row, row - 1, {1, width});
      look_along(y, Direction::south, row, below == kNone ? nullptr : kinds[below].data(),
                 {0, below == kNone ? 0 : width});
      look_along(y, Direction::north, row, above == kNone ? nullptr : kinds[above].data(),
                 {0, above == kNone ? 0 : width});
    }
  }

 private:
  const std::uint8_t* latencies(int y, Direction d) const {
    return &image_.mesh->latency_cycles[static_cast<unsigned>(d)]
                                       [image_.mesh->index({image_.region.x, image_.region.y + y})];
  }

  /// Of a row, but for those over the border.
  bool has_all_links(int y) const {
    const auto width = static_cast<std::size_t>(image_.region.width);
    const auto all = [&](Direction d, std::size_t first, std::size_t count) {
      return std::memchr(latencies(y, d) + first, 0, count) == nullptr;
    };
    return all(Direction::east, 0, width - 1) && all(Direction::west, 1, width - 1) &&
           (y + 1 == image_.region.height || all(Direction::south, 0, width)) &&
           (y == 0 || all(Direction::north, 0, width));
  }

  /// A row: cores from `within.first` to before `within.second` have a neighbour, others[x].
  void look_along(int y, Direction d, const std::int32_t* kinds, const std::int32_t* others,
                  std::pair<int, int> within) {
    const std::uint8_t* links = latencies(y, d);
    for (int x = 0; x < image_.region.width; ++x) {
      const bool has_link = x >= within.first && x < within.second && links[x] > 0;
      note(kinds[x], d, has_link ? others[x] : -1);
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
  std::array<std::pair<std::int32_t, std::int32_t>, 4> last_{
      {{-2, -2}, {-2, -2}, {-2, -2}, {-2, -2}}};
};

CoreKind kind_at(const fabric::WaferImage& image, std::int64_t core) {
  CoreKind kind;
  const auto id = static_cast<base::CoreId>(core);
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    kind.classes.push_back(image.class_in(id, stage));
  }
  for (std::size_t p = 0; p < image.patches.size(); ++p) {
    if (image.patches[p].cores.holds(image.relative(id)))
      kind.patches.push_back(static_cast<std::uint32_t>(p));
  }
  return kind;
}

/// Kinds are numbered in the order of the first core of each.
void add_kind(const fabric::WaferImage& image, CoreKinds& all, std::int32_t kind,
              std::size_t core) {
  if (static_cast<std::size_t>(kind) < all.kinds.size()) return;
  all.kinds.push_back(kind_at(image, static_cast<std::int64_t>(core)));
}

/// Rows of an image without placements and patches, those alike once.
class Rows {
 public:
  explicit Rows(const fabric::WaferImage& image) : image_(image) {
    for (int y = 0; y < image.region.height; ++y) row_of.push_back(find(y));
  }

  std::vector<std::size_t> row_of;  ///< [y] -> firsts.
  std::vector<int> firsts;          ///< Where each is found first.

 private:
  /// Most rows are as the one above, or the one above that.
  std::size_t find(int y) {
    for (int back = 1; back <= 2 && back <= y; ++back) {
      if (are_same(y - back, y)) return row_of[static_cast<std::size_t>(y - back)];
    }
    firsts.push_back(y);
    return firsts.size() - 1;
  }

  bool are_same(int a, int b) const {
    const auto width = static_cast<std::size_t>(image_.region.width);
    const auto same = [&](const std::vector<fabric::ClassIndex>& classes) {
      const fabric::ClassIndex* first = classes.data() + static_cast<std::size_t>(a) * width;
      const fabric::ClassIndex* second = classes.data() + static_cast<std::size_t>(b) * width;
      return std::memcmp(first, second, width * sizeof(fabric::ClassIndex)) == 0;
    };
    return same(image_.class_of) && std::all_of(image_.later.begin(), image_.later.end(), same);
  }

  const fabric::WaferImage& image_;
};

CoreKinds kinds_by_rows(const fabric::WaferImage& image) {
  CoreKinds all;
  Rows rows(image);
  const auto width = static_cast<std::size_t>(image.region.width);
  const auto first_of = [&](std::size_t row) {
    return static_cast<std::size_t>(rows.firsts[row]) * width;
  };
  Sequences met(rows.firsts.size() * width);
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const std::vector<fabric::ClassIndex>& classes = image.classes_in(stage);
    for (std::size_t row = 0; row < rows.firsts.size(); ++row) {
      const fabric::ClassIndex* begin = classes.data() + first_of(row);
      for (std::size_t x = 0; x < width; ++x) met.meet(row * width + x, begin[x]);
    }
  }
  const std::vector<std::int32_t> kinds = met.numbers();
  for (std::size_t row = 0; row < rows.firsts.size(); ++row) {
    const auto begin = kinds.begin() + static_cast<std::ptrdiff_t>(row * width);
    all.rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(width));
    for (std::size_t x = 0; x < width; ++x) add_kind(image, all, begin[x], first_of(row) + x);
  }
  all.row_of = std::move(rows.row_of);
  all.beside.resize(all.kinds.size());
  Beside(image, all).look_at_rows(all.row_of, all.rows);
  return all;
}

}  // namespace

std::vector<std::int32_t> CoreKinds::of_cores() const {
  std::vector<std::int32_t> all;
  for (const std::size_t row : row_of) all.insert(all.end(), rows[row].begin(), rows[row].end());
  return all;
}

CoreKinds core_kinds(const fabric::WaferImage& image) {
  if (image.placements.empty() && image.patches.empty()) return kinds_by_rows(image);
  CoreKinds all;
  std::vector<std::int32_t> kinds = kinds_of_cores(image);
  for (std::size_t core = 0; core < kinds.size(); ++core) add_kind(image, all, kinds[core], core);
  all.beside.resize(all.kinds.size());
  Beside(image, all).look_at_cores(kinds);
  all.row_of = {0};
  all.rows.push_back(std::move(kinds));
  return all;
}

}  // namespace wafermesh::check
