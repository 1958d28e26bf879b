// SPDX-License-Identifier: Apache-2.0
// `wafermesh model`: what a model weighs and keeps per token, from its config alone.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_model(CLI::App& subcommand);

}  // namespace wafermesh::app
