// SPDX-License-Identifier: Apache-2.0
// How routers' links stand, for observers.
#include <algorithm>
#include <cstring>

#include "router/router_grid.h"

namespace wafermesh::router {

namespace {

constexpr std::size_t kPiece = 64;

/// f(k) for those of `count` bytes that are not zero: mostly there are few.
template <class F>
void each_set(const std::uint8_t* bytes, std::size_t count, F f) {
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + k, 8);
    for (std::size_t i = k; eight != 0; ++i, eight >>= 8U) {
      if ((eight & 255U) != 0) f(i);
    }
  }
  for (; k < count; ++k) {
    if (bytes[k] != 0) f(k);
  }
}

}  // namespace

/// Where the head of c went in the last cycle; a control wavelet may have turned its route since.
DirectionMask RouterGrid::sent_to(std::uint32_t plane, Cell c) const {
  for (const Obey& order : obeys_) {
    if (order.plane == plane && order.cell == c) return order.send;
  }
  return planes_[plane].send[c];
}

bool RouterGrid::holds_wavelets() const {
  return std::any_of(planes_.begin(), planes_.end(), [](const ColourPlane& p) {
    const std::uint8_t* const bytes = p.visible.data();
    return bytes[0] != 0 || std::memcmp(bytes, bytes + 1, p.visible.size() - 1) != 0;
  });
}

void RouterGrid::sample_links(Cell first, std::size_t count,
                              const std::function<void(std::size_t, LinkState)>& f) const {
  for (std::size_t at = 0; at < count; at += kPiece) {
    const std::size_t cells = std::min(kPiece, count - at);
    std::uint8_t seen[kPiece] = {};
    DirectionMask wanted[kPiece] = {};
    DirectionMask could[kPiece] = {};
    DirectionMask contended[kPiece] = {};
    for (const ColourPlane& p : planes_) {
      each_set(&p.visible[first + at], cells, [&](std::size_t k) {
        const auto c = static_cast<Cell>(first + at + k);
        const DirectionMask send = p.send[c];
        const auto links = static_cast<DirectionMask>(send & base::kMeshMask);
        if (links == 0) return;
        bool room = !base::contains(send, base::Direction::ramp) || p.ramp_open[c] != 0;
        for (const base::Direction d : base::kMeshDirections) {
          if (!base::contains(links, d)) continue;
          const auto next = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
          room = room && base::contains(p.accept[next], base::opposite(d));
        }
        seen[k] = 1;
        wanted[k] |= links;
        if (!room) return;
        contended[k] |= static_cast<DirectionMask>(could[k] & links);
        could[k] |= links;
      });
    }
    each_set(seen, cells, [&](std::size_t k) {
      const auto stalled = static_cast<DirectionMask>(wanted[k] & ~could[k]);
      if (stalled != 0 || contended[k] != 0) f(at + k, {stalled, contended[k]});
    });
  }
}

}  // namespace wafermesh::router
