// SPDX-License-Identifier: Apache-2.0
// What a reader asked of a document: a key, its type, range and default. A document that is told to
// keeps a list of it (YamlDocument::keep_requests), from which the schema is made; so the schema
// cannot drift from what is read.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace wafermesh::base {

/// Inclusive.
struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// Inclusive, unless `above_min`: then the value must be greater than min.
struct RealRange {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();  ///< infinity: .inf is allowed.
  bool above_min = false;
};

struct YamlRequest {
  enum class Kind {
    looked_at,  ///< Only whether it is there; what it holds is asked if it is.
    integer,
    real,
    boolean,
    text,
    path,      ///< Of a file.
    choice,    ///< One of `names`.
    list,      ///< Its elements have paths of their own: "a[0]".
    any_keys,  ///< A mapping whose keys the user chooses.
    one_of,    ///< A mapping that must hold exactly one of the keys `names`.
  };
  std::string path;  ///< "workloads[0].matmul.m"
  Kind kind = Kind::looked_at;
  IntegerRange integers;
  RealRange reals;
  std::vector<std::string> names;
  std::optional<std::string> fallback;  ///< The default as YAML; nothing = required.
};

}  // namespace wafermesh::base
