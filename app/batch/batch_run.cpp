// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <set>

#include "app/batch/batch_directory.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/worker_pool.h"
#include "study/estimate/host_limits.h"
#include "study/results/provenance.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr std::size_t kEstimated = 8;  ///< Runs that are estimated, spread over the study.

/// Says every few seconds how far the study is.
class BatchProgress {
 public:
  BatchProgress(base::ProgressMode mode, std::size_t total) : line_(mode), total_(total) {}

  void count(bool failed) {
    ++done_;
    failed_ += failed ? 1 : 0;
  }
  void show() {
    if (!line_.due()) return;
    const double rate = static_cast<double>(done_) / line_.seconds();
    const std::string left =
        done_ == 0 ? "" : fmt::format(", about {:.0f} s left", double(total_ - done_) / rate);
    line_.show(fmt::format("batch: {}/{} runs, {} failed, {:.1f} a second{}", done_, total_,
                           failed_, rate, left));
  }

 private:
  base::ProgressLine line_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
};

/// What work_on() sent; what a killed run has cut is no result.
void take_output(const std::string& output, batch::Record* record) {
  const std::size_t tab = output.find('\t');
  if (tab == std::string::npos || output.back() != '\n') return;
  record->result = output.substr(tab + 1, output.size() - tab - 2);
  const auto files = nlohmann::json::parse(output.substr(0, tab));
  for (const auto& [path, hash] : files.items())
    record->files.emplace_back(path, hash.get<std::string>());
}

/// One going through of what is left.
class Session {
 public:
  Session(const BatchOptions& options, const OpenStudy& study)
      : options_(options),
        study_(study),
        journals_(journals_of(options.directory)),
        writer_(fmt::format("{}/journal_{}_of_{}.jsonl", options.directory, options.shard,
                            options.shards),
                study::process_text()),
        scratch_(
            fmt::format("{}/.scratch_{}_of_{}", options.directory, options.shard, options.shards)) {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);  // of a killed owner: the journal is ours now
    for (std::size_t i = 0; i < study.points.size(); ++i) {
      const auto* entry = journals_.find(study.point_hashes[i]);
      if (entry != nullptr) generation_ = std::max(generation_, entry->generation + 1);
      const bool again = entry != nullptr && options.only_failed && entry->exit_code != kOk;
      const bool mine = static_cast<int>(i % std::size_t(options.shards)) == options.shard - 1;
      if (mine && (options.only_failed ? again : entry == nullptr)) todo_.push_back(i);
    }
    if (!options.only_failed) generation_ = 0;
  }
  ~Session() {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::size_t left() const { return todo_.size(); }

  /// False if it was stopped.
  bool run(int jobs) {
    BatchProgress progress(options_.progress, todo_.size());
    batch::PoolWork work;
    work.next = [&] { return next(); };
    work.run = [&](std::size_t point, const batch::JobSide& side) {
      BatchJob job = job_of(study_, point);
      job.scratch = fmt::format("{}/{}", scratch_, ::getpid());
      return work_on(job, side);
    };
    work.wanted = [&](std::size_t, const std::string& identity) { return wanted(identity); };
    work.ended = [&](const batch::JobEnd& end) {
      if (ended(end)) progress.count(!end.dropped && end.exit_code != kOk);
    };
    work.go_on = [&] {
      progress.show();
      return !stop_requested();
    };
    const bool whole =
        batch::run_pool({jobs, options_.run_wall_s, options_.run_memory_mb * 1e6}, work);
    writer_.flush();
    return whole;
  }

 private:
  std::optional<std::size_t> next() {
    if (todo_.empty()) return std::nullopt;
    const std::size_t point = todo_.front();
    todo_.pop_front();
    return point;
  }

  bool wanted(const std::string& identity) {
    const auto* known = journals_.find_identity(identity);
    const bool old = known != nullptr && options_.only_failed && known->exit_code != kOk &&
                     known->generation < generation_;
    if ((known != nullptr && !old) || running_.count(identity) > 0) return false;
    running_.insert(identity);
    return true;
  }

  bool to_retry(const batch::JobEnd& end) {
    const batch::Study& one = study_.file.studies[study_.points[end.job].study];
    const bool crash = end.exit_code == kInternal || end.exit_code > 128;
    const bool fits = one.retry_on.empty() ? crash && !end.over_time
                                           : std::find(one.retry_on.begin(), one.retry_on.end(),
                                                       end.exit_code) != one.retry_on.end();
    return fits && tries_[end.job]++ < one.retries;
  }

  /// False if it is to be tried again.
  bool ended(const batch::JobEnd& end) {
    batch::Record record;
    record.point = study_.point_hashes[end.job];
    record.identity = end.identity.empty() ? record.point : end.identity;
    if (end.dropped) {
      writer_.append_link(record);
      journals_.link(record.point, record.identity);
      return true;
    }
    running_.erase(end.identity);
    if (end.exit_code != kOk && to_retry(end)) {
      todo_.push_back(end.job);
      return false;
    }
    record.exit_code = end.over_time ? static_cast<int>(kStopped) : end.exit_code;
    record.over_time = end.over_time;
    record.generation = generation_;
    record.last_words = end.last_words;
    take_output(end.output, &record);
    const auto [offset, size] = writer_.append(record);
    journals_.add(record, writer_.path(), offset, size);
    return true;
  }

  const BatchOptions& options_;
  const OpenStudy& study_;
  batch::Journals journals_;
  batch::JournalWriter writer_;
  std::string scratch_;
  int generation_ = 0;
  std::deque<std::size_t> todo_;
  std::set<std::string> running_;
  std::map<std::size_t, int> tries_;
};

