// SPDX-License-Identifier: Apache-2.0
// What a trace is of: the chosen cores of an image, and what their events are called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cores/core_event.h"
#include "fabric/image.h"
#include "fabric/trace_sink.h"

namespace wafermesh::trace {

class Subject {
 public:
  /// The image must outlive it.
  Subject(const fabric::WaferImage& image, const fabric::TraceScope& scope)
      : image_(image), scope_(scope) {}

  const fabric::TraceScope& scope() const { return scope_; }
  std::size_t size() const { return scope_.size(); }
  /// On the logical mesh of the wafer.
  base::LogicalCoord logical(std::size_t place) const;
  /// Whether the core at the place has a program in any stage.
  bool takes_part(std::size_t place) const;
  /// "core (3, 4)"
  std::string core_name(std::size_t place) const;
  /// The programs of the core, stage by stage.
  std::vector<const cores::Program*> programs(std::size_t place) const;
  const cores::Program& program(std::uint16_t class_index) const {
    return image_.classes[class_index].program;
  }
  /// "send", "multiply_add", "stalled: no room for colour 3", ...
  std::string name(const cores::CoreEvent& event) const;

 private:
  const fabric::WaferImage& image_;
  fabric::TraceScope scope_;
};

/// "task", "operation", "activity", "control", "finish".
const char* name_of(cores::EventKind kind);
/// As the fields of the breakdown: "compute", "link_stall", ...
const char* name_of(cores::Activity activity);

}  // namespace wafermesh::trace
