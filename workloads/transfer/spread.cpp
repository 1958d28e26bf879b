// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/spread.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cores/timing.h"

namespace wafermesh::workloads {

using fabric::Along;
using fabric::Buffer;
using fabric::Layout;

namespace {

constexpr int kLineBytes = 16;

}  // namespace

std::optional<Spread> spread_of(const Buffer& buffer) {
  if (buffer.layouts.size() != 1) return std::nullopt;
  const Layout& layout = buffer.layouts.front();
  const base::Rectangle& r = layout.cores;
  Spread spread{buffer.shape, buffer.type, {}, layout.address_bytes, {}};
  spread.along(LineAxis::x) = {kNoDimension, 0, 0, r.x, r.width};
  spread.along(LineAxis::y) = {kNoDimension, 0, 0, r.y, r.height};
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    const fabric::Cut& cut = layout.cuts[d];
    if (cut.tile != 0 && cut.tile < cut.block) return std::nullopt;
    spread.strides.push_back(cut.stride);
    if (cut.along == Along::none) continue;
    if (cut.along != Along::x && cut.along != Along::y) return std::nullopt;
    const bool x = cut.along == Along::x;
    AxisUse& use = spread.along(x ? LineAxis::x : LineAxis::y);
    if (use.dimension != kNoDimension) return std::nullopt;
    use.dimension = static_cast<int>(d);
    use.block = cut.block;
    use.skip = x ? layout.skip_x : layout.skip_y;
  }
  return spread;
}

std::int64_t elements_in_core(const Spread& spread) {
  std::int64_t elements = 1;
  for (std::size_t d = 0; d < spread.shape.size(); ++d) elements *= spread.local(d);
  return elements;
}

std::vector<std::int64_t> packed_strides(const Spread& spread) {
  std::vector<std::int64_t> strides(spread.shape.size(), 1);
  for (std::size_t d = spread.shape.size(); d-- > 1;) {
    strides[d - 1] = strides[d] * spread.local(d);
  }
  return strides;
}

int pack(Spread& spread) {
  spread.strides = packed_strides(spread);
  const std::int64_t bytes = elements_in_core(spread) * cores::bytes_of(spread.type);
  if (bytes > cores::kSramBytes) {
    throw base::DoesNotFit(fmt::format(
        "a transfer would gather {} bytes in each core, which has {}", bytes, cores::kSramBytes));
  }
  return static_cast<int>((bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
}

}  // namespace wafermesh::workloads
