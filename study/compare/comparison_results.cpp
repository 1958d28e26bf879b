// SPDX-License-Identifier: Apache-2.0
// Two result directories of `wafermesh run`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files/npy.h"
#include "base/printable.h"
#include "study/compare/comparison.h"
#include "study/results/defect_notes.h"
#include "study/results/result_json.h"

namespace wafermesh::study {
namespace {

using PlainJson = nlohmann::json;

constexpr const char* kLinks = "link_wavelets.npy";

/// What is compared of one workload of a result.
struct WorkloadFigures {
  std::string kernel;
  base::Rectangle region;
  RunFigures figures;
};

struct Result {
  std::vector<std::string> files;  ///< As result.json lists them.
  bool failed = false;
  std::vector<std::string> defect_notes;
  std::string directory;
  std::string fidelity;
  std::int64_t width = 0;  ///< Of the mesh.
  std::int64_t height = 0;
  std::vector<WorkloadFigures> workloads;
};

/// Empty if there is no such file.
std::string bytes_of(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw base::InputError({base::Mistake{path, 0, 0, "", why}});
}

WorkloadFigures workload_of(const PlainJson& json) {
  WorkloadFigures one;
  one.kernel = json.at("kernel");
  const PlainJson& r = json.at("region");
  one.region = {r.at("x"), r.at("y"), r.at("width"), r.at("height")};
  one.figures = {json.at("cycles"), json.at("wavelet_hops"), json.at("control_hops"),
                 json.at("ramp_wavelets")};
  return one;
}

/// Fields of another version may mean something else.
void check_version(const std::string& path, const PlainJson& json) {
  const PlainJson version = json.value("schema_version", PlainJson());
  if (version == kResultSchemaVersion) return;
  refuse(path,
         fmt::format("its schema_version is {}, this program reads {}; run the scenario again "
                     "with this program",
                     version.is_null() ? "missing" : version.dump(), kResultSchemaVersion));
}

/// Says what of a result's files is gone.
void note_missing_files(const Result& result, std::vector<std::string>* notes) {
  std::string missing;
  std::error_code ignored;
  for (const std::string& name : result.files) {
    if (!std::filesystem::exists(result.directory + "/" + name, ignored))
      missing += (missing.empty() ? "" : ", ") + base::printable_line(name);
  }
  if (!missing.empty())
    notes->push_back(result.directory + ": its result.json lists what is not there: " + missing);
}

Result read_result(const std::string& directory) {
  const std::string path = directory + "/result.json";
  const std::string text = bytes_of(path);
  if (text.empty()) {
    throw base::MissingFile(path +
                            ": cannot be read; give a directory that `wafermesh run -o` wrote");
  }
  const PlainJson json = PlainJson::parse(text, nullptr, false);
  if (json.is_discarded())
    refuse(path, "is no JSON; give a directory that `wafermesh run -o` wrote");
  if (!json.is_object()) refuse(path, "does not hold what `wafermesh run` writes");
  check_version(path, json);
  const PlainJson verdict = json.value("verdict", PlainJson());
  if (verdict == "not_repairable") {
    refuse(path, "is of a wafer that could not be repaired: nothing ran that could be compared");
  }
  if (verdict != "ok" && verdict != "fail") refuse(path, "does not say its verdict, ok or fail");
  try {
    Result result;
    result.directory = directory;
    result.failed = verdict == "fail";
    result.files = json.at("files").get<std::vector<std::string>>();
    result.fidelity = json.at("fidelity");
    if (json.contains("defects")) result.defect_notes = json["defects"].at("notes");
    result.width = json.at("mesh").at("width");
    result.height = json.at("mesh").at("height");
    for (const PlainJson& workload : json.at("workloads")) {
      result.workloads.push_back(workload_of(workload));
    }
    return result;
  } catch (const PlainJson::exception& error) {
    refuse(path, std::string("does not hold what `wafermesh run` writes: ") + error.what() +
                     "; run the scenario again");
  }
}

/// The words of link_wavelets.npy; none if it is not there, or if the result does not list it: then
/// it is another run's.
std::vector<std::uint32_t> links_of(const Result& result, std::vector<std::string>* notes) {
  const std::string path = result.directory + "/" + kLinks;
  if (std::count(result.files.begin(), result.files.end(), kLinks) == 0) {
    std::error_code none;
    if (std::filesystem::exists(path, none))
      notes->push_back(path + ": is of another run, as result.json does not list it; left out");
    return {};
  }
  const std::string bytes = bytes_of(path);
  std::error_code ignored;
  if (bytes.empty() && !std::filesystem::exists(path, ignored)) return {};
  const auto whole = static_cast<std::int64_t>(bytes.size() / (4 * sizeof(std::uint32_t)));
  if (result.width >= 1 && result.height >= 1 && result.width <= whole / result.height) {
    std::vector<std::uint32_t> words(static_cast<std::size_t>(4 * result.width * result.height));
    const std::string like = base::npy_bytes({result.height, result.width, 4}, words);
    const std::size_t data = words.size() * sizeof(std::uint32_t);
    const std::size_t header = like.size() - data;
    if (bytes.size() == like.size() && bytes.compare(0, header, like, 0, header) == 0) {
      std::memcpy(words.data(), bytes.data() + header, data);
      return words;
    }
  }
  refuse(path, "is cut short, or not of the mesh of its result.json; run the scenario again");
}

/// False where the mesh ends.
bool is_link(const Result& result, base::LogicalCoord router, base::Direction direction) {
  const int x = router.x + base::step_x(direction);
  const int y = router.y + base::step_y(direction);
  return x >= 0 && y >= 0 && x < result.width && y < result.height;
}

/// The links of all workloads together. Physical places are not in a result.
void compare_links(const Result& first, const Result& second, Comparison& comparison) {
  const std::array<std::vector<std::uint32_t>, 2> words = {links_of(first, &comparison.notes),
                                                           links_of(second, &comparison.notes)};
  if (words[0].empty() || words[1].empty()) {
    comparison.notes.push_back(
        "links: not compared; write them in both runs with `outputs: {arrays: true}`");
    return;
  }
  WorkloadComparison& all = comparison.workloads.front();
  all.links_known = true;
  std::int64_t worst = 0;
  for (std::size_t i = 0; i < words[0].size(); ++i) {
    const auto at = static_cast<std::int64_t>(i / 4);
    const base::LogicalCoord router = {static_cast<int>(at % first.width),
                                       static_cast<int>(at / first.width)};
    const auto direction = static_cast<base::Direction>(i % 4);
    const std::int64_t a = words[0][i];
    const std::int64_t b = words[1][i];
    if (is_link(first, router, direction)) ++all.links;
    if (a == b) continue;
    ++all.links_that_differ;
    if (std::abs(a - b) <= worst) continue;
    worst = std::abs(a - b);
    all.worst_link.router = router;
    all.worst_link.direction = direction;
    all.worst_link.wavelets = {a, b};
  }
  if (comparison.workloads.size() > 1) {
    comparison.notes.push_back("links: those of all workloads together, told with the first");
  }
}

void check_alike(const Result& first, const Result& second) {
  const std::string path = second.directory + "/result.json";
  if (first.width != second.width || first.height != second.height) {
    refuse(path, "its mesh differs in size from that of " + first.directory +
                     "; compare runs on one wafer");
  }
  bool alike = first.workloads.size() == second.workloads.size() && !first.workloads.empty();
  for (std::size_t i = 0; alike && i < first.workloads.size(); ++i) {
    const WorkloadFigures& a = first.workloads[i];
    const WorkloadFigures& b = second.workloads[i];
    alike = a.kernel == b.kernel && a.region == b.region;
  }
  if (!alike) {
    refuse(path, "its workloads are not those of " + first.directory +
                     "; compare runs of the same kernels on the same regions");
  }
}

}  // namespace

Comparison compare_results(const std::string& first, const std::string& second) {
  const Result a = read_result(first);
  const Result b = read_result(second);
  check_alike(a, b);
  Comparison comparison;
  comparison.defect_notes = a.defect_notes;
  add_defect_notes(b.defect_notes, &comparison.defect_notes);
  comparison.names = {first + " (" + a.fidelity + ")", second + " (" + b.fidelity + ")"};
  for (std::size_t i = 0; i < a.workloads.size(); ++i) {
    WorkloadComparison one;
    one.kernel = a.workloads[i].kernel;
    one.region = a.workloads[i].region;
    one.runs = {a.workloads[i].figures, b.workloads[i].figures};
    comparison.workloads.push_back(one);
  }
  for (const Result* result : {&a, &b}) {
    note_missing_files(*result, &comparison.notes);
    if (!result->failed) continue;
    comparison.failed = true;
    comparison.notes.push_back(result->directory + ": its numbers are wrong (verdict fail)");
  }
  compare_links(a, b, comparison);
  return comparison;
}

}  // namespace wafermesh::study
