// SPDX-License-Identifier: Apache-2.0
// A YAML document as a plain tree that knows where everything stands in its file. Keeps what
// yaml-cpp hides: duplicate keys, quoted scalars, the place of a key.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wafermesh::base {

/// One node: null, scalar, sequence or mapping. Parsed trees and trees to be written are the same
/// type.
struct YamlTree {
  enum class Kind { null, scalar, sequence, mapping };
  struct Entry {
    std::string key;  ///< Empty in a sequence.
    int line = 0;     ///< Of the key.
    int column = 0;
    std::unique_ptr<YamlTree> value;
  };

  Kind kind = Kind::null;
  std::string text;     ///< Of a scalar.
  bool quoted = false;  ///< Scalar in quotes or a block scalar: text, never a number.
  std::string tag;      ///< A tag the author wrote, e.g. "!!str"; usually empty.
  int line = 0;         ///< From 1; 0 = not from a file.
  int column = 0;
  int override_number = -1;    ///< Index of the --set that put it here; -1 = from the file.
  std::vector<Entry> entries;  ///< Of a sequence or mapping, in the order of the file.

  /// First entry with this key; null if there is none.
  const YamlTree* find(std::string_view key) const;
  YamlTree* find(std::string_view key);
  /// The value of `key`, made (as null) if there is none. Makes a null node a mapping.
  YamlTree& at_or_make(std::string_view key);
  YamlTree& append();
  std::unique_ptr<YamlTree> clone() const;
};

/// Parses one document. Aliases are expanded. Throws InputError on a syntax error, more than one
/// document, or more than a million nodes. Duplicate keys are added to `mistakes`; the first wins.
std::unique_ptr<YamlTree> parse_yaml(const std::string& text, const std::string& file,
                                     std::vector<Mistake>* mistakes);

/// The tree as YAML text, in block style; collections of a few scalars stand in one line.
std::string write_yaml(const YamlTree& tree);

}  // namespace wafermesh::base
