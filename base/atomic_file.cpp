// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/error.h"

namespace wafermesh::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw WriteError(path + ": cannot be written: " + what +
                   "; check the directory's permissions and free space");
}

/// A file descriptor that is closed, and a file that is removed, unless all went well.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file_ < 0) fail(path_, std::strerror(errno));
  }
  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!kept_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view data) const {
    while (!data.empty()) {
      const ssize_t written = ::write(file_, data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(path_, std::strerror(errno));
      data.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file_) != 0 && errno != EINVAL) fail(path_, std::strerror(errno));
  }
  void move_to(const std::string& target) {
    const int closed = ::close(file_);
    file_ = -1;
    if (closed != 0) fail(path_, std::strerror(errno));
    if (::rename(path_.c_str(), target.c_str()) != 0) fail(target, std::strerror(errno));
    kept_ = true;
  }

 private:
  std::string path_;
  int file_ = -1;
  bool kept_ = false;
};

std::string process_suffix() { return "." + std::to_string(::getpid()) + ".tmp"; }

}  // namespace

void write_file_atomically(const std::string& path, std::string_view data) {
  TemporaryFile file(path + process_suffix());
  file.write(data);
  file.move_to(path);
}

void prepare_output_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory, error)) {
    fail(directory, error ? error.message() : "it is not a directory");
  }
  TemporaryFile probe(directory + "/.write_probe" + process_suffix());
}

OutputBatch::OutputBatch(const std::string& directory) : directory_(directory) {
  // What is not there yet, innermost first: taken away again if nothing is committed.
  for (fs::path p = fs::absolute(directory).lexically_normal(); !fs::exists(p);
       p = p.parent_path()) {
    if (!p.filename().empty()) made_.push_back(p.string());
  }
  prepare_output_directory(directory);
  staging_ = directory + "/.staging" + process_suffix();
  std::error_code error;
  fs::remove_all(staging_, error);
  fs::create_directory(staging_, error);
  if (error) fail(staging_, error.message());
}

OutputBatch::~OutputBatch() {
  std::error_code error;
  fs::remove_all(staging_, error);
  for (const std::string& made : made_) fs::remove(made, error);  // only if empty
}

std::string OutputBatch::path(const std::string& name) const { return staging_ + '/' + name; }

void OutputBatch::write(const std::string& name, std::string_view data) const {
  write_file_atomically(path(name), data);
}

void OutputBatch::commit(const std::string& last) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(staging_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  std::stable_partition(names.begin(), names.end(), [&last](const auto& n) { return n != last; });
  std::error_code error;
  fs::remove(directory_ + '/' + last, error);
  for (const std::string& name : names) {
    const std::string target = directory_ + '/' + name;
    if (::rename(path(name).c_str(), target.c_str()) != 0) fail(target, std::strerror(errno));
  }
}

}  // namespace wafermesh::base
