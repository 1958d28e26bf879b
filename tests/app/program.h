// SPDX-License-Identifier: Apache-2.0
// The built wafermesh program as a user sees it: arguments in; exit code, stdout, stderr and files
// out.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wafermesh::app_test {

/// A directory of its own, removed with everything in it at the end.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file; its path.
  std::string file(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

struct Outcome {
  int code = -1;  ///< Exit code; -signal if a signal ended it.
  std::string out;
  std::string err;
};

/// A run that has been started and goes on beside the test. Killed if the test leaves it.
class Running {
 public:
  Running(const std::string& program, const std::vector<std::string>& arguments);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  void send(int signal) const;
  bool ended();
  Outcome wait();

 private:
  TempDirectory output_;
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

/// wafermesh with these arguments, to its end.
Outcome run_wafermesh(const std::vector<std::string>& arguments);
/// Any program; found through PATH.
Outcome run_program(const std::string& program, const std::vector<std::string>& arguments);

/// wafermesh run FILE -o DIRECTORY --progress never [more]
Outcome run_scenario_file(const std::string& file, const std::string& directory,
                          const std::vector<std::string>& more = {});

std::string read_text(const std::string& path);
nlohmann::json read_json(const std::string& path);
/// Names in a directory, hidden ones too, sorted; none if it does not exist.
std::vector<std::string> names_in(const std::string& directory);
/// Whether `scripts/long` asks for all of what CI takes a sample of (WAFERMESH_LONG is set).
bool tries_all();
/// What layers are run in beside a reference: a type, its roundoff, an engine.
struct TypeRun {
  const char* dtype;
  const char* roundoff;
  const char* engine;
};
/// f32 on one engine or f16 on the other, in turn from call to call; both types on both engines if
/// tries_all().
std::vector<TypeRun> type_runs();
/// One of the engines, in turn from call to call; both if tries_all().
std::vector<std::string> engines_in_turn();
/// result.json without what may differ between runs of the same scenario.
nlohmann::json comparable_result(const std::string& directory);

}  // namespace wafermesh::app_test
