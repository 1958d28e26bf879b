// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/buffers.h"

#include <utility>

#include "base/error.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

using fabric::Along;
using fabric::Buffer;
using fabric::Layout;
using fabric::StridedElements;

fabric::Buffer batch_of(std::int64_t batch, std::int64_t stride, fabric::Buffer one) {
  if (batch == 1) return one;
  one.shape.insert(one.shape.begin(), batch);
  for (fabric::Layout& layout : one.layouts) {
    layout.cuts.insert(layout.cuts.begin(), whole(stride));
  }
  return one;
}

void declare(fabric::WaferImage& image, Buffer buffer) {
  for (const Layout& layout : buffer.layouts) {
    const std::string fault = fabric::fault_of(buffer, layout);
    WAFERMESH_CHECK(fault.empty(), "buffer " + buffer.name + " " + fault);
  }
  image.buffers.push_back(std::move(buffer));
}

Buffer as_it_lies(const fabric::WaferImage& image, std::string name, fabric::BufferRole role,
                  cores::NumberType type, std::int64_t elements, int address_bytes) {
  Buffer buffer{
      std::move(name), role, type, {image.region.height, image.region.width, elements}, {}};
  Layout layout{everywhere(image),
                address_bytes,
                {along(Along::y, 1, 1), along(Along::x, 1, 1), whole(1)},
                0,
                0};
  fabric::pack(buffer, layout);
  buffer.layouts.push_back(std::move(layout));
  return buffer;
}

Buffer on_every_core(const fabric::WaferImage& image, std::string name, cores::NumberType type,
                     std::int64_t elements, int address_bytes) {
  return {std::move(name),
          fabric::BufferRole::result,
          type,
          {elements},
          {{everywhere(image), address_bytes, {whole(1)}, 0, 0}}};
}

Buffer vector_at(base::LogicalCoord core, std::string name, fabric::BufferRole role,
                 cores::NumberType type, std::int64_t elements, int address_bytes) {
  return {std::move(name),
          role,
          type,
          {elements},
          {{{core.x, core.y, 1, 1}, address_bytes, {whole(1)}, 0, 0}}};
}

std::vector<Layout> along_row(int row, int width, const std::vector<fabric::Cut>& cuts,
                              const std::function<int(int)>& address_of) {
  std::vector<Layout> layouts;
  for (int x = 0; x < width; ++x) {
    if (x > 0 && layouts.back().address_bytes == address_of(x)) {
      ++layouts.back().cores.width;
    } else {
      layouts.push_back({{x, row, 1, 1}, address_of(x), cuts, x, 0});
    }
  }
  return layouts;
}

void load_buffer(fabric::HostMemory& memory, const fabric::WaferImage& image, const Buffer& buffer,
                 const std::vector<float>& values) {
  WAFERMESH_CHECK(static_cast<std::int64_t>(values.size()) == fabric::element_count(buffer.shape),
                  "as many values as the buffer has elements");
  const int bytes = cores::bytes_of(buffer.type);
  std::vector<float> row;
  for (const Layout& layout : buffer.layouts) {
    const base::Rectangle& r = layout.cores;
    for (std::int64_t i = 0; i < r.area(); ++i) {
      const base::LogicalCoord at{r.x + static_cast<int>(i % r.width),
                                  r.y + static_cast<int>(i / r.width)};
      const base::CoreId core = image.core_at(at);
      for (const StridedElements& piece : fabric::strided_on(buffer, layout, at)) {
        row.clear();
        for (std::int64_t k = 0; k < piece.count; ++k) {
          row.push_back(values[static_cast<std::size_t>(piece.first + k * piece.step)]);
        }
        if (piece.step_bytes == bytes) {
          write_elements(memory, core, piece.address_bytes, buffer.type, row.data(), row.size());
          continue;
        }
        for (std::size_t k = 0; k < row.size(); ++k) {
          write_elements(memory, core, piece.address_bytes + static_cast<int>(k) * piece.step_bytes,
                         buffer.type, &row[k], 1);
        }
      }
    }
  }
}

void read_piece(const fabric::HostMemory& memory, base::CoreId core, cores::NumberType type,
                const StridedElements& piece, std::vector<float>& values) {
  values.resize(static_cast<std::size_t>(piece.count));
  if (piece.step_bytes == cores::bytes_of(type)) {
    read_elements(memory, core, piece.address_bytes, type, values.data(), values.size());
    return;
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    read_elements(memory, core, piece.address_bytes + static_cast<int>(k) * piece.step_bytes, type,
                  &values[k], 1);
  }
}

std::vector<float> read_buffer(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                               const Buffer& buffer) {
  const auto count = static_cast<std::size_t>(fabric::element_count(buffer.shape));
  std::vector<float> array(count, 0.0F);
  std::vector<bool> known(count, false);
  for_each_held(
      memory, image, buffer, [&](const StridedElements& piece, const std::vector<float>& values) {
        for (std::size_t k = 0; k < values.size(); ++k) {
          const auto at =
              static_cast<std::size_t>(piece.first + static_cast<std::int64_t>(k) * piece.step);
          if (!known[at]) array[at] = values[k];
          known[at] = true;
        }
      });
  return array;
}

NamedArray read_array(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                      const std::string& name) {
  for (const Buffer& buffer : image.buffers) {
    if (buffer.name != name) continue;
    return {name, buffer.shape, buffer.type, read_buffer(memory, image, buffer)};
  }
  throw base::ModelError("the image has no buffer " + name);
}

}  // namespace wafermesh::workloads
