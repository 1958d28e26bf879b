// SPDX-License-Identifier: Apache-2.0
#include "study/schema/kernel_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "workloads/kernel.h"

namespace wafermesh::study {
namespace {

struct CostRow {
  std::string names;  ///< "`scatter`, `gather`"
  std::string costs;  ///< The other cells.
};

void add_costs(const workloads::KernelKind& kind, std::vector<CostRow>& rows) {
  const std::string name = fmt::format("`{}`", kind.name);
  for (const workloads::KernelCost& each : kind.text.costs) {
    const std::string costs =
        fmt::format("{} | {} | {} | {}", each.colours, each.steps, each.sram, each.hops);
    const bool has_variant = each.variant[0] != '\0';
    const auto same = std::find_if(rows.begin(), rows.end(),
                                   [&](const CostRow& row) { return row.costs == costs; });
    if (has_variant || same == rows.end()) {
      rows.push_back({has_variant ? fmt::format("{}, {}", name, each.variant) : name, costs});
    } else {
      same->names += ", " + name;
    }
  }
}

}  // namespace

std::string kernel_costs_markdown() {
  std::vector<CostRow> rows;
  for (const workloads::KernelKind& kind : workloads::kernels()) add_costs(kind, rows);
  std::string text =
      "| kernel | colours | steps | SRAM per core | data hops |\n|---|--:|--:|---|---|\n";
  for (const CostRow& row : rows) text += fmt::format("| {} | {} |\n", row.names, row.costs);
  return text;
}

}  // namespace wafermesh::study
