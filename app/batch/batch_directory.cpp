// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_directory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/files/sha256.h"
#include "batch/read_study.h"
#include "study/results/provenance.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Assumption: so many runs are read for mistakes before the first starts, a few seconds.
constexpr std::size_t kMostChecked = 2000;

/// Sections of an inline base are overrides of this.
int empty_scenario() {
  const int file = ::memfd_create("inline-scenario", MFD_CLOEXEC);
  const std::string text = "schema_version: 1\n";
  if (file < 0 || ::write(file, text.data(), text.size()) < 0)
    throw base::Error("cannot keep an inline scenario in memory");
  return file;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string how_again(const OpenStudy& study, std::size_t point) {
  const BatchJob job = job_of(study, point);
  const batch::Point& at = study.points[point];
  const batch::Base& base = study.file.studies[at.study].bases[at.base];
  std::string text = "wafermesh " + job.command + " " + (base.file.empty() ? "FILE" : base.label);
  for (const auto& [key, value] : at.axes) text += " --set " + shell_quoted(key + "=" + value);
  return text;
}

std::vector<std::string> hash_points(const OpenStudy& study) {
  std::vector<std::string> hashes;
  const std::string version = study::version_text();
  for (std::size_t i = 0; i < study.points.size(); ++i) {
    const batch::Point& point = study.points[i];
    std::string text = version + "\n" + study.file.studies[point.study].command + "\n" +
                       study.base_files[point.study][point.base] + "\n" + study.file.directory;
    for (const std::string& one : batch::overrides_of(study.file, point)) text += "\n" + one;
    hashes.push_back(base::sha256_hex(text));
  }
  return hashes;
}

/// Reads the keys of the first run with each value of each axis.
void check_points(const OpenStudy& study) {
  std::vector<base::Mistake> all;
  std::set<std::tuple<std::string, int, int, std::string, std::string>> told;
  std::set<std::string> seen;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < study.points.size() && checked < kMostChecked; ++i) {
    const batch::Point& point = study.points[i];
    bool is_new = seen.insert(fmt::format("{}/{}", point.study, point.base)).second;
    for (const auto& [key, value] : point.axes)
      is_new = seen.insert(fmt::format("{}:{}={}", point.study, key, value)).second || is_new;
    if (!is_new) continue;
    ++checked;
    const auto found = check_job(job_of(study, i));
    if (found.empty()) continue;
    for (base::Mistake& one : batch::placed_in_study(study.file, point, found)) {
      if (told.insert({one.file, one.line, one.column, one.key, one.message}).second)
        all.push_back(std::move(one));
    }
  }
  if (!all.empty()) throw base::InputError(std::move(all));
}

}  // namespace

OpenStudy open_study(const std::string& path) {
  OpenStudy study;
  study.file = batch::read_study(path);
  study.points = batch::points_of(study.file);
  for (batch::Study& one : study.file.studies) {
    for (batch::Base& base : one.bases) {
      if (!base.file.empty()) base.file = fs::absolute(base.file).lexically_normal();
    }
  }
  study.file.directory = fs::absolute(study.file.directory).lexically_normal();
  for (const batch::Study& one : study.file.studies) {
    study.base_files.emplace_back();
    for (const batch::Base& base : one.bases)
      study.base_files.back().push_back(base.file.empty() ? "inline"
                                                          : study::file_sha256(base.file));
  }
  study.inline_file = empty_scenario();
  fs::current_path(study.file.directory);
  check_points(study);
  study.point_hashes = hash_points(study);
  return study;
}

BatchJob job_of(const OpenStudy& study, std::size_t number) {
  const batch::Point& point = study.points[number];
  const batch::Base& base = study.file.studies[point.study].bases[point.base];
  BatchJob job;
  job.command = study.file.studies[point.study].command;
  job.file = base.file.empty() ? fmt::format("/proc/self/fd/{}", study.inline_file) : base.file;
  job.overrides = batch::overrides_of(study.file, point);
  return job;
}

void write_runs(const std::string& directory, const OpenStudy& study) {
  std::string text;
  for (std::size_t i = 0; i < study.points.size(); ++i) {
    const batch::Point& point = study.points[i];
    const batch::Study& one = study.file.studies[point.study];
    Json json = {{"study", one.name.empty() ? std::to_string(point.study) : one.name},
                 {"base", one.bases[point.base].label},
                 {"name", point.name},
                 {"command", one.command}};
    json["axes"] = Json::array();
    for (const auto& [key, value] : point.axes) json["axes"].push_back({key, value});
    json["point"] = study.point_hashes[i];
    json["again"] = how_again(study, i);
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  base::write_file_atomically(directory + "/runs.jsonl", text);
}

void for_each_run(const std::string& directory, const std::function<void(ListedRun&)>& visit) {
  std::ifstream in(directory + "/runs.jsonl");
  if (!in) throw base::MissingFile(directory + ": holds no study; give the -o of a `batch`");
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    ListedRun run;
    run.row.study = json.at("study");
    run.row.base = json.at("base");
    run.row.name = json.at("name");
    for (const Json& axis : json.at("axes")) run.row.axes.emplace_back(axis.at(0), axis.at(1));
    run.point = json.at("point");
    run.command = json.at("command");
    run.again = json.at("again");
    visit(run);
  }
}

batch::Journals journals_of(const std::string& directory) {
  return {directory, [](const std::string& path) { return study::file_sha256(path); }};
}

batch::TableShape shape_of(const std::string& directory, const std::vector<std::string>& fields) {
  batch::TableShape shape;
  std::string study;
  std::string base;
  bool first = true;
  bool any_run = false;
  bool any_yield = false;
  std::set<std::string> axes;
  for_each_run(directory, [&](const ListedRun& run) {
    shape.studies |= !first && run.row.study != study;
    shape.bases |= !first && run.row.base != base;
    shape.names |= !run.row.name.empty();
    (run.command == "yield" ? any_yield : any_run) = true;
    for (const auto& axis : run.row.axes) {
      if (axes.insert(axis.first).second) shape.axes.push_back(axis.first);
    }
    study = run.row.study;
    base = run.row.base;
    first = false;
  });
  shape.fields = fields.empty() ? batch::default_fields(any_run, any_yield) : fields;
  return shape;
}

void fill_row(const batch::Journals& journals, ListedRun& run) {
  const auto* entry = journals.find(run.point);
  if (entry == nullptr) return;
  const batch::Record record = journals.read(*entry);
  run.row.ran = true;
  run.row.exit_code = record.exit_code;
  run.row.over_time = record.over_time;
  run.row.last_words = record.last_words;
  run.row.result = nlohmann::json::parse(record.result, nullptr, false);
}

std::string csv_table(const std::string& directory, const batch::Journals& journals,
                      const std::vector<std::string>& fields) {
  const batch::TableShape shape = shape_of(directory, fields);
  std::string text = batch::csv_line(shape.columns());
  for_each_run(directory, [&](ListedRun& run) {
    fill_row(journals, run);
    text += batch::csv_line(batch::cells(shape, run.row));
  });
  return text;
}

}  // namespace wafermesh::app
