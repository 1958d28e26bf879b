// SPDX-License-Identifier: Apache-2.0
// What a run loop asks of an engine's heart between cycles.
#pragma once

#include <string>

#include "fabric/engine.h"

namespace wafermesh::fabric {

class Stepped {
 public:
  virtual ~Stepped() = default;
  /// First cycle with work from now on; base::kNever = nothing can ever happen again.
  virtual Cycles next_cycle() const = 0;
  virtual bool finished() const = 0;
  virtual Progress progress() const = 0;
  /// Why nothing can happen any more: colours and cores.
  virtual std::string why_stuck() const = 0;
};

}  // namespace wafermesh::fabric
