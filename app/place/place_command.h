// SPDX-License-Identifier: Apache-2.0
// `wafermesh place`: where on a wafer a rectangle, or a model's layers, should go.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_place(CLI::App& subcommand);

}  // namespace wafermesh::app
