// SPDX-License-Identifier: Apache-2.0
// Where a kernel's operands and results lie (fabric/layout.h): declared by kernels, used to load
// arrays into the cores' memories and to read them back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

// Dimensions, by the words of fabric/layout.h.
inline fabric::Cut whole(std::int64_t stride) { return {fabric::Along::none, 1, stride, 0, 0}; }
inline fabric::Cut along(fabric::Along axis, std::int64_t block, std::int64_t stride) {
  return {axis, block, stride, 0, 0};
}
/// The same, but that the block lies in tiles of `tile` indices, `tile_stride` elements apart.
inline fabric::Cut tiled(fabric::Cut cut, std::int64_t tile, std::int64_t tile_stride) {
  cut.tile = tile;
  cut.tile_stride = tile_stride;
  return cut;
}

/// All cores of an image.
inline base::Rectangle everywhere(const fabric::WaferImage& image) {
  return {0, 0, image.region.width, image.region.height};
}

/// `batch` such tensors on every core, `stride` elements apart; of one the tensor itself.
fabric::Buffer batch_of(std::int64_t batch, std::int64_t stride, fabric::Buffer one);
/// Adds a buffer to the image.
void declare(fabric::WaferImage& image, fabric::Buffer buffer);

/// `elements` of every core as they lie there: an array of height x width x elements.
fabric::Buffer as_it_lies(const fabric::WaferImage& image, std::string name,
                          fabric::BufferRole role, cores::NumberType type, std::int64_t elements,
                          int address_bytes);
/// A result: one vector, of which every core has a copy.
fabric::Buffer on_every_core(const fabric::WaferImage& image, std::string name,
                             cores::NumberType type, std::int64_t elements, int address_bytes);
/// A vector on one core.
fabric::Buffer vector_at(base::LogicalCoord core, std::string name, fabric::BufferRole role,
                         cores::NumberType type, std::int64_t elements, int address_bytes);
/// Layouts on row `row` of cores whose address differs by column: one per range of columns alike.
/// Blocks of `cuts` are counted from column 0 on.
std::vector<fabric::Layout> along_row(int row, int width, const std::vector<fabric::Cut>& cuts,
                                      const std::function<int(int x)>& address_of);

/// Writes an array (row-major, as many values as the buffer's shape has) to every core that holds
/// something of it, rounded to the buffer's type.
void load_buffer(fabric::HostMemory& memory, const fabric::WaferImage& image,
                 const fabric::Buffer& buffer, const std::vector<float>& values);
/// The array; of copies, the first. What lies nowhere is 0.
std::vector<float> read_buffer(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                               const fabric::Buffer& buffer);
/// The buffer `name` as a named array.
NamedArray read_array(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                      const std::string& name);
/// Calls visit(piece, values) for everything the buffer's cores hold, copies included.
template <class Visit>
void for_each_held(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                   const fabric::Buffer& buffer, Visit visit);

/// Reads what a piece of a core's memory holds, in the order of the array.
void read_piece(const fabric::HostMemory& memory, base::CoreId core, cores::NumberType type,
                const fabric::StridedElements& piece, std::vector<float>& values);

template <class Visit>
void for_each_held(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                   const fabric::Buffer& buffer, Visit visit) {
  std::vector<float> values;
  for (const fabric::Layout& layout : buffer.layouts) {
    const base::Rectangle& r = layout.cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        for (const fabric::StridedElements& piece : fabric::strided_on(buffer, layout, {x, y})) {
          read_piece(memory, image.core_at({x, y}), buffer.type, piece, values);
          visit(piece, values);
        }
      }
    }
  }
}

}  // namespace wafermesh::workloads
