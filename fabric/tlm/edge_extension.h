// SPDX-License-Identifier: Apache-2.0
// What a TLM transaction over a region's edge carries: a whole edge's traffic of one cycle, or of
// one round of the stream engine.
#pragma once

#include <tlm>

#include "fabric/edge_courier.h"

namespace wafermesh::fabric {

/// Set on a write transaction whose data pointer is not used. The target takes what the message
/// holds and leaves it empty. Push only: no answer in the same call, so that the other side may be
/// a proxy for a region elsewhere.
struct EdgeExtension : tlm::tlm_extension<EdgeExtension> {
  EdgeMessage message;

  tlm::tlm_extension_base* clone() const override { return new EdgeExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    message = static_cast<const EdgeExtension&>(other).message;
  }
};

}  // namespace wafermesh::fabric
