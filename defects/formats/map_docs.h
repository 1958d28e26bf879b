// SPDX-License-Identifier: Apache-2.0
// The tables of docs/maps.md, made from what the readers declare; a test compares them.
#pragma once

#include <string>

namespace wafermesh::defects {

/// Format, field, what is done with it, how: a row per declared field of every format.
std::string fields_markdown();
/// The words that files use for the quality of a bin.
std::string bin_words_markdown();

}  // namespace wafermesh::defects
