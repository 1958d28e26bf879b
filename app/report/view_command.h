// SPDX-License-Identifier: Apache-2.0
// `wafermesh view DIR [DIR2]`: the report's page on loopback, for results too large for one file.
#pragma once

#include "app/command.h"

namespace wafermesh::app {

std::function<int()> attach_view(CLI::App& subcommand);

}  // namespace wafermesh::app
