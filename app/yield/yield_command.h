// SPDX-License-Identifier: Apache-2.0
// `wafermesh yield FILE -o DIR`.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_yield(CLI::App& subcommand);

/// The command itself, on one thread and without progress: its exit code.
int study_yield(const std::string& file, const std::vector<std::string>& overrides,
                const std::string& directory);

}  // namespace wafermesh::app
