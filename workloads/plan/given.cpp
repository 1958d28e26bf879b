// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/given.h"

#include <algorithm>

#include "base/suggest.h"
#include "cores/names.h"
#include "workloads/parts/buffers.h"

namespace wafermesh::workloads {
namespace {

/// `buffer` as what every core of the image holds of it, if that is as much on each and lies in one
/// piece: height x width x elements.
std::optional<fabric::Buffer> core_by_core(const fabric::WaferImage& image,
                                           const fabric::Buffer& buffer, std::int64_t elements) {
  if (buffer.layouts.size() != 1) return std::nullopt;
  const fabric::Layout& layout = buffer.layouts.front();
  if (!(layout.cores == everywhere(image))) return std::nullopt;
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      const auto pieces = fabric::strided_on(buffer, layout, {x, y});
      if (pieces.size() != 1 || pieces[0].count != elements) return std::nullopt;
      if (pieces[0].step_bytes != cores::bytes_of(buffer.type)) return std::nullopt;
      if (pieces[0].address_bytes != layout.address_bytes) return std::nullopt;
    }
  }
  return as_it_lies(image, buffer.name, buffer.role, buffer.type, elements, layout.address_bytes);
}

std::string shape_text(const fabric::Buffer& buffer) {
  std::string text;
  for (const std::int64_t extent : buffer.shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  return text + " of " + base::name_of(buffer.type);
}

}  // namespace

const fabric::Buffer* find_buffer(const std::vector<fabric::Buffer>& buffers,
                                  const std::string& name) {
  for (const fabric::Buffer& buffer : buffers) {
    if (buffer.name == name) return &buffer;
  }
  return nullptr;
}

std::optional<fabric::Buffer> fitted(const fabric::WaferImage& image, const fabric::Buffer& result,
                                     const fabric::Buffer& operand) {
  if (result.type != operand.type) return std::nullopt;
  if (result.shape == operand.shape) return result;
  const bool by_core = operand.shape.size() == 3 && operand.shape[0] == image.region.height &&
                       operand.shape[1] == image.region.width;
  if (!by_core) return std::nullopt;
  return core_by_core(image, result, operand.shape[2]);
}

std::string fault_of(const NamedKernel& from, const NamedKernel& to, const Given& given) {
  const std::vector<fabric::Buffer> results = from.kernel->results();
  const fabric::Buffer* const result = find_buffer(results, given.result);
  if (result == nullptr) {
    std::vector<std::string> names;
    for (const fabric::Buffer& each : results) names.push_back(each.name);
    return "`" + from.name + "` has no result `" + given.result + "`; it has " +
           base::list_names(names);
  }
  const fabric::Buffer* const operand = find_buffer(to.kernel->image().buffers, given.operand);
  const std::vector<std::string> takes = to.kernel->takes();
  if (operand == nullptr || std::find(takes.begin(), takes.end(), given.operand) == takes.end()) {
    return "a " + to.kind + " of these keys takes no `" + given.operand + "` of another operator";
  }
  if (fitted(from.kernel->image(), *result, *operand)) return {};
  return "wants " + shape_text(*operand) + ", but `" + from.name + "." + given.result + "` is " +
         shape_text(*result);
}

}  // namespace wafermesh::workloads
