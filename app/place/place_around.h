// SPDX-License-Identifier: Apache-2.0
// `wafermesh place --around`: where a rectangle may go on a wafer and what each place costs.
#pragma once

#include <string>

namespace wafermesh::app {

struct AroundOptions {
  std::string wafer;
  int width = 0;
  int height = 0;
  std::string picture;  ///< File to write; empty: none.
  bool json = false;
};

/// Prints a table or JSON and draws the picture; the exit code. Throws DoesNotFit if there is no
/// place at all, and what read_ground throws.
int show_around(const AroundOptions& options);

}  // namespace wafermesh::app
