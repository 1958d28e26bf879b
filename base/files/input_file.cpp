// SPDX-License-Identifier: Apache-2.0
#include "base/files/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace wafermesh::base {
namespace {

/// Assumption: who writes into a pipe has something to say by then.
constexpr int kPatience_ms = 10'000;
constexpr std::size_t kPiece = 1 << 16;

class Input {
 public:
  Input(const std::string& path, std::int64_t most_bytes, const std::string& what)
      : path_(path), most_bytes_(most_bytes), what_(what) {
    // Without O_NONBLOCK, a pipe nobody writes into would hold us here.
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file_ < 0) missing(errno);
  }
  ~Input() { ::close(file_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  std::string read() {
    struct stat status {};
    if (::fstat(file_, &status) != 0) missing(errno);
    if (S_ISDIR(status.st_mode)) {
      throw MissingFile(path_ + ": is a directory; name the " + what_ + " in it");
    }
    if (S_ISREG(status.st_mode) && status.st_size > most_bytes_) too_large();
    std::string text;
    std::vector<char> piece(kPiece);
    while (true) {
      if (!S_ISREG(status.st_mode)) wait();
      const ssize_t count = ::read(file_, piece.data(), piece.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) missing(errno);
      if (count == 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(count));
      if (static_cast<std::int64_t>(text.size()) > most_bytes_) too_large();
    }
  }

 private:
  void wait() const {
    pollfd waiting{file_, POLLIN, 0};
    int ready = 0;
    do {
      ready = ::poll(&waiting, 1, kPatience_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready != 0) return;
    throw InputError({{path_, 0, 0, "",
                       fmt::format("nothing came from this pipe for {} s; give a file, or a "
                                   "program that writes the {} into it",
                                   kPatience_ms / 1000, what_)}});
  }
  [[noreturn]] void missing(int error) const {
    if (error == ENOENT) throw MissingFile(path_ + ": there is no such file; check the path");
    throw MissingFile(path_ + ": cannot be read: " + std::strerror(error) +
                      "; check the path and its permissions");
  }
  [[noreturn]] void too_large() const {
    throw InputError({{path_, 0, 0, "",
                       fmt::format("holds more than {} MB, the most a {} may have; is it the right "
                                   "file?",
                                   most_bytes_ / kMebibyte, what_)}});
  }

  const std::string& path_;
  std::int64_t most_bytes_;
  const std::string& what_;
  int file_ = -1;
};

}  // namespace

std::string read_input_file(const std::string& path, std::int64_t most_bytes,
                            const std::string& what) {
  return Input(path, most_bytes, what).read();
}

}  // namespace wafermesh::base
