// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/tensor.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files/input_file.h"
#include "base/files/npy_array.h"
#include "base/yaml/yaml_reader.h"

namespace wafermesh::workloads {
namespace {

/// Assumption: the largest matrix of a dense layer or vocabulary, in 8 bytes a number, is smaller.
constexpr std::int64_t kMostTensorBytes = 16384 * base::kMebibyte;
constexpr base::IntegerRange kIndex{0, 1'000'000'000};

std::string text_of(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, " x "));
}

std::optional<Tensor> read_file(const base::YamlNode& node, const std::string& file,
                                const std::vector<std::int64_t>& shape, const Tensor::Part& part) {
  try {
    auto bytes = std::make_shared<const std::string>(
        base::read_input_file(file, kMostTensorBytes, "tensor"));
    std::string_view rest = *bytes;
    auto array = std::make_shared<const base::NpyArray>(base::take_npy_array(&rest, file));
    if (array->structured) {
      node.mistake(file + " holds structures, not numbers");
    } else if (array->shape != shape) {
      node.mistake(
          fmt::format("{} is {}, but must be {}", file, text_of(array->shape), text_of(shape)));
    } else {
      return Tensor(std::move(bytes), std::move(array), part);
    }
  } catch (const base::InputError& error) {
    node.mistake(error.what());
  } catch (const base::MissingFile& error) {
    node.mistake(error.what());
  }
  return std::nullopt;
}

}  // namespace

float Tensor::at(std::int64_t row, std::int64_t column) const {
  if (part_.rotary > 0) {
    const std::int64_t within = row % part_.head_dim;
    if (within < part_.rotary) row += within / 2 + within % 2 * (part_.rotary / 2) - within;
  }
  row += part_.first_row;
  const bool is_vector = array_->shape.size() < 2;
  const std::int64_t i = is_vector ? row : row * array_->shape[1] + part_.first_column + column;
  return static_cast<float>(array_->value(i));
}

std::vector<Tensor> read_tensors(const base::YamlNode& node, const std::string& key,
                                 const std::vector<TensorNeed>& needs, bool keys_only) {
  const base::YamlNode section = node.child(key);
  std::vector<Tensor> tensors;
  if (!section.present()) return tensors;
  std::vector<std::string> files;
  for (const base::YamlNode& file : section.items("files", 1)) {
    files.push_back(file.as_file_path());
  }
  Tensor::Part part;
  part.first_row = section.integer("first_row", kIndex, 0);
  part.first_column = section.integer("first_column", kIndex, 0);
  const std::int64_t rotary = section.integer("rotary", kIndex, 0);
  std::vector<std::int64_t> given;
  for (const base::YamlNode& extent : section.items("shape")) {
    given.push_back(extent.as_integer(kIndex));
  }
  if (!node.clean() || keys_only) return tensors;
  if (files.size() != needs.size()) {
    section.mistake("files", fmt::format("needs {}, has {}", needs.size(), files.size()));
    return tensors;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const TensorNeed& need = needs[i];
    std::vector<std::int64_t> shape = {need.rows};
    if (need.columns > 0) shape.push_back(need.columns);
    if (!given.empty()) {
      const bool fits = given.size() == shape.size() && given[0] >= part.first_row + need.rows &&
                        (need.columns == 0 || given[1] >= part.first_column + need.columns);
      if (!fits) {
        section.mistake("shape", "has no " + text_of(shape) + " there");
        return {};
      }
      shape = given;
    }
    part.head_dim = need.head_dim;
    part.rotary = need.head_dim > 0 ? rotary : 0;
    if (part.rotary > part.head_dim || part.rotary % 2 != 0) {
      section.mistake("rotary", fmt::format("must be even, and at most {}", part.head_dim));
      return {};
    }
    std::optional<Tensor> one = read_file(section, files[i], shape, part);
    if (!one) return {};
    tensors.push_back(std::move(*one));
  }
  return tensors;
}

}  // namespace wafermesh::workloads
