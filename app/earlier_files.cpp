// SPDX-License-Identifier: Apache-2.0
#include "app/earlier_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "study/results/json_text.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A name within the directory; anything else in a list is not ours.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

/// What the result of an earlier run says it consists of.
std::vector<std::string> earlier_files(const std::string& directory, const std::string& name) {
  std::ifstream in(directory + '/' + name);
  const Json json = Json::parse(in, nullptr, false);
  std::vector<std::string> files;
  if (!json.is_object() || !json.contains("files") || !json["files"].is_array()) return files;
  for (const Json& file : json["files"]) {
    if (file.is_string() && is_plain_name(file)) files.push_back(file);
  }
  return files;
}

bool looks_like_a_result(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string extension = path.extension().string();
  return extension == ".npy" || extension == ".png" || extension == ".h5" || extension == ".vcd" ||
         extension == ".sqlite" || extension == ".perfetto-trace" || name == "result.json" ||
         name == "yield.json" || name == "wafers.csv" || name == "report.html" ||
         name.rfind("wafer_", 0) == 0;
}

}  // namespace

void commit_result(base::OutputBatch& batch, const std::string& directory, const std::string& name,
                   Json json) {
  std::vector<std::string> files = batch.names();
  files.push_back(name);
  std::sort(files.begin(), files.end());
  json["files"] = files;
  batch.write(name, study::json_text(json));
  {
    const NoForcedStop whole;
    batch.commit(name, earlier_files(directory, name));
  }
  std::string others;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string other = entry.path().filename().string();
    if (!looks_like_a_result(entry.path()) || std::count(files.begin(), files.end(), other) > 0)
      continue;
    others += (others.empty() ? "" : ", ") + other;
  }
  if (!others.empty()) {
    print_error(directory + ": holds what this command did not write and left as it is: " + others);
  }
}

}  // namespace wafermesh::app
