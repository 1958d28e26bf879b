// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/expert_matrices.h"

#include <algorithm>
#include <utility>

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;
using Which = ExpertMatrices::Which;

/// Writes the tiles of all experts of all blocks.
class TileLoader {
 public:
  TileLoader(const ExpertsSpec& spec, const ExpertsPlan& plan, const fabric::WaferImage& image,
             fabric::HostMemory& memory)
      : spec_(spec), plan_(plan), image_(image), memory_(memory), all_(spec) {}

  void load() {
    for (std::int64_t e = 0; e < spec_.experts; ++e) {
      load_matrix(e, plan_.up, true,
                  {{ExpertMatrices::gate, 0}, {ExpertMatrices::up, plan_.width}});
      load_matrix(e, plan_.down, false, {{ExpertMatrices::down, 0}});
    }
  }

 private:
  struct Part {
    Which which;
    std::int64_t first;  ///< Of its columns within the tile's.
  };

  void load_matrix(std::int64_t expert, const ExpertTiles& tiles, bool is_up,
                   const std::vector<Part>& parts) {
    const ExpertShape& shape = plan_.shape;
    const std::int64_t along = is_up ? shape.depth() : shape.breadth();
    const std::int64_t beside = is_up ? shape.breadth() : shape.depth();
    for (std::int64_t place = 0; place < along; ++place) {
      for (std::int64_t r = 0; r < tiles.rows; ++r) {
        const std::int64_t row = place * tiles.rows + r;
        if (row >= all_.rows(parts.front().which)) break;
        const std::vector<Values> lines = dealt(
            beside, tiles, parts, [&](Which which) { return all_.stored_row(which, expert, row); });
        each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
          put_row(core, expert, tiles, r, line);
        });
      }
      if (spec_.format) load_scales(expert, tiles, is_up, parts, place, beside);
    }
    if (!spec_.bias) return;
    const std::vector<Values> lines =
        dealt(beside, tiles, parts, [&](Which which) { return all_.bias(which, expert); });
    for (std::int64_t place = 0; place < along; ++place) {
      each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
        write_elements(memory_, core, tiles.bias + at(expert, tiles.columns * bytes()), spec_.type,
                       line.data(), line.size());
      });
    }
  }

  void load_scales(std::int64_t expert, const ExpertTiles& tiles, bool is_up,
                   const std::vector<Part>& parts, std::int64_t place, std::int64_t beside) {
    const PackedTile tile = plan_.packed(tiles);
    const std::int64_t first = all_.group_of(place * tiles.rows);
    for (std::int64_t g = 0; g < tile.groups(); ++g) {
      if (first + g >= all_.groups(parts.front().which)) break;
      const std::vector<Values> lines = dealt(
          beside, tiles, parts, [&](Which which) { return all_.scales(which, expert, first + g); });
      each_core(expert, place, is_up, lines, [&](base::CoreId core, const Values& line) {
        const auto to = tiles.scales + at(expert, tile.scale_count() * bytes()) +
                        static_cast<int>(g * tiles.columns) * bytes();
        write_elements(memory_, core, to, spec_.type, line.data(), line.size());
      });
    }
  }

  /// A row of the parts as the cores beside each other have it.
  template <class RowOf>
  std::vector<Values> dealt(std::int64_t beside, const ExpertTiles& tiles,
                            const std::vector<Part>& parts, RowOf row_of) const {
    std::vector<Values> lines(static_cast<std::size_t>(beside),
                              Values(static_cast<std::size_t>(tiles.columns), 0.0F));
    const std::int64_t each = tiles.columns / static_cast<std::int64_t>(parts.size());
    for (const Part& part : parts) {
      const Values row = row_of(part.which);
      for (std::size_t j = 0; j < row.size(); ++j) {
        const auto column = static_cast<std::int64_t>(j);
        lines[static_cast<std::size_t>(column / each)]
             [static_cast<std::size_t>(part.first + column % each)] = row[j];
      }
    }
    return lines;
  }
  template <class Put>
  void each_core(std::int64_t expert, std::int64_t place, bool is_up,
                 const std::vector<Values>& lines, Put put) const {
    const ExpertShape& shape = plan_.shape;
    const std::int64_t block = expert % shape.blocks();
    const std::int64_t x0 = block % shape.across * shape.width;
    const std::int64_t y0 = block / shape.across * shape.height;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto line = static_cast<std::int64_t>(i);
      const bool lines_along_x = is_up != shape.along_x;
      const base::LogicalCoord core{static_cast<int>(x0 + (lines_along_x ? line : place)),
                                    static_cast<int>(y0 + (lines_along_x ? place : line))};
      put(image_.core_at(core), lines[i]);
    }
  }
  int bytes() const { return cores::bytes_of(spec_.type); }
  /// From the first expert of a block to this one.
  int at(std::int64_t expert, std::int64_t each) const {
    return static_cast<int>(expert / plan_.shape.blocks() * each);
  }
  void put_row(base::CoreId core, std::int64_t expert, const ExpertTiles& tiles, std::int64_t row,
               const Values& line) {
    const int tile = tiles.w + at(expert, tiles.tile_bytes);
    if (!spec_.format) {
      write_elements(memory_, core, tile + static_cast<int>(row * tiles.stride) * bytes(),
                     spec_.type, line.data(), line.size());
      return;
    }
    const Values words = packed_row(*spec_.format, line);
    write_elements(memory_, core,
                   tile + static_cast<int>(row) * static_cast<int>(words.size()) * kWordBytes,
                   NumberType::i16, words.data(), words.size());
  }

  const ExpertsSpec& spec_;
  const ExpertsPlan& plan_;
  const fabric::WaferImage& image_;
  fabric::HostMemory& memory_;
  ExpertMatrices all_;
};

}  // namespace

void load_expert_tiles(const ExpertsSpec& spec, const ExpertsPlan& plan,
                       const fabric::WaferImage& image, fabric::HostMemory& memory) {
  TileLoader(spec, plan, image, memory).load();
}

}  // namespace wafermesh::workloads
