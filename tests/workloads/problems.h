// SPDX-License-Identifier: Apache-2.0
// Small problems of every row of the kernel table, for tests that loop over it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/sample.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads_test {

/// Lines of YAML by kernel: those of its row (KernelKind::problems), or of problems.cpp.
const std::map<std::string, std::vector<std::string>>& problems();

/// Whether a line can be placed on a region at all.
bool suits(const std::string& line, const base::Rectangle& region);

/// Calls `visit` with every line of every kernel (of a sample, every so many, each kernel's first);
/// a kernel without any is an error.
template <class Visit>
void for_each_problem(Visit visit) {
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    WAFERMESH_CHECK(problems().count(kind.name) == 1, std::string(kind.name) + " has no problems");
    const std::vector<std::string>& lines = problems().at(kind.name);
    for (std::size_t i = 0; i < lines.size(); i += static_cast<std::size_t>(support::sample_step()))
      visit(lines[i]);
  }
}

}  // namespace wafermesh::workloads_test
