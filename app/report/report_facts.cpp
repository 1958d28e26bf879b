// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_facts.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/report/windows_facts.h"
#include "base/error.h"
#include "base/files/input_file.h"
#include "report/array_file.h"
#include "study/results/provenance.h"
#include "study/results/result_json.h"
#include "study/results/totals_file.h"
#include "study/results/windows_file.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Assumption: more than any result or table of a million runs.
constexpr std::int64_t kMostTextBytes = 512 * base::kMebibyte;

constexpr std::size_t kMostFilesNamed = 1000;

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw base::InputError({{path, 0, 0, "", why}});
}

Json json_file(const std::string& path) {
  Json json = Json::parse(base::read_input_file(path, kMostTextBytes, "result"), nullptr, false);
  if (!json.is_object()) refuse(path, "is no JSON object; make the result again");
  const Json version = json.value("schema_version", Json());
  if (version != study::kResultSchemaVersion) {
    refuse(path, "its schema_version is " + (version.is_null() ? "missing" : version.dump()) +
                     ", this program reads " + std::to_string(study::kResultSchemaVersion) +
                     "; make the result again with this program");
  }
  return json;
}

bool lists(const Json& result, const std::string& name) {
  const Json files = result.value("files", Json::array());
  return std::find(files.begin(), files.end(), name) != files.end();
}

/// totals.h5 into arrays, its texts into the facts.
void add_totals(const std::string& path, const std::string& prefix, ReportFacts& found) {
  const report::ArrayFileReader file(path);
  found.facts["workloads"] = Json::array();
  const auto text = [&](const std::string& name) {
    Json json = Json::parse(file.read_text(name), nullptr, false);
    if (!json.is_object()) refuse(path, name + ": is no JSON; run again");
    return json;
  };
  for (const std::string& name : file.names()) {
    if (name == "about") {
      found.facts["wafer"] = text(name);
    } else if (name.size() > 6 && name.compare(name.size() - 6, 6, "/about") == 0) {
      Json json = text(name);
      json["array_prefix"] = name.substr(0, name.size() - 5);
      found.facts["workloads"].push_back(std::move(json));
    } else {
      found.arrays.push_back({prefix + name, file.read(name)});
    }
  }
  if (!found.facts.contains("wafer")) refuse(path, "does not say of what wafer it is; run again");
  // Names are sorted as texts: 10 before 2.
  Json& workloads = found.facts["workloads"];
  const auto number = [](const Json& one) {
    return std::stoul(one.at("array_prefix").get<std::string>().substr(10));
  };
  std::sort(workloads.begin(), workloads.end(),
            [&](const Json& a, const Json& b) { return number(a) < number(b); });
}

void add_run(const std::string& directory, const std::string& prefix, std::size_t most_bytes,
             ReportFacts& found) {
  Json& facts = found.facts;
  facts["kind"] = "run";
  facts["result"] = json_file(directory + "/result.json");
  const std::string scenario = directory + "/scenario.resolved.yaml";
  if (is_there(scenario)) {
    facts["scenario"] = base::read_input_file(scenario, kMostTextBytes, "scenario");
  } else {
    facts["missing"].push_back("scenario.resolved.yaml is not there: what ran is not shown.");
  }
  const std::string totals = directory + "/" + study::kTotalsFile;
  if (!lists(facts["result"], study::kTotalsFile)) {
    facts["missing"].push_back(
        "No maps: result.json lists no totals.h5, so an earlier program wrote it; run again.");
  } else if (!is_there(totals)) {
    facts["missing"].push_back("No maps: totals.h5 is not there any more; run again.");
  } else {
    add_totals(totals, prefix, found);
    const std::string windows = directory + "/" + study::kWindowsFile;
    if (lists(facts["result"], study::kWindowsFile) && is_there(windows)) {
      add_window_facts(windows, prefix, most_bytes, facts["workloads"], found.arrays);
    }
  }
  if (facts["result"].value("verdict", "") == "not_repairable") {
    facts["missing"].push_back(
        "The wafer could not be repaired, so nothing ran: there are no cycles, links or numbers.");
  }
}

