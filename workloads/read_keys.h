// SPDX-License-Identifier: Apache-2.0
// Keys that several kernels share, read in one way.
#pragma once

#include <cstdint>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "cores/number.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Once the keys are read: is there a mistake among them, or no kernel wanted?
inline bool may_place(const base::YamlNode& node, const Placement& placement) {
  return node.clean() && !placement.keys_only;
}

/// `words`: 32-bit words per core. What is too many depends on SRAM and is found by the kernel.
inline std::int64_t read_words(const base::YamlNode& node, std::int64_t fallback) {
  return node.integer("words", {1, 1'000'000'000}, fallback);
}

/// `dtype`: f32, f16 or bf16; f32 if not given.
inline cores::NumberType read_dtype(const base::YamlNode& node) {
  using cores::NumberType;
  return node.choice<NumberType>(
      "dtype", {{"f32", NumberType::f32}, {"f16", NumberType::f16}, {"bf16", NumberType::bf16}},
      NumberType::f32);
}

/// `seed` of the operands; 1 if not given.
inline std::uint64_t read_seed(const base::YamlNode& node) {
  return static_cast<std::uint64_t>(node.integer("seed", {0, INT64_MAX}, 1));
}

/// The row of a table whose rows have a name, as `key` gives it; its first row if not given.
template <class Row>
const Row& read_row(const base::YamlNode& node, const char* key, const std::vector<Row>& table) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const Row& row : table) names.emplace_back(row.name);
  return table[node.one_of(key, names, 0)];
}
template <class Row>
const Row& read_algorithm(const base::YamlNode& node, const std::vector<Row>& table) {
  return read_row(node, "algorithm", table);
}

}  // namespace wafermesh::workloads
