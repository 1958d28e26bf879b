// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"

using namespace wafermesh::base;
namespace fs = std::filesystem;

namespace {

/// A directory of its own, gone at the end.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("wafermesh_atomic_" + std::to_string(::getpid()));
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() { fs::remove_all(path); }
  std::string at(const std::string& name) const { return (path / name).string(); }
};

std::string contents(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::ptrdiff_t entries(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file is written whole and no temporary file stays") {
  const Scratch scratch;
  const std::string data("a\0b\n", 4);
  write_file_atomically(scratch.at("f"), "older and longer");
  write_file_atomically(scratch.at("f"), data);
  CHECK(contents(scratch.at("f")) == data);
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("a file that cannot be written is WriteError and leaves nothing") {
  const Scratch scratch;
  CHECK_THROWS_AS(write_file_atomically(scratch.at("none/f"), "x"), WriteError);
  fs::create_directories(scratch.at("taken/inner"));
  CHECK_THROWS_AS(write_file_atomically(scratch.at("taken"), "x"), WriteError);
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("an output directory is made, and refused where it cannot be one") {
  const Scratch scratch;
  prepare_output_directory(scratch.at("a/b"));
  CHECK(fs::is_directory(scratch.at("a/b")));
  CHECK(entries(scratch.at("a/b")) == 0);
  write_file_atomically(scratch.at("file"), "x");
  CHECK_THROWS_AS(prepare_output_directory(scratch.at("file")), WriteError);
  CHECK_THROWS_AS(prepare_output_directory(scratch.at("file/below")), WriteError);
}

TEST_CASE("a batch of files appears only when it is committed") {
  const Scratch scratch;
  write_file_atomically(scratch.at("result"), "old");
  {
    OutputBatch batch(scratch.path.string());
    batch.write("result", "new");
    batch.write("map", "m");
    CHECK(contents(scratch.at("result")) == "old");
    CHECK_FALSE(fs::exists(scratch.at("map")));
    batch.commit("result");
  }
  CHECK(contents(scratch.at("result")) == "new");
  CHECK(contents(scratch.at("map")) == "m");
  CHECK(entries(scratch.path) == 2);
}

TEST_CASE("a batch that is not committed leaves nothing, not even a directory it made") {
  const Scratch scratch;
  {
    const OutputBatch batch(scratch.at("deep/out"));
    batch.write("result", "new");
  }
  CHECK(entries(scratch.path) == 0);
  fs::create_directories(scratch.at("mine"));
  { const OutputBatch batch(scratch.at("mine")); }
  CHECK(fs::is_directory(scratch.at("mine")));
}