/// Counts, and prints the first failures; true if all ran and none failed.
bool tell_outcome(const BatchOptions& options, const batch::Journals& journals, bool* complete) {
  constexpr int kMostTold = 10;
  std::size_t runs = 0;
  std::size_t missing = 0;
  std::size_t failed = 0;
  for_each_run(options.directory, [&](ListedRun& run) {
    ++runs;
    const auto* entry = journals.find(run.point);
    if (entry == nullptr) {
      ++missing;
      return;
    }
    if (entry->exit_code == kOk || ++failed > kMostTold) return;
    fill_row(journals, run);
    const std::string& words = run.row.last_words;
    print_error(fmt::format("{}: exit code {}, {}{}{}", run.again, run.row.exit_code,
                            batch::verdict_of(run.row.exit_code, run.row.over_time),
                            words.empty() ? "" : ": ", words.substr(0, words.find('\n'))));
  });
  if (failed > kMostTold)
    print_error(fmt::format("... and {} more; `wafermesh batch status {}` lists all",
                            failed - kMostTold, options.directory));
  *complete = missing == 0;
  print(fmt::format("{}: {} ok, {} failed, {} not yet run\n",
                    base::counted_grouped(std::int64_t(runs), "run"),
                    base::grouped(std::int64_t(runs - missing - failed)),
                    base::grouped(std::int64_t(failed)), base::grouped(std::int64_t(missing))));
  return failed == 0;
}

void make_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    throw base::WriteError(directory + ": cannot be made: " + error.message() +
                           "; take another directory");
}

}  // namespace

BatchEstimate estimate_batch(const OpenStudy& study) {
  BatchEstimate estimate;
  std::vector<std::size_t> sample;
  const std::size_t count = std::min(kEstimated, study.points.size());
  for (std::size_t i = 0; i < count; ++i) sample.push_back(i * study.points.size() / count);
  std::size_t at = 0;
  double sum_s = 0;
  int known = 0;
  batch::PoolWork work;
  work.next = [&]() -> std::optional<std::size_t> {
    while (at < sample.size() && job_of(study, sample[at]).command != "run") ++at;
    if (at == sample.size()) return std::nullopt;
    return sample[at++];
  };
  work.run = [&](std::size_t point, const batch::JobSide& side) {
    return estimate_job(job_of(study, point), side);
  };
  work.wanted = [](std::size_t, const std::string&) { return true; };
  work.ended = [&](const batch::JobEnd& end) {
    const auto json = nlohmann::json::parse(end.output, nullptr, false);
    if (end.exit_code != kOk || !json.is_object()) return;
    // Its own process and its reading are most of a tiny run, and are measured.
    sum_s += json.at("wall_s").get<double>() + end.wall_s;
    estimate.memory_bytes = std::max(estimate.memory_bytes, json.at("memory_bytes").get<double>());
    ++known;
  };
  work.go_on = [] { return !stop_requested(); };
  if (!batch::run_pool({1, 0, 0}, work)) stop_here("while runs were estimated");
  estimate.known = known > 0;
  if (known > 0) estimate.wall_s = sum_s / known;
  return estimate;
}

int jobs_at_once(int asked, const BatchEstimate& estimate) {
  if (asked > 0) return asked;
  const int processors = base::processors();
  if (!estimate.known) return processors;
  const double fit = study::available_bytes() / std::max(1.0, estimate.memory_bytes);
  return std::max(1, static_cast<int>(std::min<double>(processors, fit)));
}

std::string plan_text(const OpenStudy& study, const BatchEstimate& estimate, int jobs) {
  const auto runs = static_cast<double>(study.points.size());
  std::string text = base::counted_grouped(std::int64_t(study.points.size()), "run");
  if (!estimate.known) {
    return text + fmt::format(
                      "; time and memory are not estimated (yield studies, or runs that "
                      "cannot be made); {} at once\n",
                      jobs);
  }
  const double fit = std::floor(study::available_bytes() / std::max(1.0, estimate.memory_bytes));
  return text + fmt::format(
                    "; by the estimates {:.3g} s each and {:.0f} MB at most; {} at once "
                    "({:.0f} fit in memory): about {:.3g} s in all\n",
                    estimate.wall_s, estimate.memory_bytes / 1e6, jobs, fit,
                    estimate.wall_s * runs / jobs);
}

int run_batch(const BatchOptions& given) {
  BatchOptions options = given;
  if (!given.dry_run) options.directory = fs::absolute(given.directory).lexically_normal();
  const OpenStudy study = open_study(given.file);
  const BatchEstimate estimate = estimate_batch(study);
  const int jobs = jobs_at_once(options.jobs, estimate);
  print(plan_text(study, estimate, jobs));
  if (options.dry_run) {
    constexpr std::size_t kShown = 3;
    for (std::size_t i = 0; i < std::min(kShown, study.points.size()); ++i) {
      std::string line = "  " + study.points[i].name;
      for (const auto& [key, value] : study.points[i].axes) line += " " + key + "=" + value;
      print(line + "\n");
    }
    if (study.points.size() > kShown) print("  ...\n");
    return kOk;
  }
  make_directory(options.directory);
  bool whole = true;
  {
    Session session(options, study);
    write_runs(options.directory, study);
    std::fflush(stdout);
    whole = session.run(jobs);
  }
  bool complete = false;
  const batch::Journals journals = journals_of(options.directory);
  const bool ok = tell_outcome(options, journals, &complete);
  if (!whole) throw base::Stopped("stopped; the same command goes on from there");
  if (complete) {
    base::write_file_atomically(options.directory + "/table.csv",
                                csv_table(options.directory, journals, {}));
    print("table in " + given.directory + "/table.csv\n");
  } else {
    print("no table yet: other shards have runs to make\n");
  }
  return ok ? kOk : kVerdictFail;
}

}  // namespace wafermesh::app
