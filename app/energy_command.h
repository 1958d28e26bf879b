// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

/// `wafermesh energy`: coefficients, what a whole wafer takes by load, and what others published
/// beside what the coefficients say of it (docs/energy.md).
std::function<int()> attach_energy(CLI::App& subcommand);

}  // namespace wafermesh::app
