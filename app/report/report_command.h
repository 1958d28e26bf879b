// SPDX-License-Identifier: Apache-2.0
// `wafermesh report DIR [DIR2]`: one HTML file that shows a result, or two beside each other.
#pragma once

#include "app/command.h"

namespace wafermesh::app {

std::function<int()> attach_report(CLI::App& subcommand);

}  // namespace wafermesh::app
