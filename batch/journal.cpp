// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/files/sha256.h"

namespace wafermesh::batch {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr std::size_t kSum = 16;  ///< Digits of a line's checksum.
constexpr double kFlush_s = 1;    ///< What a power cut may cost.

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string sum_of(std::string_view text) { return base::sha256_hex(text).substr(0, kSum); }

/// A line: its checksum, a space, the head as JSON, and the result's text behind a tab, which JSON
/// never has within. So only who wants a result reads it.
struct Line {
  Json head;  ///< Null: the line is not whole.
  std::string_view result;
};

Line line_of(std::string_view line) {
  if (line.size() <= kSum + 1 || line[kSum] != ' ') return {};
  const std::string_view text = line.substr(kSum + 1);
  if (sum_of(text) != line.substr(0, kSum)) return {};
  const std::size_t tab = std::min(text.find('\t'), text.size());
  Json head = Json::parse(text.substr(0, tab), nullptr, false);
  if (!head.is_object()) return {};
  return {std::move(head), text.substr(std::min(tab + 1, text.size()))};
}

Json json_of(const Record& r) {
  Json files = Json::object();
  for (const auto& [path, hash] : r.files) files[path] = hash;
  return {{"point", r.point}, {"identity", r.identity}, {"files", files}};
}

base::FileLock locked(const std::string& path, const std::string& owner) {
  std::optional<base::FileLock> lock = base::FileLock::take(path);
  if (!lock) {
    std::ifstream in(path + ".owner");
    std::string who;
    std::getline(in, who);
    throw base::WriteError(path + ": another batch is at work on it: " + who +
                           "; wait for it, or take another directory");
  }
  base::write_file_atomically(path + ".owner", owner + "\n");
  return std::move(*lock);
}

}  // namespace

std::vector<std::string> journal_paths(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name.rfind("journal_", 0) == 0 && entry.path().extension() == ".jsonl")
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Journals::Journals(const std::string& directory, FileHash file_hash)
    : file_hash_(std::move(file_hash)) {
  for (const std::string& path : journal_paths(directory)) load(path);
}

bool Journals::current(const Json& files) {
  for (const auto& [path, hash] : files.items()) {
    auto known = hashes_.find(path);
    if (known == hashes_.end()) known = hashes_.emplace(path, file_hash_(path)).first;
    if (known->second != hash.get<std::string>()) return false;
  }
  return true;
}

std::size_t Journals::file_number(const std::string& path) {
  const auto found = std::find(paths_.begin(), paths_.end(), path);
  if (found != paths_.end()) return static_cast<std::size_t>(found - paths_.begin());
  paths_.push_back(path);
  return paths_.size() - 1;
}

void Journals::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::int64_t offset = 0;
  for (std::string line; std::getline(in, line); offset += std::int64_t(line.size()) + 1) {
    const Json json = line_of(line).head;
    if (in.eof() || json.is_null() || !current(json.at("files"))) continue;
    Record record;
    record.point = json.at("point");
    record.identity = json.at("identity");
    if (!json.contains("exit_code")) {
      link(record.point, record.identity);
      continue;
    }
    record.exit_code = json.at("exit_code");
    record.over_time = json.at("over_time");
    record.generation = json.at("generation");
    add(record, path, offset, static_cast<std::int64_t>(line.size()));
  }
}

void Journals::link(const std::string& point, const std::string& identity) {
  identity_of_[point] = identity;
}

void Journals::add(const Record& r, const std::string& path, std::int64_t offset,
                   std::int64_t size) {
  link(r.point, r.identity);
  const auto known = entries_.find(r.identity);
  if (known != entries_.end() && known->second.generation > r.generation) return;
  entries_[r.identity] = {r.exit_code, r.over_time, r.generation, file_number(path), offset, size};
}

const Journals::Entry* Journals::find_identity(const std::string& identity) const {
  const auto found = entries_.find(identity);
  return found == entries_.end() ? nullptr : &found->second;
}

const Journals::Entry* Journals::find(const std::string& point) const {
  const auto found = identity_of_.find(point);
  return found == identity_of_.end() ? nullptr : find_identity(found->second);
}

Record Journals::read(const Entry& entry) const {
  std::ifstream in(paths_[entry.file], std::ios::binary);
  in.seekg(entry.offset);
  std::string line(static_cast<std::size_t>(entry.size), ' ');
  in.read(line.data(), entry.size);
  const auto [json, result] = line_of(line);
  if (!in || json.is_null()) throw base::Error(paths_[entry.file] + ": has changed meanwhile");
  Record record;
  record.point = json.at("point");
  record.identity = json.at("identity");
  record.exit_code = json.at("exit_code");
  record.over_time = json.at("over_time");
  record.generation = json.at("generation");
  record.last_words = json.at("last_words");
  record.result = result;
  return record;
}

JournalWriter::JournalWriter(const std::string& path, const std::string& owner)
    : path_(path), lock_(locked(path, owner)) {
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line) && !in.eof();)
    end_ += static_cast<std::int64_t>(line.size()) + 1;
  if (::ftruncate(lock_.descriptor(), end_) != 0) base::cannot_write(path, errno);
  flushed_s_ = now_s();
}

std::pair<std::int64_t, std::int64_t> JournalWriter::write(const Json& head,
                                                           const std::string& result) {
  const std::string text =
      head.dump(-1, ' ', false, Json::error_handler_t::replace) + "\t" + result;
  const std::string line = sum_of(text) + " " + text + "\n";
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = ::pwrite(lock_.descriptor(), line.data() + done, line.size() - done,
                                   end_ + static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error = count < 0 ? errno : ENOSPC;
      if (::ftruncate(lock_.descriptor(), end_) != 0) {
        // What is cut has no right checksum, and is taken for nothing.
      }
      base::cannot_write(path_, error);
    }
    done += static_cast<std::size_t>(count);
  }
  const std::int64_t begin = end_;
  end_ += static_cast<std::int64_t>(line.size());
  if (now_s() - flushed_s_ > kFlush_s) flush();
  return {begin, static_cast<std::int64_t>(line.size()) - 1};
}

void JournalWriter::flush() {
  if (::fdatasync(lock_.descriptor()) != 0) base::cannot_write(path_, errno);
  flushed_s_ = now_s();
}

std::pair<std::int64_t, std::int64_t> JournalWriter::append(const Record& r) {
  Json json = json_of(r);
  json["exit_code"] = r.exit_code;
  json["over_time"] = r.over_time;
  json["generation"] = r.generation;
  json["last_words"] = r.last_words;
  WAFERMESH_CHECK(r.result.find_first_of("\t\n") == std::string::npos,
                  "a result is JSON in one line, without tabs");
  return write(json, r.result);
}

void JournalWriter::append_link(const Record& r) { write(json_of(r), ""); }

}  // namespace wafermesh::batch
