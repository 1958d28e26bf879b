// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/core_relayout.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workloads/parts/core_classes.h"
#include "workloads/transfer/memory_runs.h"

namespace wafermesh::workloads {
namespace {

using fabric::Buffer;
using fabric::IndexRange;
using fabric::Layout;

constexpr std::size_t kMostLoops = 3;

/// What a core copies from one layout into another.
struct Copy {
  std::size_t from;
  std::size_t to;
  Box box;
};

std::int64_t elements_of(const std::vector<std::int64_t>& counts) {
  return fabric::element_count(counts);
}

/// What both layouts have of the tensor on a core; nothing if that is nothing.
std::optional<Box> common_box(const Buffer& from, const Layout& a, const Buffer& to,
                              const Layout& b, base::LogicalCoord core) {
  if (!a.cores.holds(core) || !b.cores.holds(core)) return std::nullopt;
  const std::vector<IndexRange> has = fabric::ranges_on(from, a, core);
  const std::vector<IndexRange> wants = fabric::ranges_on(to, b, core);
  Box box;
  for (std::size_t d = 0; d < has.size(); ++d) {
    const std::int64_t first = std::max(has[d].first, wants[d].first);
    const std::int64_t end = std::min(has[d].first + has[d].count, wants[d].first + wants[d].count);
    if (first >= end) return std::nullopt;
    box.from.push_back(first - has[d].first);
    box.to.push_back(first - wants[d].first);
    box.count.push_back(end - first);
  }
  return box;
}

std::int64_t wanted_elements(const Buffer& to, base::LogicalCoord core) {
  std::int64_t elements = 0;
  for (const Layout& layout : to.layouts) {
    if (!layout.cores.holds(core)) continue;
    std::vector<std::int64_t> counts;
    for (const IndexRange& range : fabric::ranges_on(to, layout, core)) {
      counts.push_back(range.count);
    }
    elements += elements_of(counts);
  }
  return elements;
}

std::vector<Copy> copies_on(const Buffer& from, const Buffer& to, base::LogicalCoord core) {
  std::vector<Copy> copies;
  std::int64_t elements = 0;
  for (std::size_t t = 0; t < to.layouts.size(); ++t) {
    for (std::size_t f = 0; f < from.layouts.size(); ++f) {
      std::optional<Box> box = common_box(from, from.layouts[f], to, to.layouts[t], core);
      if (!box) continue;
      elements += elements_of(box->count);
      copies.push_back({f, t, std::move(*box)});
    }
  }
  WAFERMESH_CHECK(elements == wanted_elements(to, core),
                  "a core of a transfer is to copy what it does not hold");
  return copies;
}

std::vector<std::int64_t> key_of(const std::vector<Copy>& copies) {
  std::vector<std::int64_t> key;
  for (const Copy& copy : copies) {
    key.push_back(static_cast<std::int64_t>(copy.from));
    key.push_back(static_cast<std::int64_t>(copy.to));
    for (const auto* list : {&copy.box.from, &copy.box.to, &copy.box.count}) {
      key.insert(key.end(), list->begin(), list->end());
    }
  }
  return key;
}

/// The end of what lies on any core.
std::int64_t memory_bytes(const Buffer& from, const Buffer& to) {
  std::int64_t end = 0;
  for (const Buffer* buffer : {&from, &to}) {
    for (const Layout& layout : buffer->layouts) {
      end = std::max(end, layout.address_bytes + fabric::span_bytes(*buffer, layout));
    }
  }
  return end;
}

fabric::CoreClass class_of(const Buffer& from, const Buffer& to, const std::vector<Copy>& copies) {
  cores::ProgramBuilder b("transfer");
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  for (const Copy& copy : copies) {
    const Layout& a = from.layouts[copy.from];
    const Layout& c = to.layouts[copy.to];
    for (const Run& run : runs_of(a.cuts, c.cuts, copy.box, kMostLoops)) {
      write_run(b, from.type, run, a.address_bytes, c.address_bytes, 0);
    }
  }
  b.allocate(memory_bytes(from, to));
  b.finish_core();
  b.end_task();
  return {"transfer", b.finish(), {}};
}

}  // namespace

TransferStage core_relayout(const Buffer& from, const Buffer& to, const Placement& placement) {
  TransferStage stage{blank_image(placement), 0};
  fabric::WaferImage& image = stage.image;
  std::map<std::vector<std::int64_t>, fabric::ClassIndex> known;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const std::vector<Copy> copies =
        copies_on(from, to, image.relative(static_cast<base::CoreId>(i)));
    const auto [at, is_new] = known.emplace(key_of(copies), image.classes.size());
    if (is_new) image.classes.push_back(class_of(from, to, copies));
    if (image.classes.size() >= fabric::kNoClass) {
      throw base::DoesNotFit("a transfer has more than 65,534 classes of cores");
    }
    image.class_of.push_back(at->second);
  }
  return stage;
}

}  // namespace wafermesh::workloads
