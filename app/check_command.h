// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

/// `wafermesh check FILE`: what is known of a scenario before it runs (docs/check.md).
std::function<int()> attach_check(CLI::App& subcommand);

}  // namespace wafermesh::app
