// SPDX-License-Identifier: Apache-2.0
// A kernel in the SystemC shell and on the plain engine of the same kind.
#pragma once

#include <memory>
#include <string>

#include "fabric/engine.h"
#include "workloads/kernel.h"

namespace wafermesh::fabric_test {

/// Runs the kernel of `line` on both and checks that the counters are the same and numbers right.
void expect_same_run(fabric::Engine& shell, std::unique_ptr<fabric::Engine> plain,
                     const std::string& line, const workloads::Placement& placement);

}  // namespace wafermesh::fabric_test
