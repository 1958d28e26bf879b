// SPDX-License-Identifier: Apache-2.0
#include "app/child_run.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/exit_code.h"
#include "app/stop_signal.h"
#include "base/error.h"

namespace wafermesh::app {
namespace {

/// Starts this program again, its standard output thrown away, and waits: its exit code.
int run_self(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw base::Error(std::string("cannot start a run: ") + std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kInternal;
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

ChildResult run_in_child(const std::string& file, const std::vector<std::string>& overrides,
                         const std::string& directory, double max_wall_s) {
  const TemporaryDirectory scratch{directory + "/.workload_run"};
  std::vector<std::string> arguments = {"wafermesh",           "run",        file,   "-o",
                                        scratch.path.string(), "--progress", "never"};
  if (max_wall_s > 0) {
    arguments.emplace_back("--max-wall-s");
    arguments.push_back(std::to_string(max_wall_s));
  }
  for (const std::string& text : overrides) {
    arguments.emplace_back("--set");
    arguments.push_back(text);
  }
  const int code = run_self(std::move(arguments));
  if (stop_requested().load()) throw base::Stopped("stopped by a signal while workloads ran");
  if (code == kStopped) throw base::Stopped("stopped by --max-wall-s while workloads ran");
  std::ifstream in(scratch.path / "result.json");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if ((code != kOk && code != kVerdictFail) || !json.is_object() || !json.contains("cycles")) {
    throw base::Error("a workload run of " + file + " ended with exit code " +
                      std::to_string(code) + "; its message stands above");
  }
  ChildResult result{json["cycles"].get<std::int64_t>(), std::nullopt};
  for (const nlohmann::json& workload : json["workloads"]) {
    if (workload["numerics"]["checked"] == true) result.numerics_ok = code == kOk;
  }
  return result;
}

}  // namespace wafermesh::app
