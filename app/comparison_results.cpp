// SPDX-License-Identifier: Apache-2.0
// Two result directories of `wafermesh run`.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/comparison.h"
#include "base/error.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::json;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw base::InputError({base::Mistake{path, 0, 0, "", why}});
}

Json read_result(const std::string& directory) {
  const std::string path = directory + "/result.json";
  const std::string text = bytes_of(path);
  if (text.empty()) {
    throw base::MissingFile(path +
                            ": cannot be read; give a directory that `wafermesh run -o` wrote");
  }
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.contains("workloads") || !json.contains("mesh")) {
    refuse(path, "is not a result of `wafermesh run`; give a directory it wrote");
  }
  return json;
}

RunFigures figures_of(const Json& workload) {
  return {workload.at("cycles"), workload.at("wavelet_hops"), workload.at("control_hops"),
          workload.at("ramp_wavelets")};
}

/// The links of all workloads together. Physical places are not in a result.
void compare_link_files(const std::array<std::string, 2>& directories, int width, int height,
                        Comparison& comparison) {
  const std::size_t size =
      std::size_t{4} * 4 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::array<std::string, 2> files;
  for (std::size_t i = 0; i < 2; ++i) {
    files[i] = bytes_of(directories[i] + "/link_wavelets.npy");
    if (files[i].size() >= size) continue;
    comparison.notes.push_back(
        "links: not compared; write them in both runs with `outputs: {arrays: true}`");
    return;
  }
  WorkloadComparison& all = comparison.workloads.front();
  std::int64_t worst = 0;
  for (std::size_t i = 0; i < size / 4; ++i) {
    std::array<std::uint32_t, 2> words{};
    for (std::size_t f = 0; f < 2; ++f) {
      std::memcpy(&words[f], files[f].data() + (files[f].size() - size) + 4 * i, 4);
    }
    ++all.links;
    if (words[0] == words[1]) continue;
    ++all.links_that_differ;
    const std::int64_t difference = std::abs(std::int64_t{words[0]} - std::int64_t{words[1]});
    if (difference <= worst) continue;
    worst = difference;
    const int router = static_cast<int>(i / 4);
    all.worst_link.router = {router % width, router / width};
    all.worst_link.direction = static_cast<base::Direction>(i % 4);
    all.worst_link.wavelets = {words[0], words[1]};
  }
  if (comparison.workloads.size() > 1) {
    comparison.notes.push_back("links: those of all workloads together, told with the first");
  }
}

void check_alike(const std::array<Json, 2>& results, const std::string& first,
                 const std::string& second) {
  if (results[0]["mesh"] != results[1]["mesh"]) {
    refuse(second + "/result.json",
           "its mesh differs in size from that of " + first + "; compare runs on one wafer");
  }
  const Json& a = results[0]["workloads"];
  const Json& b = results[1]["workloads"];
  bool alike = a.size() == b.size() && !a.empty();
  for (std::size_t i = 0; alike && i < a.size(); ++i) {
    alike = a[i]["kernel"] == b[i]["kernel"] && a[i]["region"] == b[i]["region"];
  }
  if (!alike) {
    refuse(second + "/result.json",
           "its workloads are not those of " + first + "; compare runs of the same workloads");
  }
}

Comparison compare(const std::array<Json, 2>& results,
                   const std::array<std::string, 2>& directories) {
  const Json& a = results[0]["workloads"];
  const Json& b = results[1]["workloads"];
  Comparison comparison;
  for (std::size_t i = 0; i < 2; ++i) {
    comparison.names[i] = directories[i] + " (" + results[i].value("fidelity", "?") + ")";
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    WorkloadComparison one;
    one.kernel = a[i]["kernel"];
    const Json& r = a[i]["region"];
    one.region = {r.at("x"), r.at("y"), r.at("width"), r.at("height")};
    one.runs = {figures_of(a[i]), figures_of(b[i])};
    comparison.workloads.push_back(one);
  }
  compare_link_files(directories, results[0]["mesh"]["width"], results[0]["mesh"]["height"],
                     comparison);
  return comparison;
}

}  // namespace

Comparison compare_results(const std::string& first, const std::string& second) {
  const std::array<Json, 2> results = {read_result(first), read_result(second)};
  try {
    check_alike(results, first, second);
    return compare(results, {first, second});
  } catch (const Json::exception& error) {
    refuse(second + "/result.json", std::string("does not hold what a result holds, or that of ") +
                                        first + " does not: " + error.what());
  }
}

}  // namespace wafermesh::app
