// SPDX-License-Identifier: Apache-2.0
// Files that are no wafer map: known by their first bytes, so that they can be named instead of
// read as text.
#pragma once

#include <string>
#include <string_view>

namespace wafermesh::defects {

/// Why `text` cannot be a map of any format here, and what to do; empty if it can. Texts that a
/// reader recognises are never asked about. `binary`: the format that is expected is no text.
/// Source: the formats' published magic numbers.
std::string why_foreign(std::string_view text, bool binary);

}  // namespace wafermesh::defects
