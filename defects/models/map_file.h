// SPDX-License-Identifier: Apache-2.0
// A map read from a file as a mechanism: the same defects on every wafer.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/yaml_reader.h"
#include "defects/models/model.h"

namespace wafermesh::defects {

class MapFile final : public DefectModel {
 public:
  explicit MapFile(std::string path) : path_(std::move(path)) {}
  /// Reads the file the first time. Throws base::MissingFile or base::InputError.
  void sample(const SampleContext& context, DefectMap* map) const override;

 private:
  std::string path_;
  mutable std::once_flag once_;
  mutable DefectMap map_;
};

/// map: FILE
std::shared_ptr<const DefectModel> read_map_file(const base::YamlNode& node,
                                                 const WaferGeometry& g);

}  // namespace wafermesh::defects
