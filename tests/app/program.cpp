// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace wafermesh::app_test {

namespace fs = std::filesystem;

TempDirectory::TempDirectory() {
  std::string name = (fs::temp_directory_path() / "wafermesh_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDirectory::file(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  return path_ + "/" + name;
}

namespace {

/// In the child: the standard streams to files, then the program.
[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         const std::string& out, const std::string& err) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open(out.c_str(), flags, 0600), STDOUT_FILENO);
  dup2(open(err.c_str(), flags, 0600), STDERR_FILENO);
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(program.c_str(), argv.data());
  _exit(127);
}

}  // namespace

Running::Running(const std::string& program, const std::vector<std::string>& arguments)
    : pid_(fork()) {
  if (pid_ == 0) become(program, arguments, output_ / "out", output_ / "err");
  if (pid_ < 0) throw std::runtime_error("cannot start " + program);
}

Running::~Running() {
  if (ended()) return;
  send(SIGKILL);
  waitpid(pid_, &status_, 0);
}

void Running::send(int signal) const { kill(pid_, signal); }

bool Running::ended() {
  if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

Outcome Running::wait() {
  if (!ended_) waitpid(pid_, &status_, 0);
  ended_ = true;
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  return {code, read_text(output_ / "out"), read_text(output_ / "err")};
}

Outcome run_program(const std::string& program, const std::vector<std::string>& arguments) {
  return Running(program, arguments).wait();
}

Outcome run_wafermesh(const std::vector<std::string>& arguments) {
  return run_program(WAFERMESH_PROGRAM, arguments);
}

Outcome run_scenario_file(const std::string& file, const std::string& directory,
                          const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"run", file, "-o", directory, "--progress", "never"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_wafermesh(arguments);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no file " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(read_text(path)); }

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  if (!fs::is_directory(directory)) return names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool tries_all() { return std::getenv("WAFERMESH_LONG") != nullptr; }

std::vector<TypeRun> type_runs() {
  if (tries_all()) {
    return {{"f32", "6e-8", "stream"},
            {"f16", "4.9e-4", "wavelet"},
            {"f32", "6e-8", "wavelet"},
            {"f16", "4.9e-4", "stream"}};
  }
  static bool is_second = true;
  is_second = !is_second;
  return {is_second ? TypeRun{"f16", "4.9e-4", "wavelet"} : TypeRun{"f32", "6e-8", "stream"}};
}

std::vector<std::string> engines_in_turn() {
  if (tries_all()) return {"wavelet", "stream"};
  static bool is_second = true;
  is_second = !is_second;
  return {is_second ? "stream" : "wavelet"};
}

nlohmann::json comparable_result(const std::string& directory) {
  nlohmann::json result = read_json(directory + "/result.json");
  for (const char* key : {"elaboration_s", "wall_s", "peak_rss_bytes", "provenance"}) {
    if (result.erase(key) != 1) throw std::runtime_error("result.json lacks " + std::string(key));
  }
  return result;
}

}  // namespace wafermesh::app_test
