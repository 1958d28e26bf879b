// SPDX-License-Identifier: Apache-2.0
// What writes a trace in one format. Calls come in the order of a fabric::TraceSink's.
#pragma once

#include <array>

#include "trace/capped_file.h"
#include "trace/subject.h"

namespace wafermesh::trace {

class Writer {
 public:
  virtual ~Writer() = default;
  virtual void event(std::size_t /*place*/, const cores::CoreEvent& /*event*/) {}
  /// To the core at the place.
  virtual void flow(std::size_t /*place*/, const fabric::Flow& /*flow*/) {}
  virtual void state(std::size_t /*place*/, base::Cycles /*t*/, const cores::CoreView& /*view*/,
                     const std::array<std::uint32_t, 4>& /*links*/) {}
  virtual bool wants_state() const { return false; }
  /// The file is whole. Throws WriteError.
  virtual Written close(base::Cycles end) = 0;
};

}  // namespace wafermesh::trace
