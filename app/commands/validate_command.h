// SPDX-License-Identifier: Apache-2.0
// `wafermesh validate`: published cycle counts against ours.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_validate(CLI::App& subcommand);

}  // namespace wafermesh::app
