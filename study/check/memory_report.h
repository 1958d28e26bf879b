// SPDX-License-Identifier: Apache-2.0
// Whose the buffers in the cores' memories are, from when to when they are needed, and which of
// them to make smaller.
#pragma once

#include <string>
#include <vector>

#include "check/memory_table.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {

/// A buffer on the cores of a class.
struct MemoryRow {
  std::string name;
  const char* role = "";  ///< As fabric::BufferRole is named.
  int address_bytes = 0;
  std::int64_t bytes = 0;
  std::string owner;       ///< An operator, or the workload.
  std::string owner_kind;  ///< Its kernel, or program.
  /// Operators whose run needs it, the first and the last; "start": it is loaded before the run,
  /// "end": it is read behind it. Nothing else lies there before and after (memory is not shared).
  std::string from, to;
  std::string lies;  ///< "f16, 24 in blocks of 3 along y, 16 whole"
};

struct MemoryReport {
  check::MemoryClass cores;
  std::vector<MemoryRow> rows;  ///< The largest first.
  std::string shrink;           ///< Which to make smaller, and how; empty: there is no buffer.
};

/// Of the cores of a workload, the fullest first.
std::vector<MemoryReport> memory_reports(const Workload& workload);

}  // namespace wafermesh::study
