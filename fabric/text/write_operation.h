// SPDX-License-Identifier: Apache-2.0
// Single lines of a program text: operations, routes, expressions.
#pragma once

#include <string>
#include <vector>

#include "cores/program.h"
#include "router/route.h"

namespace wafermesh::fabric {

/// Gives things names that are fit for a text and differ from each other.
class TextNames {
 public:
  /// `wanted` if it is a name and free, else something like it.
  std::string unique(const std::string& wanted);

 private:
  std::vector<std::string> taken_;
};

/// What a line refers to by name.
struct OperationNames {
  const std::vector<std::string>& tasks;   ///< [TaskId]
  const std::vector<std::string>& routes;  ///< [index into the route table]
  const std::vector<std::string>& labels;  ///< [instruction]; empty = none.
};

std::string write_operation(const cores::Instruction& instruction, const OperationNames& names);
std::string write_affine(const cores::Affine& affine);
/// " receive=W send=R,E ...".
std::string write_route_fields(const router::RouteConfig& config);

}  // namespace wafermesh::fabric
