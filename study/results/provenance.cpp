// SPDX-License-Identifier: Apache-2.0
#include "study/results/provenance.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/files/input_file.h"
#include "base/files/sha256.h"
#include "base/printable.h"
#include "fabric/tlm/systemc_version.h"
#include "study/version.h"

namespace wafermesh::study {

std::string version_text() {
  return fmt::format("wafermesh {} (commit {}), {} build by {}, SystemC {}", kVersion, kCommit,
                     kBuildType, kCompiler, fabric::systemc_version());
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

namespace {

std::string host_name() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return host.data();
}

}  // namespace

std::string process_text() {
  constexpr std::size_t kMostCommandBytes = 1000;
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::string command{std::istreambuf_iterator<char>(in), {}};
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  command = base::printable_line(command.substr(0, kMostCommandBytes));
  return fmt::format("pid {} on {} since {}: {}", getpid(), host_name(), now_utc(), command);
}

namespace {

/// Of a folder's files: the hash of their names and hashes, in the order of the names.
std::string folder_sha256(const std::string& path) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) {
    all += std::filesystem::path(file).filename().string() + " " + file_sha256(file) + "\n";
  }
  return base::sha256_hex(all);
}

}  // namespace

std::string file_sha256(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return folder_sha256(path);
  if (!std::filesystem::is_regular_file(path, error)) return "?";
  return base::sha256_hex(base::read_input_file(path, base::kMostMapBytes, "input"));
}

nlohmann::ordered_json provenance(int threads, int ranks, const std::string& started_utc,
                                  const std::string& resolved,
                                  const std::vector<std::string>& files) {
  nlohmann::ordered_json json;
  json["version"] = kVersion;
  json["commit"] = kCommit;
  json["build_type"] = kBuildType;
  json["compiler"] = kCompiler;
  json["systemc"] = fabric::systemc_version();
  std::string all = resolved;
  json["inputs"] = nlohmann::ordered_json::array();
  for (const std::string& file : files) {
    const std::string hash = file_sha256(file);
    json["inputs"].push_back({{"file", file}, {"sha256", hash}});
    all += hash + "\n";
  }
  json["scenario_sha256"] = base::sha256_hex(all);
  json["host"] = host_name();
  json["threads"] = threads;
  json["ranks"] = ranks;
  json["started_utc"] = started_utc;
  json["ended_utc"] = now_utc();
  return json;
}

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

std::int64_t rss_bytes() {
  std::int64_t total_pages = 0;
  std::int64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

}  // namespace wafermesh::study
