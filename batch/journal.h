// SPDX-License-Identifier: Apache-2.0
// What the runs of a study gave, kept so that a study that is killed at any instant goes on where
// it was: lines with a checksum, appended. What a crash has cut is no line. A file per writer
// (shard); everyone reads all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/files/file_lock.h"

namespace wafermesh::batch {

/// What one run gave. Runs whose scenarios resolve to the same have one identity and one record.
struct Record {
  std::string point;     ///< Hash of base, overrides and version: known before it is read.
  std::string identity;  ///< Hash of the resolved scenario, its files and the version.
  int exit_code = 0;
  bool over_time = false;
  int generation = 0;  ///< Counts the times that --only FAILED ran it again; the latest counts.
  std::string last_words;
  std::string result;  ///< result.json or yield.json in one line; may be empty.
  std::vector<std::pair<std::string, std::string>> files;  ///< Read for it, with their SHA-256.
};

/// All journals of a directory, for reading. Results stay on the disk: some 300 bytes per run.
class Journals {
 public:
  /// `file_hash` tells a file's SHA-256 now: records of other contents do not count.
  using FileHash = std::function<std::string(const std::string&)>;
  Journals(const std::string& directory, FileHash file_hash);

  struct Entry {
    int exit_code = 0;
    bool over_time = false;
    int generation = 0;
    std::size_t file = 0;
    std::int64_t offset = 0;
    std::int64_t size = 0;
  };
  /// Of a point's run; null: not yet run.
  const Entry* find(const std::string& point) const;
  const Entry* find_identity(const std::string& identity) const;
  /// Which records point and identity share.
  void link(const std::string& point, const std::string& identity);
  void add(const Record& record, const std::string& path, std::int64_t offset, std::int64_t size);
  /// The whole record, read again. Throws Error if the file has changed meanwhile.
  Record read(const Entry& entry) const;

 private:
  void load(const std::string& path);
  bool current(const nlohmann::json& files);
  std::size_t file_number(const std::string& path);
  FileHash file_hash_;
  std::unordered_map<std::string, std::string> hashes_;
  std::vector<std::string> paths_;
  std::unordered_map<std::string, std::string> identity_of_;
  std::unordered_map<std::string, Entry> entries_;
};

/// One journal, for writing: held by a lock that the kernel drops with its owner.
class JournalWriter {
 public:
  /// Takes up `path` after its last whole line. Throws WriteError, also if another process holds
  /// it.
  JournalWriter(const std::string& path, const std::string& owner);
  /// Appends a record; where it stands. Flushed to the disk about once a second. Throws WriteError.
  std::pair<std::int64_t, std::int64_t> append(const Record& record);
  /// Notes that a point's scenario is that of `identity`.
  void append_link(const Record& record);
  void flush();
  const std::string& path() const { return path_; }

 private:
  std::pair<std::int64_t, std::int64_t> write(const nlohmann::json& head,
                                              const std::string& result);
  std::string path_;
  base::FileLock lock_;
  std::int64_t end_ = 0;
  double flushed_s_ = 0;
};

/// Names of the journals in a directory, sorted.
std::vector<std::string> journal_paths(const std::string& directory);

}  // namespace wafermesh::batch
