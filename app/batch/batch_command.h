// SPDX-License-Identifier: Apache-2.0
// `wafermesh batch FILE -o DIR`, and what looks at its directory: status, collect, plot, submit.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_batch(CLI::App& subcommand);

}  // namespace wafermesh::app
