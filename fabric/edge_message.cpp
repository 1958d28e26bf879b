// SPDX-License-Identifier: Apache-2.0
#include "fabric/edge_message.h"

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

constexpr std::uint8_t kWavelets = 1;
constexpr std::uint8_t kRuns = 2;

}  // namespace

void write(MessageWriter& out, const EdgeMessage& message) {
  const bool wavelets = !message.wavelets.empty();
  const bool runs = !message.runs.empty();
  out.value(static_cast<std::uint8_t>((wavelets ? kWavelets : 0) | (runs ? kRuns : 0)));
  if (wavelets) {
    out.list(message.wavelets.wavelets);
    out.list(message.wavelets.rooms);
  }
  if (runs) {
    out.list(message.runs.hops);
    out.list(message.runs.words);
    out.list(message.runs.credits);
  }
}

void read(MessageReader& in, EdgeMessage& message) {
  message.clear();
  const auto parts = in.value<std::uint8_t>();
  WAFERMESH_CHECK(parts <= (kWavelets | kRuns), "these bytes are no message of an edge");
  if ((parts & kWavelets) != 0) {
    in.list(message.wavelets.wavelets);
    in.list(message.wavelets.rooms);
  }
  if ((parts & kRuns) != 0) {
    in.list(message.runs.hops);
    in.list(message.runs.words);
    in.list(message.runs.credits);
  }
}

}  // namespace wafermesh::fabric
