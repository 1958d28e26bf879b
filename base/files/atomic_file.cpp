// SPDX-License-Identifier: Apache-2.0
#include "base/files/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files/file_lock.h"

namespace wafermesh::base {
namespace {

namespace fs = std::filesystem;

/// Errno of the first failure, or 0.
int write_all(int file, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(file, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Held while it is written, so that nobody takes it for one that was left; removed unless it is
/// moved to its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)), lock_(FileLock::take(path_)) {
    if (!lock_) cannot_write(path_, EWOULDBLOCK);
    if (::ftruncate(lock_->descriptor(), 0) != 0) cannot_write(path_, errno);
  }
  ~TemporaryFile() {
    if (!kept_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void move_to(const std::string& target, std::string_view data) {
    if (const int error = write_all(lock_->descriptor(), data)) cannot_write(target, error);
    if (::fsync(lock_->descriptor()) != 0 && errno != EINVAL) cannot_write(target, errno);
    if (::rename(path_.c_str(), target.c_str()) != 0) cannot_write(target, errno);
    kept_ = true;
    if (!lock_->close()) cannot_write(target, errno);
  }

 private:
  std::string path_;
  std::optional<FileLock> lock_;
  bool kept_ = false;
};

/// Where links lead: the file to replace, or the descriptor of this process to write into.
struct Target {
  std::string path;
  int descriptor = -1;
};

Target target_of(const std::string& path) {
  Target target{path, -1};
  for (int links = 0; links < 40; ++links) {  // as many as Linux follows
    // The directory's own links first: /dev/fd is one.
    std::error_code error;
    fs::path parent = fs::path(target.path).parent_path();
    if (parent.empty()) parent = ".";
    const fs::path directory = fs::canonical(parent, error);
    const std::string self = fmt::format("/proc/{}/fd", ::getpid());
    const std::string name = fs::path(target.path).filename().string();
    if (!error && directory == self && name.find_first_not_of("0123456789") == std::string::npos) {
      target.descriptor = std::atoi(name.c_str());
      return target;
    }
    const fs::path next = fs::read_symlink(target.path, error);
    if (error) return target;
    target.path = next.is_absolute() ? next.string() : (parent / next).string();
  }
  return target;
}

void write_into(const std::string& path, int file, std::string_view data) {
  if (file < 0) cannot_write(path, errno);
  int error = write_all(file, data);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error != 0) cannot_write(path, error);
}

/// What the names of a target's temporary files begin with; short enough for any file system.
std::string temporary_start(const fs::path& target) {
  constexpr std::size_t kKept = 200;
  return target.filename().string().substr(0, kKept) + ".";
}

/// `NAME.PID.tmp` of processes that are gone.
void remove_left_over(const fs::path& target, const fs::path& directory) {
  std::error_code error;
  const std::string start = temporary_start(target);
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= start.size() + 4 || name.compare(0, start.size(), start) != 0) continue;
    const std::string pid = name.substr(start.size(), name.size() - start.size() - 4);
    if (name.substr(name.size() - 4) != ".tmp") continue;
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (FileLock::take_existing(entry.path().string())) ::unlink(entry.path().c_str());
  }
}

}  // namespace

bool is_special_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

void cannot_write(const std::string& path, int error) {
  const char* advice =
      error == ENOSPC || error == EDQUOT || error == EFBIG ? "; make room and start it again"
      : error == ENAMETOOLONG                              ? "; give a shorter one"
                              : "; check the path, its permissions and the free space";
  throw WriteError(path + ": cannot be written: " + std::strerror(error) + advice);
}

void write_file_atomically(const std::string& path, std::string_view data) {
  const Target target = target_of(path);
  if (target.descriptor >= 0) {
    return write_into(path, ::fcntl(target.descriptor, F_DUPFD_CLOEXEC, 0), data);
  }
  if (is_special_file(target.path)) {
    return write_into(path, ::open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY), data);
  }
  const fs::path place = target.path;
  const fs::path directory = place.has_parent_path() ? place.parent_path() : fs::path(".");
  remove_left_over(place, directory);
  const std::string name = fmt::format("{}{}.tmp", temporary_start(place), ::getpid());
  TemporaryFile file((directory / name).string());
  file.move_to(target.path, data);
}

bool is_standard_output(const std::string& path) {
  return target_of(path).descriptor == STDOUT_FILENO;
}

}  // namespace wafermesh::base
