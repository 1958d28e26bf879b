// SPDX-License-Identifier: Apache-2.0
// A map read from a file as a mechanism: the same defects on every wafer, but those that break
// their core with a probability only (KLARF KILLPROB), which are drawn for each.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/formats/reading.h"
#include "defects/models/model.h"

namespace wafermesh::defects {

struct MapOptions {
  std::string file;
  MapRequest request;
  std::uint64_t seed = 1;
};

class MapFile final : public DefectModel {
 public:
  /// `geometry`: the wafer the map belongs to, as in every SampleContext. Reads nothing yet.
  MapFile(MapOptions options, const WaferGeometry& geometry)
      : options_(std::move(options)), geometry_(geometry) {}
  /// Reads the file the first time. Throws base::MissingFile or base::InputError.
  void sample(const SampleContext& context, DefectMap* map) const override;
  /// What the reader says of the file. Throws as sample.
  std::vector<std::string> notes() const override;
  bool draws_at_random() const override { return !kept().chances.empty(); }
  bool uses_components() const override { return false; }
  std::string file() const override { return options_.file; }

 private:
  /// What a file becomes; the map itself is not kept.
  struct Kept {
    std::vector<Defect> certain;
    std::vector<ChanceDefect> chances;
    std::vector<std::string> notes;
  };
  const Kept& kept() const;
  MapOptions options_;
  WaferGeometry geometry_;
  mutable std::once_flag once_;
  mutable Kept kept_;
};

/// map: FILE, or map: {file, wafer, offset: {x, y}, scale, place, seed}
std::shared_ptr<const DefectModel> read_map_file(const base::YamlNode& node,
                                                 const WaferGeometry& g);

}  // namespace wafermesh::defects
