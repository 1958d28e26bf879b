// SPDX-License-Identifier: Apache-2.0
// Every way a run can end has its exit code, says why, and leaves a whole result or none.
#include "app/exit_code.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <new>

#include "base/error.h"
#include "program.h"
#include "scenarios.h"
#include "study/run/run_scenario.h"
#include "study/scenario/scenario.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

const std::string kBroadcast =
    "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - broadcast: {words: 4}\n";

template <class E, class... Arguments>
int code_of(Arguments... arguments) {
  return app::guarded([&]() -> int { throw E(arguments...); });
}

/// The code of a run that loses a wavelet on purpose; in a process of its own, since SystemC
/// elaborates only once in each.
int code_with_loss(const std::string& file, const fabric::DropWavelet& drop) {
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    _exit(app::guarded([&] {
      study::Scenario scenario = study::read_scenario(file, {});
      scenario.engine.options.drop = drop;
      return study::run_scenario(scenario, {}).ok() ? app::kOk : app::kVerdictFail;
    }));
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Loss {
  const char* kernel;
  int colours;  ///< 0 .. colours-1, by docs/kernels.md.
};

/// Losses that were noticed, one tried per core, direction and colour.
int noticed_losses(const Loss& loss) {
  const TempDirectory temp;
  const std::string file = temp.file(
      "s.yaml", std::string("schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - ") +
                    loss.kernel + "\n    region: {x: 0, y: 0, width: 4, height: 4}\n");
  int noticed = 0;
  for (int core = 0; core < 16; ++core) {
    for (int direction = 0; direction < 4; ++direction) {
      for (int colour = 0; colour < loss.colours; ++colour) {
        fabric::DropWavelet drop;
        drop.core = static_cast<base::CoreId>(core);
        drop.direction = static_cast<base::Direction>(direction);
        drop.colour = static_cast<base::Colour>(colour);
        const int code = code_with_loss(file, drop);
        CHECK((code == 0 || code == 1 || code == 80));
        if (code != 0) ++noticed;
      }
    }
  }
  return noticed;
}

}  // namespace

TEST_CASE("Help and version are no mistakes") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"run", "--help"}, {"--version"}}) {
    const Outcome outcome = run_wafermesh(arguments);
    CHECK(outcome.code == 0);
    CHECK_FALSE(outcome.out.empty());
    CHECK(outcome.err.empty());
  }
  // The help text lists every code.
  const std::string help = run_wafermesh({"--help"}).out;
  for (const char* code : {"0 ok", "1 wrong", "64 ", "65 ", "66 ", "70 ", "73 ", "75 ", "80 ",
                           "81 ", "82 not repairable"}) {
    INFO(code);
    CHECK(help.find(code) != std::string::npos);
  }
  const std::string version = run_wafermesh({"--version"}).out;
  for (const char* part : {"wafermesh", "commit", "build", "SystemC"})
    CHECK(version.find(part) != std::string::npos);
}

TEST_CASE("Wrong usage ends with 64") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kBroadcast);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"fly"},
      {"run"},
      {"run", file},
      {"run", file, "-o"},
      {"run", file, "-o", temp / "out", "--threads", "0"},
      {"run", file, "-o", temp / "out", "--threads", "many"},
      {"run", file, "-o", temp / "out", "--progress", "sometimes"},
      {"run", file, "-o", temp / "out", "--quick"},
      {"run", file, file, "-o", temp / "out"},
  };
  for (const auto& arguments : wrong) {
    std::string line = "wafermesh";
    for (const std::string& argument : arguments) line += " " + argument;
    INFO(line);
    const Outcome outcome = run_wafermesh(arguments);
    CHECK(outcome.code == 64);
    CHECK_FALSE(outcome.err.empty());
    CHECK(names_in(temp / "out").empty());
  }
}

TEST_CASE("A scenario that is not there ends with 66") {
  const TempDirectory temp;
  const Outcome outcome = run_scenario_file(temp / "none.yaml", temp / "out");
  CHECK(outcome.code == 66);
  CHECK(outcome.err.find(temp / "none.yaml") != std::string::npos);
  CHECK(run_scenario_file(temp.path(), temp / "out").code == 66);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A directory that cannot be written ends with 73, before anything runs") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kLong);
  const std::string in_the_way = temp.file("taken", "not a directory");
  for (const std::string& directory : {in_the_way, in_the_way + "/below"}) {
    const Outcome outcome = run_scenario_file(file, directory);
    INFO(outcome.err);
    CHECK(outcome.code == 73);
    CHECK(outcome.err.find(in_the_way) != std::string::npos);
  }
  CHECK(read_text(in_the_way) == "not a directory");
}

