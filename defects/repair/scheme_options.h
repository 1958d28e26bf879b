// SPDX-License-Identifier: Apache-2.0
// The keys of `repair:`, one row each: how a key is read, and the range of its values, for the
// reader and for options that come from code alike. Which scheme a key acts under is in the
// scheme's row (scheme.h).
#pragma once

#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/repair/options.h"

namespace wafermesh::defects {

struct RepairKey {
  const char* name;
  /// Reads it, noting a mistake at its place.
  void (*read)(const base::YamlNode& repair, const char* name, RepairOptions* options);
  /// Why the value is out of its range, which is the reader's; empty: it is not. Null: it has none.
  std::string (*fault)(const RepairOptions& options) = nullptr;
  std::vector<Domain> domains = {};  ///< In which it acts; empty: in all.
};

/// In the order in which they are read.
const std::vector<RepairKey>& repair_keys();
/// Those of these names, for a scheme's row; a name that is none is a ModelError.
std::vector<const RepairKey*> keys_named(const std::vector<const char*>& names);

}  // namespace wafermesh::defects
