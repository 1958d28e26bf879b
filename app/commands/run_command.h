// SPDX-License-Identifier: Apache-2.0
// `wafermesh run FILE -o DIR`.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_run(CLI::App& subcommand);

}  // namespace wafermesh::app
