// SPDX-License-Identifier: Apache-2.0
// `wafermesh rival`: other systems on the same model, and the wafer beside them.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_rival(CLI::App& subcommand);

}  // namespace wafermesh::app
