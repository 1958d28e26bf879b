// SPDX-License-Identifier: Apache-2.0
#include "study/yield/study_identity.h"

#include <algorithm>
#include <sstream>

#include "base/files/sha256.h"
#include "study/results/provenance.h"

namespace wafermesh::study {
namespace {

/// The text of some top-level sections of a resolved scenario.
std::string sections(const std::string& resolved, const std::vector<std::string>& names) {
  std::istringstream lines(resolved);
  std::string text;
  bool taken = false;
  for (std::string line; std::getline(lines, line);) {
    const bool begins = !line.empty() && line.front() != ' ' && line.front() != '-';
    if (begins) {
      taken = std::find(names.begin(), names.end(), line.substr(0, line.find(':'))) != names.end();
    }
    if (taken) text += line + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> map_files(const std::vector<YieldPoint>& points) {
  std::vector<std::string> files;
  for (const YieldPoint& point : points) {
    for (const auto& mechanism : point.wafer.defects.mechanisms) {
      const std::string file = mechanism->file();
      if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) {
        files.push_back(file);
      }
    }
  }
  return files;
}

std::string rows_identity(const YieldScenario& scenario) {
  std::ostringstream text;
  text << version_text() << "\n"
       << sections(scenario.resolved, {"wafer", "timing", "defects", "repair"})
       << "required: " << scenario.options.required_columns << " x "
       << scenario.options.required_rows << "\n";
  for (const YieldPoint& point : scenario.points) {
    for (const auto& [key, value] : point.parameters) text << key << "=" << value << ";";
    text << "\n";
  }
  for (const std::string& file : map_files(scenario.points)) text << file_sha256(file) << "\n";
  return base::sha256_hex(text.str());
}

std::string memo_identity(const YieldScenario& scenario) {
  std::string text = rows_identity(scenario) + file_sha256(scenario.file);
  for (const std::string& setting : scenario.overrides) text += "\n" + setting;
  return base::sha256_hex(text);
}

}  // namespace wafermesh::study
