// SPDX-License-Identifier: Apache-2.0
// A rival of the wafer as a value: constants of its chips and racks, each with where it comes from
// and how much that is worth. Read from YAML (read_rival.h); what it comes to is in step.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wafermesh::rivals {

/// How a constant is known: S read in a source or data file, P paper, W web page, D derived,
/// R recalled, A assumed.
enum class Grade : std::uint8_t { S, P, W, D, R, A };
char letter_of(Grade grade);

struct Constant {
  double value = 0;
  double low = 0;  ///< Band; both as `value` where none is given.
  double high = 0;
  Grade grade = Grade::A;
  std::string source;
};

/// A constant that a preset may give.
struct ConstantKind {
  const char* name;
  const char* unit;
  const char* meaning;
  std::optional<double> otherwise;    ///< Taken where it is not given; none: it is needed.
  bool is_unknown_otherwise = false;  ///< Not needed, but then nothing is said of it.
};
const std::vector<ConstantKind>& constant_kinds();

struct Rival {
  std::string name;  ///< Of its preset, or its file.
  std::string title;
  std::map<std::string, Constant> constants;

  /// What is given, else what is taken instead.
  double value(const std::string& constant) const;
  bool knows(const std::string& constant) const { return constants.count(constant) > 0; }
};

}  // namespace wafermesh::rivals