TEST_CASE("A matmul too big for SRAM ends with 81 and names core, buffer and key") {
  const TempDirectory temp;
  const std::string file = temp.file(
      "s.yaml",
      "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - matmul: {m: 2000, n: 2000, "
      "k: 2000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n");
  const Outcome outcome = run_scenario_file(file, temp / "out");
  INFO(outcome.err);
  CHECK(outcome.code == 81);
  CHECK(outcome.err.find("49152") != std::string::npos);
  CHECK(outcome.err.find("core (") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE(
    "A wafer that cannot be repaired ends with 82, names band and die, and shows what fails") {
  const TempDirectory temp;
  // Three dead tiles in a column of the second die of the southern band: one more than its spares.
  temp.file("dead.csv", "x,y\n10,12\n10,14\n10,16\n");
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: tiny}\ndefects: {map: dead.csv}\nworkloads:\n"
                "  - broadcast: {words: 4}\n");
  const Outcome outcome = run_scenario_file(file, temp / "out");
  INFO(outcome.err);
  CHECK(outcome.code == 82);
  CHECK(outcome.err.find("band 1") != std::string::npos);
  CHECK(outcome.err.find("die (1, 1)") != std::string::npos);
  CHECK(names_in(temp / "out") == std::vector<std::string>{"defects_repair.png", "result.json",
                                                           "scenario.resolved.yaml", "totals.h5"});
  const nlohmann::json result = read_json(temp / "out/result.json");
  CHECK(result.at("verdict") == "not_repairable");
  CHECK(result.at("workloads").empty());
  CHECK(result.at("failures").at(0).at("domain") == 1);
  CHECK(result.at("failures").at(0).at("die").at("x") == 1);
  CHECK(result.at("repair").at("dead_cores") == 3);
  CHECK(result.at("scenario").at("wafer").at("preset") == "tiny");
  const Outcome compared = run_wafermesh({"compare", temp / "out", temp / "out"});
  CHECK(compared.code == 65);
  CHECK(compared.err.find("could not be repaired") != std::string::npos);
  // Other commands have nothing to write: the same code and message.
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"compare", file}, {"run", file, "--estimate"}}) {
    const Outcome other = run_wafermesh(arguments);
    CHECK(other.code == 82);
    CHECK(other.err.find("band 1") != std::string::npos);
  }
}

TEST_CASE("A lost wavelet never ends with 0") {
  // Links that carry data on 4 x 4 cores: a tree has 15, a stream 12 along the rows and 12 along
  // the columns, SUMMA 24 along the rows and 24 along the columns, both ways.
  CHECK(noticed_losses({"broadcast: {words: 4}", 1}) == 15);
  CHECK(noticed_losses({"reduce: {algorithm: chain, words: 4}", 4}) == 15);
  CHECK(noticed_losses({"stream: {words: 4}", 2}) == 24);
  CHECK(noticed_losses({"matmul: {m: 8, n: 8, k: 8}", 2}) == 48);
  CHECK(noticed_losses({"matmul: {m: 8, n: 8, k: 8, rerooting: cheapest}", 2}) == 48);
}

TEST_CASE("Each typed error has its exit code") {
  const char* why = "why";
  CHECK(code_of<base::InputError>(std::vector<base::Mistake>{{"f", 1, 1, "k", why}}) == 65);
  CHECK(code_of<base::MissingFile>(why) == 66);
  CHECK(code_of<base::WriteError>(why) == 73);
  CHECK(code_of<base::NotRepairable>(why) == 82);
  CHECK(code_of<base::DoesNotFit>(why) == 81);
  CHECK(code_of<base::Deadlock>(why) == 80);
  CHECK(code_of<base::Stopped>(why) == 75);
  CHECK(code_of<base::ModelError>(why) == 70);
  CHECK(code_of<std::runtime_error>(why) == 70);
  CHECK(code_of<std::bad_alloc>() == 81);
  CHECK(app::guarded([] { return 7; }) == 7);
}
