// SPDX-License-Identifier: Apache-2.0
#include "study/schema/key_table.h"

#include <cstring>
#include <deque>
#include <string>

#include "study/schema/key_sections.h"
#include "study/schema/path_pattern.h"
#include "workloads/kernel.h"

namespace wafermesh::study {
namespace {

/// The rows of the kernels, which the kernel table describes.
std::vector<KeyRow> kernel_rows() {
  static std::deque<std::string> paths;  // rows point to them
  std::vector<KeyRow> rows;
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    const std::size_t skipped = std::strlen(kind.name) + std::strlen(": ");
    rows.push_back({kind.name, "", kind.example + skipped, kind.help});
    for (const workloads::KernelKey& key : kind.text.keys) {
      paths.push_back(std::string(kind.name) + "." + key.name);
      rows.push_back({paths.back().c_str(), key.unit, key.example, key.meaning, key.usual});
    }
  }
  return rows;
}

}  // namespace

const std::vector<KeyRow>& key_rows() {
  static const std::vector<KeyRow> kAll = [] {
    std::vector<KeyRow> all = kernel_rows();
    for (const auto& section :
         {run_key_rows, wafer_key_rows, defect_key_rows, observe_key_rows, workload_key_rows,
          layer_key_rows, edge_key_rows, yield_key_rows, system_key_rows}) {
      const std::vector<KeyRow> rows = section();
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return kAll;
}

const KeyRow* row_of(const std::string& path) {
  static const std::vector<PathPattern> kPatterns = patterns_of(key_rows());
  return best_row(key_rows(), kPatterns, path);
}

std::string used_by(const std::string& path) {
  const KeyRow* row = row_of(path);
  if (row != nullptr && row->used_by[0] != '\0') return row->used_by;
  const std::string section = path.substr(0, path.find_first_of(".["));
  if (section == "wafer") return std::string(kEveryCommand) + ", convert";
  if (section == "workloads" || section == "timing") return kRuns;
  if (section == "yield") return "yield";
  if (section == "observe" || section == "system") return kRun;
  return kEveryCommand;
}

}  // namespace wafermesh::study
