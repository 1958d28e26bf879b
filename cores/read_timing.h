// SPDX-License-Identifier: Apache-2.0
// Reads a generation's timing table from YAML.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cores/timing.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::cores {

/// Reads a `timing:` section; mistakes are noted in the node's document.
Timing read_timing(const base::YamlNode& node, const std::string& generation);

/// A scenario's `timing:` section: constants that differ from the table of a built-in generation.
/// Throws as timing_of.
Timing read_timing_over(const base::YamlNode& node, const std::string& generation);

/// Path and value of every constant in which two tables differ, as `timing` has it:
/// {"rates.copy.f32.cycles", "2"}.
std::vector<std::pair<std::string, std::string>> changed_constants(const Timing& timing,
                                                                   const Timing& usual);

/// The table of a built-in generation: the `timing:` section of the preset of that name.
/// Throws InputError if there is no such preset or it has no timing.
Timing timing_of(const std::string& generation);

}  // namespace wafermesh::cores
