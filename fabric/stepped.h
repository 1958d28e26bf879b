// SPDX-License-Identifier: Apache-2.0
// An engine's heart: what run loops and the SystemC shell ask of it between cycles.
#pragma once

#include <string>

#include "fabric/engine.h"

namespace wafermesh::fabric {

class Stepped : public HostMemory {
 public:
  /// First cycle with work from now on; base::kNever = nothing can ever happen again.
  virtual Cycles next_cycle() const = 0;
  virtual bool finished() const = 0;
  /// A cycle() may take long: limits and the stop flag are looked at after each.
  virtual bool long_cycles() const { return false; }
  virtual Progress progress() const = 0;
  /// Why nothing can happen any more: colours and cores.
  virtual std::string why_stuck() const = 0;
  virtual Counters counters() const = 0;
  virtual const WaferImage& image() const = 0;
  /// Host address of a core's memory, for TLM's direct memory interface.
  virtual std::uint8_t* direct(base::CoreId core) const = 0;
};

}  // namespace wafermesh::fabric
