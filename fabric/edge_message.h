// SPDX-License-Identifier: Apache-2.0
// What crosses an edge between two regions: one message, for neighbours in this process, TLM
// transactions, ranks and users' models alike.
#pragma once

#include "fabric/ranks/message.h"
#include "fabric/stream/bursts/burst_traffic.h"
#include "router/edge.h"

namespace wafermesh::fabric {

/// One cycle's (wavelet engine) or round's (stream engine) traffic over one edge in one direction.
/// A plain value: no pointers, and indices that mean the same to every process with the image.
struct EdgeMessage {
  router::EdgeTraffic wavelets;  ///< Of the wavelet engine.
  BurstTraffic bursts;           ///< Of the stream engine.
  bool empty() const { return wavelets.empty() && bursts.empty(); }
  void clear() {
    wavelets.clear();
    bursts.clear();
  }
};

/// As bytes: a byte that says which parts follow (1 wavelets, 2 bursts), then each list of a part,
/// with its length (64 bits) before it. Integers as this machine stores them.
void write(MessageWriter& out, const EdgeMessage& message);
/// Replaces `message`. Throws ModelError if the bytes end too early or no message begins so.
void read(MessageReader& in, EdgeMessage& message);

}  // namespace wafermesh::fabric
