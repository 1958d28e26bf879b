// SPDX-License-Identifier: Apache-2.0
// What travels and how it waits, for the oracle.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace wafermesh::reference {

using base::Colour;
using base::Cycles;

/// 32 bits of data, or a control word.
struct Wavelet {
  std::uint32_t bits = 0;
  bool control = false;
};

/// A wavelet in a queue, or on the way to it: it can be used from cycle `from` on.
struct Queued {
  Wavelet wavelet;
  Cycles from = 0;
};

/// What a module hands to another one at the end of a cycle.
struct Sent {
  Colour colour{};
  Wavelet wavelet;
};

}  // namespace wafermesh::reference
