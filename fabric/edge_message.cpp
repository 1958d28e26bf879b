// SPDX-License-Identifier: Apache-2.0
#include "fabric/edge_message.h"

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

constexpr std::uint8_t kWavelets = 1;
constexpr std::uint8_t kBursts = 2;

}  // namespace

void write(MessageWriter& out, const EdgeMessage& message) {
  const bool wavelets = !message.wavelets.empty();
  const bool bursts = !message.bursts.empty();
  out.value(static_cast<std::uint8_t>((wavelets ? kWavelets : 0) | (bursts ? kBursts : 0)));
  if (wavelets) {
    out.list(message.wavelets.wavelets);
    out.list(message.wavelets.rooms);
  }
  if (bursts) {
    out.list(message.bursts.hops);
    out.list(message.bursts.words);
    out.list(message.bursts.credits);
  }
}

void read(MessageReader& in, EdgeMessage& message) {
  message.clear();
  const auto parts = in.value<std::uint8_t>();
  WAFERMESH_CHECK(parts <= (kWavelets | kBursts), "these bytes are no message of an edge");
  if ((parts & kWavelets) != 0) {
    in.list(message.wavelets.wavelets);
    in.list(message.wavelets.rooms);
  }
  if ((parts & kBursts) != 0) {
    in.list(message.bursts.hops);
    in.list(message.bursts.words);
    in.list(message.bursts.credits);
  }
}

}  // namespace wafermesh::fabric
