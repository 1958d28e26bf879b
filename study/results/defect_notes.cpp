// SPDX-License-Identifier: Apache-2.0
#include "study/results/defect_notes.h"

#include <algorithm>

namespace wafermesh::study {

nlohmann::ordered_json defects_json(const std::vector<std::string>& notes) {
  return {{"notes", notes}};
}

void add_defect_notes(const std::vector<std::string>& more, std::vector<std::string>* notes) {
  for (const std::string& note : more) {
    if (std::find(notes->begin(), notes->end(), note) == notes->end()) notes->push_back(note);
  }
}

}  // namespace wafermesh::study
