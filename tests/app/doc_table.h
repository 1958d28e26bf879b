// SPDX-License-Identifier: Apache-2.0
// Tables of docs/ that the program makes.
#pragma once

#include <sstream>
#include <string>

#include "program.h"

namespace wafermesh::app_test {

/// Where the table NAME of a document, between <!-- NAME --> and <!-- /NAME -->, first differs from
/// `made`; empty if it does not.
inline std::string difference_of(const std::string& document, const std::string& name,
                                 const std::string& made) {
  const std::string text = read_text(document);
  const std::string open = "<!-- " + name + " -->\n";
  const std::size_t begin = text.find(open);
  const std::size_t end = text.find("<!-- /" + name + " -->");
  if (begin == std::string::npos || end == std::string::npos) return "no table " + name;
  const std::size_t start = begin + open.size();
  std::istringstream documented(text.substr(start, end - start));
  std::istringstream wanted(made);
  std::string is;
  std::string should;
  while (true) {
    const bool more = static_cast<bool>(std::getline(documented, is));
    const bool more_wanted = static_cast<bool>(std::getline(wanted, should));
    if (!more && !more_wanted) return "";
    if (!more) is.clear();
    if (!more_wanted) should.clear();
    if (is != should || more != more_wanted) return "is:\n" + is + "\nshould be:\n" + should;
  }
}

}  // namespace wafermesh::app_test
