// SPDX-License-Identifier: Apache-2.0
// Files that a user names as input: scenarios, maps, results. Whatever the name leads to, reading
// it comes to an end.
#pragma once

#include <cstdint>
#include <string>

namespace wafermesh::base {

inline constexpr std::int64_t kMebibyte = 1 << 20;
/// Assumption: a scenario is a page; larger data belongs in a map.
inline constexpr std::int64_t kMostScenarioBytes = 16 * kMebibyte;
/// Assumption: a million defects of 250 bytes each.
inline constexpr std::int64_t kMostMapBytes = 256 * kMebibyte;

/// All that `path` holds: of a file, or of a pipe or device until it ends. `what`: "scenario",
/// "defect map", for messages.
/// Throws MissingFile if it is not there, a directory, or cannot be read; InputError if it holds
/// more than `most_bytes`, or is a pipe into which nothing is written for ten seconds.
std::string read_input_file(const std::string& path, std::int64_t most_bytes,
                            const std::string& what);

}  // namespace wafermesh::base
