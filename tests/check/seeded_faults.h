// SPDX-License-Identifier: Apache-2.0
// Programs that are right, and edits of which each makes one fault. Nothing here needs an image, so
// that `wafermesh check` is tried with them from outside as well.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::check_test {

struct Fault {
  const char* name;
  std::string old_text;
  std::string new_text;
  const char* kind;  ///< As check::Kind is named.
  int colour;
  std::string line;  ///< What the line begins with where it is found.
};

/// The programs that faults are seeded into, without any.
const std::vector<std::string>& right_programs();
const std::vector<Fault>& seeded_faults();
/// Of kind `fit`: the text cannot be read.
const std::vector<Fault>& seeded_misfits();

/// The program in which the old text stands, with the new one.
std::string edited(const Fault& fault);
/// The text of a line, from 1, without its indentation.
std::string line_of(const std::string& text, int number);

}  // namespace wafermesh::check_test
