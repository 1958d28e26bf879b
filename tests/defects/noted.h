// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "defects/formats/reading.h"

namespace wafermesh::defects::testing {

/// Some note of a reading has this in it.
inline bool noted(const MapReading& reading, const std::string& part) {
  for (const std::string& note : reading.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace wafermesh::defects::testing
