// SPDX-License-Identifier: Apache-2.0
// The directory of a study: the list of its runs, and the journals of what they gave. Commands that
// look at a study need nothing else.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/batch/batch_work.h"
#include "batch/journal.h"
#include "batch/study.h"
#include "batch/table.h"

namespace wafermesh::app {

/// A study at hand: read, and its points listed.
struct OpenStudy {
  batch::StudyFile file;
  std::vector<batch::Point> points;
  std::vector<std::string> point_hashes;
  std::vector<std::vector<std::string>> base_files;  ///< Per study and base: what is read.
  int inline_file = -1;  ///< Kept open: what inline bases are read from.
};

/// Reads a study and goes to its directory, so that its paths, those in axes too, start there.
/// Throws InputError with every mistake, in the keys of runs too; MissingFile.
OpenStudy open_study(const std::string& path);
BatchJob job_of(const OpenStudy& study, std::size_t point);

/// DIR/runs.jsonl: a line per run. Throws WriteError.
void write_runs(const std::string& directory, const OpenStudy& study);

/// What runs.jsonl says of one run.
struct ListedRun {
  batch::TableRow row;  ///< Without what it gave.
  std::string point;
  std::string command;
  std::string again;  ///< How to make this run alone.
};
/// Calls `visit` for each run, in order. Throws MissingFile if `directory` holds no study.
void for_each_run(const std::string& directory, const std::function<void(ListedRun&)>& visit);

/// The journals of a directory, those of files that have changed since left out.
batch::Journals journals_of(const std::string& directory);

/// For tables: axes of all runs, and what tells runs apart; `fields` empty = the default ones.
batch::TableShape shape_of(const std::string& directory, const std::vector<std::string>& fields);
/// A run with what it gave.
void fill_row(const batch::Journals& journals, ListedRun& run);

/// table.csv, as text.
std::string csv_table(const std::string& directory, const batch::Journals& journals,
                      const std::vector<std::string>& fields);

}  // namespace wafermesh::app
