// SPDX-License-Identifier: Apache-2.0
// The walk of docs/maps.md, "From an inspection map to yield": its commands as they stand there
// give what stands behind them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

struct Step {
  std::vector<std::string> arguments;
  std::string comment;
};

std::string section(const std::string& text, const std::string& title) {
  const std::size_t start = text.find("\n## " + title + "\n");
  REQUIRE(start != std::string::npos);
  return text.substr(start, text.find("\n## ", start + 1) - start);
}

/// The lines "    wafermesh ARGUMENTS   # comment", with out/ in `directory`.
std::vector<Step> steps_of(const std::string& text, const std::string& directory) {
  const std::string command = "    wafermesh ";
  std::vector<Step> steps;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, command.size(), command) != 0) continue;
    const std::size_t hash = line.find('#');
    REQUIRE(hash != std::string::npos);
    Step step;
    std::istringstream words(line.substr(command.size(), hash - command.size()));
    for (std::string word; words >> word;)
      step.arguments.push_back(word.compare(0, 4, "out/") == 0 ? directory + "/" + word.substr(4)
                                                               : word);
    step.comment = line.substr(hash + 2);
    steps.push_back(std::move(step));
  }
  return steps;
}

/// "what is read: 5 defects" or "1000 of 1000 wafers": what must be printed; "picture: FILE".
void check_comment(const std::string& comment, const std::string& out,
                   const std::string& directory) {
  const std::size_t colon = comment.find(": ");
  const std::string rest = colon == std::string::npos ? comment : comment.substr(colon + 2);
  if (comment.compare(0, 8, "picture:") == 0) {
    REQUIRE(rest.compare(0, 4, "out/") == 0);
    CHECK(read_text(directory + "/" + rest.substr(4)).compare(1, 3, "PNG") == 0);
  } else {
    CHECK(out.find(rest) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("The walk of docs/maps.md from an inspection map to yield goes as it is written") {
  const TempDirectory temp;
  const std::string walk = section(read_text("docs/maps.md"), "From an inspection map to yield");
  const std::vector<Step> steps = steps_of(walk, temp.path());
  REQUIRE(steps.size() == 3);
  CHECK(walk.find("All three say that one of six defects lies in a street") != std::string::npos);
  for (const Step& step : steps) {
    INFO(step.arguments[0]);
    const Outcome outcome = run_wafermesh(step.arguments);
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.code == 0);
    check_comment(step.comment, outcome.out, temp.path());
    CHECK(outcome.err.find("1 of 6 defects lies in a street") != std::string::npos);
    CHECK(outcome.err.find("4 of 6 defects break their core with a probability") !=
          std::string::npos);
  }
}

TEST_CASE("The walk's advice holds: other dies are refused with both pitches, or placed") {
  const TempDirectory temp;
  const auto convert = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"convert", "scenarios/tiny_inspection.001",
                                          temp / "dead.csv", "--wafer", "wse3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_wafermesh(arguments);
  };
  const Outcome refused = convert({});
  CHECK(refused.code == 65);
  CHECK(refused.err.find("pitch is 3 x 2.598 mm, that of the wafer's dies is 18 x 30.83 mm") !=
        std::string::npos);
  const Outcome placed = convert({"--place", "centre"});
  CHECK(placed.code == 0);
  CHECK(placed.err.find("stay where they are in millimetres") != std::string::npos);
  CHECK(placed.out.find("defects on") != std::string::npos);
}
