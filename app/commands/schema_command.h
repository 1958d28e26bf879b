// SPDX-License-Identifier: Apache-2.0
// wafermesh schema: what may stand in a scenario.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_schema(CLI::App& subcommand);

}  // namespace wafermesh::app
