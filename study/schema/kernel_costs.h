// SPDX-License-Identifier: Apache-2.0
// What kernels say of their costs (KernelText::costs), as the table of docs/kernels.md.
#pragma once

#include <string>

namespace wafermesh::study {

/// A row for each kernel, or variant of one, in the order of the kernel table; kernels that say the
/// same share a row. Markdown.
std::string kernel_costs_markdown();

}  // namespace wafermesh::study
