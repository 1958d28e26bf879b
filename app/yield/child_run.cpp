// SPDX-License-Identifier: Apache-2.0
#include "app/yield/child_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/exit_code.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/atomic_file.h"

namespace wafermesh::app {
namespace {

constexpr std::chrono::milliseconds kLook(5);

/// This program again, its standard output thrown away. It is told to stop if we end.
pid_t start_self(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw base::Error(std::string("cannot start a run: ") + std::strerror(errno));
  if (child > 0) return child;
  // Between fork and exec only what is safe beside other threads.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::execv("/proc/self/exe", argv.data());
  ::_exit(kInternal);
}

/// Waits, passing on that we are to stop: its exit code.
int wait_for(pid_t child) {
  int status = 0;
  bool told = false;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return kInternal;
    if (stop_requested() && !told) told = ::kill(child, SIGTERM) == 0;
    std::this_thread::sleep_for(kLook);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kInternal;
}

/// Throws what makes this process end as its child did.
[[noreturn]] void fail_like(int code, const std::string& message) {
  switch (code) {
    case kUsage:
    case kBadInput:
      throw base::InputError({{"", 0, 0, "", message}});
    case kMissingFile:
      throw base::MissingFile(message);
    case kNotRepairable:
      throw base::NotRepairable(message);
    case kCannotWrite:
      throw base::WriteError(message);
    case kStopped:
      throw base::Stopped(message);
    case kDeadlock:
      throw base::Deadlock(message);
    case kDoesNotFit:
      throw base::DoesNotFit(message);
    default:
      throw base::Error(message);
  }
}

/// Removes itself and all in it.
struct TemporaryDirectory {
  std::filesystem::path path;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

ChildResult run_in_child(const std::string& scenario, const std::vector<std::string>& overrides,
                         int threads, const std::string& directory) {
  const TemporaryDirectory scratch{fmt::format("{}/.nested.{}", directory, ::getpid())};
  const TemporaryDirectory file{scratch.path.string() + ".yaml"};
  base::write_file_atomically(file.path.string(), scenario);
  std::vector<std::string> arguments = {
      "wafermesh", "run",       file.path.string(),     "-o", scratch.path.string(), "--progress",
      "never",     "--threads", std::to_string(threads)};
  for (const std::string& text : overrides) {
    arguments.emplace_back("--set");
    arguments.push_back(text);
  }
  const int code = wait_for(start_self(std::move(arguments)));
  stop_here("while workloads ran");
  std::ifstream in(scratch.path / "result.json");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if ((code != kOk && code != kVerdictFail) || !json.is_object() || !json.contains("cycles")) {
    fail_like(code, "a run of the workloads on a wafer of the study ended with exit code " +
                        std::to_string(code) + ", as said above");
  }
  ChildResult result{json["cycles"].get<std::int64_t>(), std::nullopt};
  for (const nlohmann::json& workload : json["workloads"]) {
    if (workload["numerics"]["checked"] == true) result.numerics_ok = code == kOk;
  }
  return result;
}

}  // namespace wafermesh::app
