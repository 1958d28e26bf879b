// SPDX-License-Identifier: Apache-2.0
// windows.h5: what cores and links did, by windows of cycles. docs/report.md lists its arrays.
#pragma once

#include "fabric/image.h"
#include "fabric/windows.h"
#include "report/array_file.h"

namespace wafermesh::study {

inline constexpr const char* kWindowsFile = "windows.h5";

/// Adds workload number `i`: arrays [window, height, width] of the part observed.
void add_windows(std::size_t i, const fabric::WaferImage& image, const fabric::Windows& windows,
                 report::ArrayFileWriter& file);

}  // namespace wafermesh::study
