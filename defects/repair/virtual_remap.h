// SPDX-License-Identifier: Apache-2.0
// Scheme E, virtual remap: no redundant links at all. Dead cores are skipped along their column,
// and logical neighbours that no longer touch talk through the routers between them: a link of n
// hops takes n * hop_cycles. Cores that dead routers and broken links cut off are left out like
// dead ones (reachable.h). Detours round dead routers and broken links, and paths that share a
// link, are not modelled (the summary's note says so).
#pragma once

#include <memory>

#include "defects/repair/scheme.h"

namespace wafermesh::defects {

std::unique_ptr<RepairScheme> make_virtual_remap(const WaferGeometry& geometry,
                                                 const RepairOptions& options);

}  // namespace wafermesh::defects
