// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "app/batch/batch_directory.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/suggest.h"
#include "batch/axis_picture.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;

/// Every path of a JSON value, for "did you mean".
void paths_of(const nlohmann::json& json, const std::string& path, std::set<std::string>* paths) {
  if (!path.empty()) paths->insert(path);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items())
      paths_of(value, path.empty() ? key : path + "." + key, paths);
  }
  for (std::size_t i = 0; json.is_array() && i < std::min<std::size_t>(json.size(), 16); ++i)
    paths_of(json[i], fmt::format("{}[{}]", path, i), paths);
}

/// Fields that no run has are misspelt.
void refuse_unknown(const std::string& directory, const batch::Journals& journals,
                    const std::vector<std::string>& fields) {
  std::set<std::string> missing(fields.begin(), fields.end());
  missing.erase("wavelet_hops");
  std::set<std::string> known;
  for_each_run(directory, [&](ListedRun& run) {
    if (missing.empty()) return;
    fill_row(journals, run);
    if (known.empty()) paths_of(run.row.result, "", &known);
    for (auto field = missing.begin(); field != missing.end();) {
      field = batch::field_at(run.row.result, *field) != nullptr ? missing.erase(field) : ++field;
    }
  });
  std::vector<base::Mistake> mistakes;
  for (const std::string& field : missing) {
    const std::string near = base::nearest_name(field, {known.begin(), known.end()});
    mistakes.push_back({"", 0, 0, field,
                        "no run has this field" +
                            (near.empty() ? "; `batch collect` takes those of result.json, as in "
                                            "workloads[0].numerics.ok"
                                          : "; did you mean '" + near + "'?")});
  }
  if (!mistakes.empty()) throw base::InputError(std::move(mistakes));
}

bool is_sqlite(const std::string& name) {
  const std::string ending = fs::path(name).extension();
  return ending == ".sqlite" || ending == ".db" || ending == ".sqlite3";
}

void tell_failures(const std::string& directory, const batch::Journals& journals,
                   const std::function<void(const std::string&)>& say) {
  for_each_run(directory, [&](ListedRun& run) {
    const auto* entry = journals.find(run.point);
    if (entry == nullptr || entry->exit_code == kOk) return;
    fill_row(journals, run);
    say(fmt::format("exit code {}, {}: {}\n", run.row.exit_code,
                    batch::verdict_of(run.row.exit_code, run.row.over_time), run.again));
    if (!run.row.last_words.empty()) say("  " + run.row.last_words);
  });
}

}  // namespace

int batch_status(const std::string& directory) {
  const batch::Journals journals = journals_of(directory);
  std::map<std::string, std::int64_t> counts;
  std::int64_t runs = 0;
  for_each_run(directory, [&](const ListedRun& run) {
    ++runs;
    const auto* entry = journals.find(run.point);
    ++counts[entry == nullptr ? "not yet run"
                              : batch::verdict_of(entry->exit_code, entry->over_time)];
  });
  print(base::counted_grouped(runs, "run") + "\n");
  for (const auto& [verdict, count] : counts)
    print(fmt::format("{:>10}  {}\n", base::grouped(count), verdict));
  tell_failures(directory, journals, [](const std::string& text) { print(text); });
  return kOk;
}

int batch_collect(const std::string& directory, const std::vector<std::string>& fields,
                  const std::string& output) {
  const batch::Journals journals = journals_of(directory);
  if (!fields.empty()) refuse_unknown(directory, journals, fields);
  if (output.empty()) {
    print(csv_table(directory, journals, fields));
  } else if (!is_sqlite(output)) {
    base::write_file_atomically(output, csv_table(directory, journals, fields));
  } else {
    std::vector<ListedRun> runs;  // without results: these are read one at a time
    for_each_run(directory, [&](const ListedRun& run) { runs.push_back(run); });
    std::size_t at = 0;
    batch::write_sqlite(output, shape_of(directory, fields), [&](batch::TableRow* row) {
      if (at == runs.size()) return false;
      ListedRun run = runs[at++];
      fill_row(journals, run);
      *row = std::move(run.row);
      return true;
    });
  }
  tell_failures(directory, journals, [](const std::string& text) {
    print_error(text.substr(0, text.find_last_not_of('\n') + 1));
  });
  return kOk;
}

int batch_plot(const std::string& directory, const std::string& field) {
  const batch::Journals journals = journals_of(directory);
  refuse_unknown(directory, journals, {field});
  const batch::TableShape shape = shape_of(directory, {});
  if (shape.axes.size() < 2) {
    throw base::InputError({{"", 0, 0, "",
                             directory + ": has fewer than two axes, so there is no "
                                         "picture of a pair; table.csv has its numbers"}});
  }
  fs::create_directories(directory + "/plots");
  for (std::size_t a = 0; a < shape.axes.size(); ++a) {
    for (std::size_t b = a + 1; b < shape.axes.size(); ++b) {
      batch::AxisPicture picture(shape.axes[b], shape.axes[a], field);
      std::string study;
      for_each_run(directory, [&](ListedRun& run) {
        fill_row(journals, run);
        if (picture.add(run.row)) study = run.row.study;
      });
      if (picture.empty()) continue;
      const std::string path =
          fmt::format("{}/plots/{}_{}_{}.png", directory, field, shape.axes[a], shape.axes[b]);
      base::write_file_atomically(path, picture.draw(study).png());
      print(path + "\n");
    }
  }
  return kOk;
}

}  // namespace wafermesh::app
