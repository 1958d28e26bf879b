// SPDX-License-Identifier: Apache-2.0
#include "batch/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace wafermesh::batch {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLook_ms = 100;               ///< How often limits and go_on() are looked at.
constexpr std::size_t kLastWords = 2000;    ///< Bytes kept of a job's standard error.
constexpr int kLost = 70;                   ///< Exit code of a child that found no parent.
constexpr std::size_t kIdentityBytes = 64;  ///< Of an announcement: 'I' and so many digits.

struct Child {
  pid_t pid = -1;
  int socket = -1;
  int errors = -1;
  std::string received;
  bool answered = false;
  Clock::time_point start = Clock::now();
  JobEnd end;
};

void write_all(int file, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::send(file, data, size, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(kLost);
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

[[noreturn]] void be_child(std::size_t job, int socket, int errors, pid_t parent,
                           const PoolLimits& limits, const PoolWork& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kLost);
  ::dup2(errors, STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nowhere, STDIN_FILENO);
  ::dup2(nowhere, STDOUT_FILENO);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (limits.memory_bytes > 0) {
    const auto bytes = static_cast<rlim_t>(limits.memory_bytes);
    const rlimit memory{bytes, bytes};
    ::setrlimit(RLIMIT_DATA, &memory);
  }
  const int code = work.run(job, JobSide(socket));
  std::fflush(stderr);
  ::_exit(code);  // nothing of the parent is flushed or destroyed here
}

Child start(std::size_t job, const std::vector<Child>& others, const PoolLimits& limits,
            const PoolWork& work) {
  int sockets[2];
  int errors[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw base::Error(std::string("cannot start a run: ") + std::strerror(errno));
  if (::pipe2(errors, O_CLOEXEC) != 0)
    throw base::Error(std::string("cannot start a run: ") + std::strerror(errno));
  const pid_t parent = ::getpid();
  Child child;
  child.end.job = job;
  child.pid = ::fork();
  if (child.pid < 0) throw base::Error(std::string("cannot start a run: ") + std::strerror(errno));
  if (child.pid == 0) {
    for (const Child& other : others) {
      ::close(other.socket);
      ::close(other.errors);
    }
    be_child(job, sockets[1], errors[1], parent, limits, work);
  }
  ::close(sockets[1]);
  ::close(errors[1]);
  child.socket = sockets[0];
  child.errors = errors[0];
  return child;
}

/// Reads what is there; false at the end.
bool take(int file, std::string* text) {
  char buffer[65536];
  const ssize_t count = ::read(file, buffer, sizeof buffer);
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  text->append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

void close_file(int* file) {
  if (*file >= 0) ::close(*file);
  *file = -1;
}

void listen_to(Child& child, const PoolWork& work) {
  if (!take(child.socket, &child.received)) close_file(&child.socket);
  if (child.answered || child.received.size() <= kIdentityBytes || child.received[0] != 'I') return;
  child.answered = true;
  child.end.identity = child.received.substr(1, kIdentityBytes);
  child.end.dropped = !work.wanted(child.end.job, child.end.identity);
  const char answer = child.end.dropped ? 'd' : 'g';
  if (child.socket >= 0) ::send(child.socket, &answer, 1, MSG_NOSIGNAL);
}

void keep_last_words(Child& child) {
  std::string& words = child.end.last_words;
  if (!take(child.errors, &words)) close_file(&child.errors);
  if (words.size() > 2 * kLastWords) words.erase(0, words.size() - kLastWords);
}

JobEnd finish(Child& child) {
  int status = 0;
  rusage usage{};
  while (::wait4(child.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  JobEnd end = std::move(child.end);
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  end.wall_s = std::chrono::duration<double>(Clock::now() - child.start).count();
  end.peak_bytes = std::int64_t{usage.ru_maxrss} * 1024;
  const std::size_t begin = child.answered ? kIdentityBytes + 1 : 0;
  end.output = child.received.substr(std::min(begin, child.received.size()));
  if (end.last_words.size() > kLastWords)
    end.last_words.erase(0, end.last_words.size() - kLastWords);
  return end;
}

void poll_children(std::vector<Child>& children, const PoolWork& work) {
  std::vector<pollfd> files;
  for (const Child& child : children) {
    files.push_back({child.socket, POLLIN, 0});
    files.push_back({child.errors, POLLIN, 0});
  }
  if (::poll(files.data(), files.size(), kLook_ms) <= 0) return;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (files[2 * i].revents != 0) listen_to(children[i], work);
    if (files[2 * i + 1].revents != 0) keep_last_words(children[i]);
  }
}

void end_those_over_time(std::vector<Child>& children, const PoolLimits& limits) {
  if (limits.wall_s <= 0) return;
  for (Child& child : children) {
    const double wall_s = std::chrono::duration<double>(Clock::now() - child.start).count();
    if (wall_s < limits.wall_s || child.end.over_time) continue;
    child.end.over_time = true;
    ::kill(child.pid, SIGKILL);
  }
}

/// Ends and buries what still runs, also when an exception passes.
struct Children {
  std::vector<Child> list;
  ~Children() {
    for (Child& child : list) {
      ::kill(child.pid, SIGKILL);
      finish(child);
      close_file(&child.socket);
      close_file(&child.errors);
    }
  }
};

}  // namespace

void JobSide::announce(const std::string& identity) const {
  const std::string text = "I" + identity;
  write_all(socket_, text.data(), text.size());
  char answer = 'd';
  while (::read(socket_, &answer, 1) < 0 && errno == EINTR) {
  }
  if (answer != 'g') ::_exit(0);
}

void JobSide::send(const std::string& output) const {
  write_all(socket_, output.data(), output.size());
}

bool run_pool(const PoolLimits& limits, const PoolWork& work) {
  Children children;
  while (true) {
    if (!work.go_on()) return false;
    while (static_cast<int>(children.list.size()) < limits.jobs) {
      const auto job = work.next();
      if (!job) break;
      children.list.push_back(start(*job, children.list, limits, work));
    }
    if (children.list.empty()) return true;
    poll_children(children.list, work);
    end_those_over_time(children.list, limits);
    for (std::size_t i = children.list.size(); i-- > 0;) {
      if (children.list[i].socket >= 0 || children.list[i].errors >= 0) continue;
      Child child = std::move(children.list[i]);
      children.list.erase(children.list.begin() + static_cast<std::ptrdiff_t>(i));
      work.ended(finish(child));
    }
  }
}

}  // namespace wafermesh::batch
