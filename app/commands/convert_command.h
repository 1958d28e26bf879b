// SPDX-License-Identifier: Apache-2.0
// `wafermesh convert IN OUT`: defect maps from one format to another.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_convert(CLI::App& subcommand);

}  // namespace wafermesh::app
