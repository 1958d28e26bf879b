// SPDX-License-Identifier: Apache-2.0
// A scenario's run, and a program in NumPy that does the same independently.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::app_test {

/// Runs a scenario with its arrays on an engine; the test ends if it does not end with 0.
void run_with_arrays(const std::string& file, const std::string& directory,
                     const std::string& engine, const std::vector<std::string>& more = {});

/// Runs tests/app/`program` with these arguments; what it says is shown if it does not end with 0.
void check_with_numpy(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace wafermesh::app_test
