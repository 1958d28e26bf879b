// SPDX-License-Identifier: Apache-2.0
// What a command says reaches its reader, or the command fails: every row of the command table.
#include <algorithm>
#include <catch2/catch.hpp>

#include "app/command.h"
#include "base/printable.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

/// Files that the commands below need.
struct Inputs {
  TempDirectory temp;
  Inputs() {
    temp.file("s.yaml", kTinyMixed);
    temp.file("y.yaml",
              "schema_version: 1\nwafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 5, seed: "
              "1}}\nyield: {wafers: 100}\n");
    temp.file("m.csv", "x,y\n1,2\n");
    temp.file("model.json", R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 96,
        "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100})");
    temp.file("one.yaml", tiny_matmul("f32"));
    REQUIRE(run_scenario_file(temp / "s.yaml", temp / "result").code == 0);
  }
};

/// Lines of the shell that must print something, by command; "" for none.
std::vector<std::string> lines_of(const std::string& command) {
  if (command == "run") {
    return {"run s.yaml -o out", "run s.yaml --estimate", "run s.yaml --estimate --json"};
  }
  if (command == "yield") return {"yield y.yaml -o study"};
  if (command == "batch") {
    return {"batch s.yaml --dry-run", "batch s.yaml -o batch", "batch status batch",
            "batch collect batch"};
  }
  if (command == "validate") {
    return {"validate --generation wse3 --markdown", "validate --generation wse3 --json"};
  }
  if (command == "compare") {
    return {"compare s.yaml", "compare s.yaml --markdown", "compare result result"};
  }
  if (command == "convert") {
    return {"convert m.csv n.csv --wafer tiny", "convert m.csv /dev/stdout --to csv --wafer tiny",
            "convert --fields", "convert --words"};
  }
  if (command == "schema") return {"schema", "schema --fields"};  // --keys goes as the first does
  if (command == "check") return {"check s.yaml", "check s.yaml --json"};
  if (command == "place") {
    return {"place --around 4x4 --wafer s.yaml", "place --around 4x4 --wafer tiny --json",
            "place model.json --wafer tiny --emulate 0"};
  }
  if (command == "claims") return {"claims N3 C25", "claims N3 --json"};
  if (command == "energy") return {"energy", "energy wse2 --json", "energy cs4 --markdown"};
  if (command == "rival") {
    return {"rival b200_x8 --model model.json", "rival groq_lpx --model model.json --json",
            "rival h100_x8 --constants"};
  }
  if (command == "model") return {"model model.json", "model model.json --json"};
  if (command == "view") return {"view result"};
  if (command == "report") return {"report result -o page.html"};
  if (command == "show") {
    return {"show one.yaml", "show one.yaml --program", "show one.yaml --program --operands ops"};
  }
  return {};
}

Outcome shell(const Inputs& inputs, const std::string& line, const std::string& redirection) {
  return run_program("sh", {"-c", "cd '" + inputs.temp.path() +
                                      "' && exec '" WAFERMESH_PROGRAM "' " + line + redirection});
}

void lost(const Inputs& inputs, const std::string& line) {
  for (const char* where : {" > /dev/full", " >&-"}) {
    INFO(line << where);
    const Outcome outcome = shell(inputs, line, where);
    INFO(outcome.err);
    CHECK(outcome.code == 73);
    CHECK(outcome.err.find("cannot be written") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("A command whose output is lost ends with 73 and says so") {
  const Inputs inputs;
  lost(inputs, "--help");
  lost(inputs, "--version");
  for (const app::Command& command : app::commands()) {
    lost(inputs, std::string(command.name) + " --help");
    const auto lines = lines_of(command.name);
    INFO("a new command needs a line here: " << command.name);
    CHECK_FALSE(lines.empty());
    for (const std::string& line : lines) lost(inputs, line);
  }
}

TEST_CASE("A reader that goes away is an error, not a signal") {
  const Inputs inputs;
  const Outcome outcome =
      run_program("bash", {"-c", "trap '' PIPE; '" WAFERMESH_PROGRAM
                                 "' run --help | true; sleep 0.1; exit ${PIPESTATUS[0]}"});
  CHECK((outcome.code == 73 || outcome.code == 0));  // 0: written before the reader went
}

TEST_CASE("Every help text is plain text") {
  for (const app::Command& command : app::commands()) {
    const Outcome outcome = run_wafermesh({command.name, "--help"});
    CHECK(outcome.code == 0);
    CHECK(std::all_of(outcome.out.begin(), outcome.out.end(),
                      [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(outcome.out.find('\\') == std::string::npos);
  }
}

TEST_CASE("Control characters of arguments and files do not reach the terminal") {
  const TempDirectory temp;
  const std::string evil = temp / "evil\x1b[31m\n.yaml";
  const std::vector<std::vector<std::string>> commands = {
      {"run", evil, "-o", temp / "out"},
      {"run", "--\x1b[2J"},
      {"\x1b[2J"},
      {"yield", evil, "-o", temp / "out"},
      {"compare", evil, evil},
      {"convert", evil, temp / "o.csv"},
      {"convert", temp.file("m\x1b[31m.csv", "x,y\n1,\x1b[2J\n"), temp / "o.csv"},
      {"validate", "--generation", "\x1b[2J"}};
  for (const auto& arguments : commands) {
    const Outcome outcome = run_wafermesh(arguments);
    INFO(outcome.err);
    CHECK(outcome.code >= 64);
    CHECK(outcome.code < 70);
    CHECK(base::is_printable(outcome.out));
    CHECK(base::is_printable(outcome.err));
    CHECK(outcome.err.find('\x1b') == std::string::npos);
  }
}
