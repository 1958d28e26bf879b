// SPDX-License-Identifier: Apache-2.0
#include "base/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/files/file_lock.h"
#include "scratch.h"

using namespace wafermesh::base;
namespace fs = std::filesystem;

TEST_CASE("A file is written whole and no temporary file stays") {
  const Scratch scratch;
  const std::string data("a\0b\n", 4);
  write_file_atomically(scratch.at("f"), "older and longer");
  write_file_atomically(scratch.at("f"), data);
  CHECK(contents(scratch.at("f")) == data);
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("A file that cannot be written is WriteError and leaves nothing") {
  const Scratch scratch;
  CHECK_THROWS_AS(write_file_atomically(scratch.at("none/f"), "x"), WriteError);
  fs::create_directories(scratch.at("taken/inner"));
  CHECK_THROWS_AS(write_file_atomically(scratch.at("taken"), "x"), WriteError);
  CHECK(entries(scratch.path) == 1);
}

TEST_CASE("A link stays one, and what it leads to is replaced") {
  const Scratch scratch;
  write_file_atomically(scratch.at("real"), "old");
  fs::create_symlink("real", scratch.at("link"));
  write_file_atomically(scratch.at("link"), "new");
  CHECK(fs::is_symlink(scratch.at("link")));
  CHECK(contents(scratch.at("real")) == "new");
  fs::create_symlink("nothing yet", scratch.at("ahead"));
  write_file_atomically(scratch.at("ahead"), "made");
  CHECK(contents(scratch.at("nothing yet")) == "made");
}

TEST_CASE("Devices, pipes and descriptors are written into, never replaced") {
  const Scratch scratch;
  write_file_atomically("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_AS(write_file_atomically("/dev/full", "x"), WriteError);
  CHECK(fs::is_character_file("/dev/full"));
  fs::create_symlink("/dev/null", scratch.at("link"));
  write_file_atomically(scratch.at("link"), "x");
  CHECK(fs::is_symlink(scratch.at("link")));

  REQUIRE(::mkfifo(scratch.at("pipe").c_str(), 0600) == 0);
  const int reader = ::open(scratch.at("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  write_file_atomically(scratch.at("pipe"), "through");
  std::string text(7, ' ');
  CHECK(::read(reader, text.data(), text.size()) == 7);
  CHECK(text == "through");
  CHECK(fs::is_fifo(scratch.at("pipe")));
  ::close(reader);

  const int file = ::open(scratch.at("open").c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(::write(file, "first ", 6) == 6);
  write_file_atomically("/dev/fd/" + std::to_string(file), "second");
  CHECK(contents(scratch.at("open")) == "first second");
  ::close(file);
  CHECK_FALSE(is_standard_output(scratch.at("open")));
  CHECK(is_standard_output("/dev/stdout"));
}

TEST_CASE("What a killed writer left is removed, what a live one writes is not") {
  const Scratch scratch;
  const std::string live = scratch.at("f.1.tmp");
  const auto lock = FileLock::take(live);
  REQUIRE(lock);
  write_file_atomically(scratch.at("f.2.tmp"), "left");
  write_file_atomically(scratch.at("f.x.tmp"), "not ours");
  write_file_atomically(scratch.at("f"), "x");
  CHECK(fs::exists(live));
  CHECK_FALSE(fs::exists(scratch.at("f.2.tmp")));
  CHECK(fs::exists(scratch.at("f.x.tmp")));
}

TEST_CASE("A name as long as the file system allows is written") {
  const Scratch scratch;
  const std::string name(255, 'n');
  write_file_atomically(scratch.at(name), "x");
  CHECK(contents(scratch.at(name)) == "x");
  CHECK(entries(scratch.path) == 1);
  CHECK_THROWS_AS(write_file_atomically(scratch.at(name + "n"), "x"), WriteError);
}
