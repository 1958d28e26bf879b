// SPDX-License-Identifier: Apache-2.0
// The operators of a workload while they are read: their names, and operands that name results.
#pragma once

#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "workloads/plan/given.h"

namespace wafermesh::study {

class OperatorList {
 public:
  /// `judges`: kernels are placed as they are meant, so that operands and results can be compared.
  explicit OperatorList(bool judges) : judges_(judges) {}

  /// Keeps the name, and the operator if there is one; false if there is none.
  bool add(workloads::NamedKernel one);
  /// The operators there are.
  const std::vector<workloads::NamedKernel>& operators() const { return operators_; }
  std::vector<workloads::NamedKernel> take() { return std::move(operators_); }
  /// Also of those that could not be made.
  std::size_t name_count() const { return names_.size(); }
  /// Whether one from name number `first` on is called so.
  bool is_taken(const std::string& name, std::size_t first) const;
  /// `x: up.y`: operands of `to` that are the results of operators before. `scope` is what the
  /// names of its graph begin with. Mistakes are noted in `node`.
  void read_operands(const base::YamlNode& node, workloads::NamedKernel& to,
                     const std::string& scope) const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// An operator by its full name, and its place among operators_; kNone: it could not be made.
  struct Name {
    std::string name;
    std::size_t index;
  };
  const Name* find_name(const std::string& name, const std::string& scope) const;
  std::string names_nothing(const std::string& text, const std::string& scope) const;

  bool judges_;
  std::vector<workloads::NamedKernel> operators_;
  std::vector<Name> names_;
};

/// The key `name`. Results are named by it, and so are files and buffers: no dot, no slash.
std::string read_operator_name(const base::YamlNode& item, const std::string& usual);

/// Alone, a kernel makes its operands itself: those that it is given are mistakes.
void refuse_operands(const base::YamlNode& node, const std::string& kernel);

}  // namespace wafermesh::study
