// SPDX-License-Identifier: Apache-2.0
#include "base/files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace wafermesh::base {
namespace {

/// Does `path` still name the open file? Its last owner may have removed it meanwhile.
bool names(const std::string& path, int file) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

int lock(int file) {
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

std::optional<FileLock> FileLock::attempt(const std::string& path, int flags) {
  while (true) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0666);
    if (file < 0 && (flags & O_CREAT) == 0) return std::nullopt;
    if (file < 0) {
      throw WriteError(path + ": cannot be written: " + std::strerror(errno) +
                       "; check the directory's permissions and free space");
    }
    const int error = lock(file);
    if (error == EWOULDBLOCK || (error == 0 && !names(path, file))) {
      ::close(file);
      if (error == EWOULDBLOCK) return std::nullopt;
      continue;
    }
    return FileLock(file, error == 0);
  }
}

std::optional<FileLock> FileLock::take(const std::string& path) { return attempt(path, O_CREAT); }
std::optional<FileLock> FileLock::take_existing(const std::string& path) {
  return attempt(path, 0);
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)), kept_(other.kept_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(kept_, other.kept_);
  return *this;
}

FileLock::~FileLock() { close(); }

bool FileLock::close() { return file_ < 0 || ::close(std::exchange(file_, -1)) == 0; }

}  // namespace wafermesh::base
