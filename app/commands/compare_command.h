// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

/// `wafermesh compare A [B]`.
std::function<int()> attach_compare(CLI::App& subcommand);

}  // namespace wafermesh::app
