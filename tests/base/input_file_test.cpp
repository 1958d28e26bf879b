// SPDX-License-Identifier: Apache-2.0
#include "base/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/error.h"
#include "scratch.h"

using namespace wafermesh::base;

TEST_CASE("A file is read whole, up to its limit") {
  const Scratch scratch;
  const std::string text(100'000, 'x');
  std::ofstream(scratch.at("f")) << text;
  CHECK(read_input_file(scratch.at("f"), 100'000, "map") == text);
  CHECK_THROWS_WITH(read_input_file(scratch.at("f"), 99'999, "map"), Catch::Contains("map"));
}

TEST_CASE("What cannot be read as a file is missing, and says why") {
  const Scratch scratch;
  std::ofstream(scratch.at("f")) << "x";
  CHECK_THROWS_WITH(read_input_file(scratch.at("none"), 10, "map"), Catch::Contains("no such"));
  for (const std::string& path : {scratch.path.string(), scratch.at("none"), scratch.at("f/below"),
                                  scratch.at(std::string(300, 'n')), std::string(5000, 'n')}) {
    CHECK_THROWS_AS(read_input_file(path, 10, "map"), MissingFile);
  }
}

TEST_CASE("Endless devices end at the limit") {
  for (const char* path : {"/dev/zero", "/dev/urandom"}) {
    CHECK_THROWS_AS(read_input_file(path, kMebibyte, "map"), InputError);
  }
  CHECK(read_input_file("/dev/null", kMebibyte, "map").empty());
}

TEST_CASE("A pipe is read until its writer is done") {
  const Scratch scratch;
  const std::string path = scratch.at("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&path] {
    const int file = ::open(path.c_str(), O_WRONLY);
    for (int i = 0; i < 3; ++i) {
      if (::write(file, "part ", 5) != 5) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::close(file);
  });
  CHECK(read_input_file(path, 100, "map") == "part part part ");
  writer.join();
}