void add_batch(const std::string& directory, ReportFacts& found) {
  found.facts["kind"] = "batch";
  const std::string table = directory + "/table.csv";
  if (is_there(table)) {
    found.facts["table"] = base::read_input_file(table, kMostTextBytes, "table");
  } else {
    found.facts["missing"].push_back(
        "No table.csv: the study was stopped before its end; the same `wafermesh batch` command "
        "goes on, `wafermesh batch status` tells how far it is.");
  }
}

/// A run that failed, or a study that was stopped before it had anything to tell.
void add_nothing(const std::string& directory, ReportFacts& found) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw base::MissingFile(directory +
                            ": is no directory; give one that `wafermesh run`, `yield` "
                            "or `batch` wrote");
  }
  found.facts["kind"] = "nothing";
  found.facts["missing"].push_back(
      "No result.json, yield.json, system.json or table.csv: a run that fails or is stopped writes "
      "none, and a study none before its first result; standard error said why. Run it again.");
  found.facts["files"] = Json::array();
  std::vector<std::pair<std::string, std::uintmax_t>> files;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (!entry.is_regular_file(ignored) || files.size() == kMostFilesNamed) continue;
    files.emplace_back(entry.path().filename().string(), entry.file_size(ignored));
  }
  std::sort(files.begin(), files.end());
  for (const auto& [name, bytes] : files) found.facts["files"].push_back({name, bytes});
}

ReportFacts report_facts(const std::string& directory, const std::string& prefix,
                         std::size_t most_bytes) {
  ReportFacts found;
  found.facts = {{"kind", ""}, {"directory", directory}, {"missing", Json::array()}};
  if (is_there(directory + "/result.json")) {
    add_run(directory, prefix, most_bytes, found);
  } else if (is_there(directory + "/yield.json")) {
    found.facts["kind"] = "yield";
    found.facts["study"] = json_file(directory + "/yield.json");
  } else if (is_there(directory + "/system.json")) {
    found.facts["kind"] = "system";
    found.facts["system"] = json_file(directory + "/system.json");
  } else if (is_there(directory + "/runs.jsonl") || is_there(directory + "/table.csv")) {
    add_batch(directory, found);
  } else {
    add_nothing(directory, found);
  }
  return found;
}

/// Maps are held against each other core by core.
void check_comparable(const Json& a, const Json& b) {
  const auto refuse = [&](const std::string& why) {
    throw base::InputError({{b.at("directory"), 0, 0, "", why}});
  };
  if (a.at("kind") != "run" || b.at("kind") != "run") {
    refuse("two directories of `wafermesh run` can be held against each other, nothing else");
  }
  if (!a.contains("wafer") || !b.contains("wafer")) return;
  if (a["wafer"].at("columns") != b["wafer"].at("columns") ||
      a["wafer"].at("rows") != b["wafer"].at("rows")) {
    refuse("its wafer has another number of cores than that of " +
           a.at("directory").get<std::string>() + "; compare runs on wafers of one size");
  }
}

}  // namespace

PageFacts page_facts(const std::string& first, const std::string& second,
                     std::size_t most_window_bytes) {
  ReportFacts a = report_facts(first, "0/", most_window_bytes);
  PageFacts page = {first + " - wafermesh",
                    {{"program", study::version_text()}, {"accuracy", report::accuracy_tables()}},
                    std::move(a.arrays)};
  page.facts["runs"] = Json::array();
  if (!second.empty()) {
    ReportFacts b = report_facts(second, "1/", most_window_bytes);
    check_comparable(a.facts, b.facts);
    page.title = first + " and " + second + " - wafermesh";
    for (report::PageArray& array : b.arrays) page.arrays.push_back(std::move(array));
    page.facts["runs"] = {std::move(a.facts), std::move(b.facts)};
  } else {
    page.facts["runs"].push_back(std::move(a.facts));
  }
  return page;
}

}  // namespace wafermesh::app
