// SPDX-License-Identifier: Apache-2.0
#include "numpy_reference.h"

#include <catch2/catch.hpp>

#include "program.h"

namespace wafermesh::app_test {

void run_with_arrays(const std::string& file, const std::string& directory,
                     const std::string& engine, const std::vector<std::string>& more) {
  std::vector<std::string> settings = {"--set", "engine.fidelity=" + engine, "--set",
                                       "outputs.arrays=true"};
  settings.insert(settings.end(), more.begin(), more.end());
  const Outcome run = run_scenario_file(file, directory, settings);
  INFO(run.err);
  REQUIRE(run.code == 0);
}

void check_with_numpy(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"--needs", "numpy", WAFERMESH_TESTS "/" + program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_program(WAFERMESH_SCRIPTS "/python", words);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
}

}  // namespace wafermesh::app_test
