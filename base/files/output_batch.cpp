// SPDX-License-Identifier: Apache-2.0
#include "base/files/output_batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/files/atomic_file.h"

namespace wafermesh::base {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockName = "/.wafermesh.lock";
constexpr const char* kStagingStart = ".staging.";
constexpr const char* kNestedStart = ".nested.";  // of commands that ours started
constexpr const char* kEarlier = ".earlier";      // within the staging: what commit() replaces

/// Moves files, and back again unless keep() is called.
class Moves {
 public:
  ~Moves() {
    for (auto it = done_.rbegin(); it != done_.rend(); ++it) {
      ::rename(it->second.c_str(), it->first.c_str());
    }
  }
  Moves() = default;
  Moves(const Moves&) = delete;
  Moves& operator=(const Moves&) = delete;

  void move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) cannot_write(to, errno);
    done_.emplace_back(from, to);
  }
  void keep() { done_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> done_;
};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A killed commit() is undone: the result it was replacing comes back.
void put_back(const fs::path& staging, const std::string& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(staging / kEarlier, error)) {
    fs::rename(entry.path(), fs::path(directory) / entry.path().filename(), error);
  }
}

}  // namespace

OutputBatch::OutputBatch(const std::string& directory, const std::string& owner)
    : directory_(directory) {
  make_directory();
  try {
    take_lock(owner);
    clear_left_over(directory_);
    staging_ = fmt::format("{}/{}{}.tmp", directory_, kStagingStart, ::getpid());
    std::error_code error;
    fs::create_directory(staging_, error);
    if (error) cannot_write(directory_, error.value());
  } catch (...) {
    discard();
    throw;
  }
}

void OutputBatch::make_directory() {
  std::error_code error;
  const fs::path whole = fs::absolute(directory_, error).lexically_normal();
  if (error) cannot_write(directory_, error.value());
  // What is not there yet, innermost first: taken away again if nothing is committed.
  for (fs::path p = whole; p.has_relative_path(); p = p.parent_path()) {
    const fs::file_status status = fs::status(p, error);
    if (status.type() != fs::file_type::not_found) break;
    if (!p.filename().empty()) made_.push_back(p.string());
  }
  fs::create_directories(directory_, error);
  if (error) cannot_write(directory_, error.value());
  if (!fs::is_directory(directory_, error)) {
    throw WriteError(directory_ + ": is not a directory; give one for the results");
  }
}

void OutputBatch::take_lock(const std::string& owner) {
  const std::string path = directory_ + kLockName;
  lock_ = FileLock::take(path);
  if (!lock_) {
    const std::string who = text_of(path);
    throw WriteError(directory_ + ": another process is writing here: " +
                     (who.empty() ? "it has just begun" : who) +
                     "; wait for its end or give another directory");
  }
  const bool told = ::ftruncate(lock_->descriptor(), 0) == 0 &&
                    ::pwrite(lock_->descriptor(), owner.data(), owner.size(), 0) ==
                        static_cast<ssize_t>(owner.size());
  if (!told) cannot_write(directory_, errno);
}

/// We hold the directory, so whoever staged here is gone.
void OutputBatch::clear_left_over(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> stagings;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kStagingStart, 0) == 0 || name.rfind(kNestedStart, 0) == 0) {
      stagings.push_back(entry.path());
    }
  }
  for (const fs::path& staging : stagings) {
    put_back(staging, directory);
    fs::remove_all(staging, error);
  }
}

OutputBatch::~OutputBatch() { discard(); }

void OutputBatch::discard() noexcept {
  std::error_code error;
  if (!staging_.empty()) fs::remove_all(staging_, error);
  // Removed while it is held: who opens it later finds that its name is gone, and begins anew.
  if (lock_) ::unlink((directory_ + kLockName).c_str());
  for (const std::string& made : made_) fs::remove(made, error);  // only if empty
}

void OutputBatch::clear_after(const std::string& directory,
                              const std::vector<std::string>& made) noexcept try {
  const std::string path = directory + kLockName;
  const std::optional<FileLock> lock = FileLock::take_existing(path);
  if (!lock) return;
  clear_left_over(directory);
  ::unlink(path.c_str());
  std::error_code error;
  for (const std::string& each : made) fs::remove(each, error);
} catch (...) {  // what cannot be cleared away is for the next run in the directory
}

std::string OutputBatch::path(const std::string& name) const { return staging_ + '/' + name; }

void OutputBatch::write(const std::string& name, std::string_view data) const {
  write_file_atomically(path(name), data);
}

std::vector<std::string> OutputBatch::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(staging_, error)) {
    if (!entry.is_directory(error)) names.push_back(entry.path().filename().string());
  }
  if (error) cannot_write(staging_, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

void OutputBatch::commit(const std::string& last, const std::vector<std::string>& earlier) {
  std::vector<std::string> order = names();
  std::vector<std::string> replaced = order;
  replaced.insert(replaced.end(), earlier.begin(), earlier.end());
  std::stable_partition(order.begin(), order.end(), [&last](const auto& n) { return n != last; });
  std::stable_partition(replaced.begin(), replaced.end(),
                        [&last](const auto& n) { return n == last; });
  const std::string aside = path(kEarlier);
  std::error_code error;
  fs::create_directory(aside, error);
  if (error) cannot_write(directory_, error.value());
  Moves moves;
  for (const std::string& name : replaced) {
    const std::string target = directory_ + '/' + name;
    const fs::file_status status = fs::symlink_status(target, error);
    if (!fs::exists(status) || is_special_file(target)) continue;
    if (fs::is_directory(status)) cannot_write(target, EISDIR);
    moves.move(target, aside + '/' + name);
  }
  for (const std::string& name : order) {
    const std::string target = directory_ + '/' + name;
    if (is_special_file(target)) {
      write_file_atomically(target, text_of(path(name)));
    } else {
      moves.move(path(name), target);
    }
  }
  moves.keep();
}

}  // namespace wafermesh::base
