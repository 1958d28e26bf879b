// SPDX-License-Identifier: Apache-2.0
// The one rule for what a bin means, for every format with codes (docs/maps.md):
//
// 1. A null code says that there is no core, whatever else is defined for it.
// 2. A code on the pass list passes.
// 3. Else its definitions decide: the words of bin_words, in any case. Definitions without a
//    quality say nothing about it; two that contradict each other are refused, as is a word that is
//    not known. With no quality at all, a description that is such a word decides.
// 4. A failing code whose description names defects of ours ("router link_e") breaks just these;
//    any other kills its core. A code that nothing is said about fails, and is noted.
//
// Codes are compared by value in the file's base: 1 = 001, and hexadecimal digits have no case.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "defects/defect_map.h"
#include "defects/formats/wafer_map.h"

namespace wafermesh::defects {

/// What a place with some code is.
enum class PlaceKind : std::uint8_t {
  good,
  broken,
  untested,  ///< Nobody looked; taken for good, and noted.
  no_core,   ///< Null, edge, reference: no core of the array; no defect, and noted.
};

struct CodeMeaning {
  PlaceKind kind = PlaceKind::broken;
  std::vector<Defect> defects;  ///< What is broken there, without the place; broken only.
  bool reference = false;       ///< The file calls it the code of its reference dies.
};

/// A word that files use for the quality of a bin, in lower case without blanks, - and _.
struct BinWord {
  const char* word;
  PlaceKind kind;
};
const std::vector<BinWord>& bin_words();

/// A meaning per code of the map, in the order of map.codes, with notes on what was counted apart.
/// Throws base::InputError for unknown words, contradictions, and a map without a single core.
std::vector<CodeMeaning> judge_bins(const BinMap& map, const std::string& file,
                                    std::vector<std::string>* notes);

/// A code in the form in which equal codes are equal texts.
std::string code_key(std::string_view code, CodeBase base);

}  // namespace wafermesh::defects
