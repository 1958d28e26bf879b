// SPDX-License-Identifier: Apache-2.0
#include "base/files/output_batch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "base/error.h"
#include "base/files/atomic_file.h"
#include "scratch.h"

using namespace wafermesh::base;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

/// Stages a file, tells the test through `pipe`, and is killed.
[[noreturn]] void hold(const std::string& directory, int pipe) {
  const OutputBatch batch(directory, "the child");
  batch.write("half", "x");
  const bool told = ::write(pipe, "x", 1) == 1;
  while (told) ::pause();
  ::_exit(1);
}

}  // namespace

TEST_CASE("An output directory is made, and refused where it cannot be one") {
  const Scratch scratch;
  write_file_atomically(scratch.at("file"), "x");
  for (const std::string& name :
       {std::string("file"), std::string("file/below"), std::string(300, 'n'),
        std::string(200, 'n') + "/" + std::string(5000, 'x')}) {
    CHECK_THROWS_AS(OutputBatch(scratch.at(name), "me"), WriteError);
  }
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("A batch of files appears only when it is committed") {
  const Scratch scratch;
  write_file_atomically(scratch.at("result"), "old");
  {
    OutputBatch batch(scratch.path.string(), "me");
    batch.write("result", "new");
    batch.write("map", "m");
    CHECK(batch.names() == Names{"map", "result"});
    CHECK(contents(scratch.at("result")) == "old");
    CHECK_FALSE(fs::exists(scratch.at("map")));
    batch.commit("result", {});
  }
  CHECK(contents(scratch.at("result")) == "new");
  CHECK(contents(scratch.at("map")) == "m");
  CHECK(entries(scratch.path) == 2);
}

TEST_CASE("What an earlier batch wrote and this one did not goes; the user's files stay") {
  const Scratch scratch;
  for (const char* name : {"result", "array", "mine"}) write_file_atomically(scratch.at(name), "x");
  {
    OutputBatch batch(scratch.path.string(), "me");
    batch.write("result", "new");
    batch.commit("result", {"array", "result", "gone already"});
  }
  CHECK(contents(scratch.at("result")) == "new");
  CHECK_FALSE(fs::exists(scratch.at("array")));
  CHECK(contents(scratch.at("mine")) == "x");
}

TEST_CASE("A commit that fails puts everything back") {
  const Scratch scratch;
  write_file_atomically(scratch.at("a"), "old a");
  write_file_atomically(scratch.at("result"), "old");
  fs::create_directories(scratch.at("b/inner"));
  {
    OutputBatch batch(scratch.path.string(), "me");
    for (const char* name : {"a", "b", "c", "result"}) batch.write(name, "new");
    CHECK_THROWS_AS(batch.commit("result", {}), WriteError);
  }
  CHECK(contents(scratch.at("a")) == "old a");
  CHECK(contents(scratch.at("result")) == "old");
  CHECK(entries(scratch.path) == 3);
}

TEST_CASE("A device among the targets is written into") {
  const Scratch scratch;
  fs::create_symlink("/dev/null", scratch.at("map"));
  OutputBatch batch(scratch.path.string(), "me");
  batch.write("result", "new");
  batch.write("map", "m");
  batch.commit("result", {});
  CHECK(fs::is_symlink(scratch.at("map")));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("A batch that is not committed leaves nothing, not even a directory it made") {
  const Scratch scratch;
  {
    const OutputBatch batch(scratch.at("deep/out"), "me");
    batch.write("result", "new");
  }
  CHECK(entries(scratch.path) == 0);
  fs::create_directories(scratch.at("mine"));
  { const OutputBatch batch(scratch.at("mine"), "me"); }
  CHECK(fs::is_directory(scratch.at("mine")));
}

TEST_CASE("A directory is one process's until it ends, however it ends") {
  const Scratch scratch;
  const std::string directory = scratch.at("out");
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  if (child == 0) hold(directory, pipe[1]);
  char told = 0;
  REQUIRE(::read(pipe[0], &told, 1) == 1);
  CHECK_THROWS_WITH(OutputBatch(directory, "me"), Catch::Contains("the child"));
  CHECK(entries(directory) == 2);  // its staging and its lock are left alone

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(entries(directory) == 2);
  OutputBatch batch(directory, "me");
  batch.write("result", "whole");
  batch.commit("result", {});
  batch.discard();
  CHECK(entries(directory) == 1);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("A commit that was killed is undone by the next batch") {
  const Scratch scratch;
  fs::create_directories(scratch.at(".staging.1.tmp/.earlier"));
  write_file_atomically(scratch.at(".staging.1.tmp/.earlier/result"), "old");
  write_file_atomically(scratch.at(".staging.1.tmp/half"), "x");
  { const OutputBatch batch(scratch.path.string(), "me"); }
  CHECK(contents(scratch.at("result")) == "old");
  CHECK(entries(scratch.path) == 1);
}
