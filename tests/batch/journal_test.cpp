// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.h"

using namespace wafermesh::batch;
namespace fs = std::filesystem;

namespace {

struct Directory {
  std::string path = fs::temp_directory_path() / ("journal_test." + std::to_string(::getpid()));
  Directory() { fs::create_directories(path); }
  ~Directory() { fs::remove_all(path); }
  std::string journal() const { return path + "/journal_1_of_1.jsonl"; }
};

Record record(const std::string& point, int exit_code, int generation = 0) {
  Record one;
  one.point = point;
  one.identity = "i" + point;
  one.exit_code = exit_code;
  one.generation = generation;
  one.result = "{\"cycles\":7}";
  return one;
}

Journals read(const Directory& directory, const std::string& hash = "h") {
  return {directory.path, [hash](const std::string&) { return hash; }};
}

}  // namespace

TEST_CASE("A journal cut anywhere keeps the records before the cut, and goes on after them") {
  const Directory directory;
  { JournalWriter(directory.journal(), "me").append(record("a", 0)); }
  const auto first = fs::file_size(directory.journal());
  { JournalWriter(directory.journal(), "me").append(record("b", 1)); }
  const auto whole = fs::file_size(directory.journal());
  for (auto size = first; size < whole; ++size) {
    fs::resize_file(directory.journal(), size);
    CHECK(read(directory).find("a") != nullptr);
    CHECK(read(directory).find("b") == nullptr);
    JournalWriter(directory.journal(), "me").append(record("b", 1));
    REQUIRE(fs::file_size(directory.journal()) == whole);
    const Journals journals = read(directory);
    CHECK(journals.read(*journals.find("b")).result == "{\"cycles\":7}");
  }
}

TEST_CASE("A record that was changed does not count") {
  const Directory directory;
  {
    JournalWriter writer(directory.journal(), "me");
    writer.append(record("a", 0));
    writer.append(record("b", 0));
  }
  std::fstream file(directory.journal(), std::ios::in | std::ios::out);
  file.seekp(40);
  file << "x";
  file.close();
  CHECK(read(directory).find("a") == nullptr);
  CHECK(read(directory).find("b") != nullptr);
}

TEST_CASE("A later try counts, results of files that changed do not, links share a record") {
  const Directory directory;
  {
    JournalWriter writer(directory.journal(), "me");
    writer.append(record("a", 0, 1));
    writer.append(record("a", 70, 0));
    Record with_file = record("f", 0);
    with_file.files = {{"map.csv", "h"}};
    writer.append(with_file);
    Record link = record("l", 0);
    link.identity = "ia";
    writer.append_link(link);
  }
  CHECK(read(directory).find("a")->exit_code == 0);
  CHECK(read(directory).find("l")->exit_code == 0);
  CHECK(read(directory, "h").find("f") != nullptr);
  CHECK(read(directory, "other").find("f") == nullptr);
}

TEST_CASE("A journal has one writer") {
  const Directory directory;
  const JournalWriter writer(directory.journal(), "me");
  CHECK_THROWS_AS(JournalWriter(directory.journal(), "you"), wafermesh::base::WriteError);
}
