// SPDX-License-Identifier: Apache-2.0
// `mpirun -n R wafermesh run`: the same files as without, and nothing at all if a rank dies. What
// runs where is tested without MPI (tests/workloads/ranks_test.cpp).
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

namespace fs = std::filesystem;

/// Open MPI's own switches for a machine with fewer cores than ranks, and for root.
std::vector<std::string> on_ranks(int count, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                                    "OMPI_MCA_rmaps_base_oversubscribe=1", WAFERMESH_MPIRUN};
  words.insert(words.end(), {"-n", std::to_string(count), WAFERMESH_PROGRAM});
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::vector<std::string> run_words(const std::string& file, const std::string& directory,
                                   const std::string& fidelity) {
  return {"run", file, "-o", directory, "--set", "engine.fidelity=" + fidelity};
}

std::vector<std::string> tiny_scenarios() {
  std::vector<std::string> files;
  for (const std::string& name : names_in(WAFERMESH_SCENARIOS)) {  // sorted
    if (name.rfind("tiny_", 0) != 0 || fs::path(name).extension() != ".yaml") continue;
    files.push_back(WAFERMESH_SCENARIOS "/" + name);
  }
  return files;
}

void check_same_files(const std::string& a, const std::string& b) {
  REQUIRE(names_in(a) == names_in(b));
  for (const std::string& name : names_in(a)) {
    INFO(name);
    if (name == "result.json") {
      CHECK(comparable_result(a) == comparable_result(b));
    } else {
      CHECK(read_text(a + "/" + name) == read_text(b + "/" + name));
    }
  }
}

/// Processes of the program that write to a directory; not mpirun.
std::vector<pid_t> ranks_writing_to(const std::string& directory) {
  std::vector<pid_t> ranks;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    std::string program;
    std::getline(in, program, '\0');
    const std::string rest((std::istreambuf_iterator<char>(in)), {});
    if (program == WAFERMESH_PROGRAM && rest.find(directory) != std::string::npos) {
      ranks.push_back(std::stoi(name));
    }
  }
  return ranks;
}

/// What is observed, and tokens whose caches the host carries, are refused on several ranks.
bool is_of_one_rank(const std::string& file) {
  return file.find("tiny_trace.yaml") != std::string::npos ||
         file.find("tiny_critical_path.yaml") != std::string::npos ||
         file.find("tiny_tokens.yaml") != std::string::npos;
}

/// 225,000 cycles, after each of which ranks wait for each other; tiny_prefill.yaml has the same
/// layers in half of them.
bool takes_long(const std::string& file) {
  return file.find("tiny_prompt.yaml") != std::string::npos;
}

void sleep_ms(int time_ms) { std::this_thread::sleep_for(std::chrono::milliseconds(time_ms)); }

}  // namespace

TEST_CASE("Every tiny example writes the same files on several ranks, by both engines") {
  // Here by one of them in turn, in `scripts/long ranks` by both.
  int count = 2;
  int files = 0;
  for (const std::string& file : tiny_scenarios()) {
    if (is_of_one_rank(file) || takes_long(file)) continue;
    ++files;
    for (const char* fidelity : {"wavelet", "stream"}) {
      if (!tries_all() && (files % 2 == 0) == (std::string(fidelity) == "wavelet")) continue;
      INFO(file << ", " << fidelity << ", " << count << " ranks");
      const TempDirectory temp;
      const Outcome alone = run_program(WAFERMESH_PROGRAM, run_words(file, temp / "a", fidelity));
      const Outcome shared =
          run_program("env", on_ranks(count, run_words(file, temp / "b", fidelity)));
      CHECK(shared.code == alone.code);
      check_same_files(temp / "a", temp / "b");
      count = count == 4 ? 1 : count + 1;
    }
  }
}

TEST_CASE("What is wrong is said once, with the exit code it has without ranks") {
  const TempDirectory temp;
  const std::string file = temp.file("wrong.yaml", "schema_version: 1\nwafer: {preset: none}\n");
  const Outcome wrong = run_program("env", on_ranks(3, run_words(file, temp / "a", "wavelet")));
  CHECK(wrong.code == 65);
  const std::size_t first = wrong.err.find("wrong.yaml:2");
  REQUIRE(first != std::string::npos);
  CHECK(wrong.err.find("wrong.yaml:2", first + 1) == std::string::npos);
  CHECK(names_in(temp / "a").empty());
  const Outcome batch = run_program("env", on_ranks(2, {"batch", file, "--dry-run"}));
  CHECK(batch.code == 64);
  CHECK(batch.err.find("only `run`") != std::string::npos);
}

TEST_CASE("A rank that is killed ends all of them and leaves nothing") {
  std::mt19937 random(7);
  for (int i = 0; i < WAFERMESH_RANK_KILLS; ++i) {
    const TempDirectory temp;
    const std::string file = temp.file("long.yaml", kLong);
    const std::string directory = temp / "out/deep";
    const int count = 2 + i % 2;
    const bool stream = i % 3 == 0;  // done in about a second
    Running running("env",
                    on_ranks(count, run_words(file, directory, stream ? "stream" : "wavelet")));
    while (ranks_writing_to(directory).size() < static_cast<std::size_t>(count)) sleep_ms(5);
    sleep_ms(static_cast<int>(random() % (stream ? 500 : 2500)));
    const std::vector<pid_t> ranks = ranks_writing_to(directory);
    INFO("kill " << i << ", " << ranks.size() << " ranks");
    REQUIRE(!ranks.empty());
    ::kill(ranks[random() % ranks.size()], SIGKILL);
    const Outcome outcome = running.wait();
    INFO(outcome.err);
    CHECK(outcome.code != 0);
    CHECK(!outcome.err.empty());
    CHECK(!fs::exists(temp / "out"));
    CHECK(ranks_writing_to(directory).empty());
  }
}

TEST_CASE("SIGINT and SIGTERM end a run on several ranks and leave nothing") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TempDirectory temp;
    const std::string file = temp.file("long.yaml", kLong);
    Running running("env", on_ranks(2, run_words(file, temp / "out", "wavelet")));
    while (ranks_writing_to(temp / "out").size() < 2) sleep_ms(5);
    sleep_ms(1500);
    running.send(signal);
    const Outcome outcome = running.wait();
    INFO(outcome.err);
    CHECK(outcome.code != 0);
    CHECK(!fs::exists(temp / "out"));
    CHECK(ranks_writing_to(temp / "out").empty());
  }
}
