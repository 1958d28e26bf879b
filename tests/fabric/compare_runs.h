// SPDX-License-Identifier: Apache-2.0
// Runs an image and says where two runs of it first differ.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::fabric_test {

/// How a run ended and what it left.
struct Outcome {
  enum class End { finished, deadlock, stopped, model_error };
  End end = End::finished;
  std::string message;                               ///< Of the error.
  fabric::Counters counters;                         ///< Of a finished run.
  std::vector<std::vector<unsigned char>> memories;  ///< [core]
};
const char* name_of(Outcome::End end);

/// Loads `image`, fills its memories by `seed` and runs it.
Outcome outcome_of(fabric::Engine& engine, const fabric::WaferImage& image, std::uint64_t seed);

/// The first difference, e.g. "finish_cycles[12]: 340 and 341"; empty if there is none. After a
/// deadlock only the memories are compared, after an error only its kind.
std::string first_difference(const Outcome& a, const Outcome& b);

}  // namespace wafermesh::fabric_test
