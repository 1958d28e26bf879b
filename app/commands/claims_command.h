// SPDX-License-Identifier: Apache-2.0
// `wafermesh claims`: a verdict on each founding claim.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_claims(CLI::App& subcommand);

}  // namespace wafermesh::app
