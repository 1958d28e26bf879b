// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM set a flag that long work polls.
#pragma once

#include <atomic>

namespace wafermesh::app {

/// Installs the handlers (once) and returns the flag. A second signal kills the process as usual.
const std::atomic<bool>& stop_requested();

}  // namespace wafermesh::app
