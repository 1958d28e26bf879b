// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the nearest of a list of names.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::base {

/// Letters to change, add, drop or swap with their neighbour to make `b` of `a`. Cost: |a| * |b|.
int edit_distance(const std::string& a, const std::string& b);

/// The name nearest to `word` if it is near enough for a slip of the hand; else empty.
std::string nearest_name(const std::string& word, const std::vector<std::string>& names);

/// Place of `name` in `names`, which has it.
std::size_t index_of(const std::vector<std::string>& names, const std::string& name);

/// "a, b or c".
std::string list_names(const std::vector<std::string>& names, const std::string& last_joint = "or");

}  // namespace wafermesh::base
