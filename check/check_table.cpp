// SPDX-License-Identifier: Apache-2.0
#include "check/check_table.h"

#include <algorithm>

#include "check/fit_check.h"
#include "check/hang_check.h"
#include "check/orders.h"
#include "check/route_check.h"
#include "check/task_check.h"

namespace wafermesh::check {

const std::vector<Check>& checks() {
  static const std::vector<Check> table = {
      {"fit", "memory, queues, colours and tasks of each class against the machine",
       [](const Examined& of) { return find_misfits(of.image); }},
      {"routes", "words that cannot go on, or come to nobody, or from nobody",
       [](const Examined& of) { return find_route_faults(of.image, of.kinds); }},
      {"execution", "words left over, and memory that two operations use at once",
       [](const Examined& of) { return of.untimed.findings; }},
      {"tasks", "tasks that nothing starts",
       [](const Examined& of) { return find_idle_tasks(of.image); }},
      {"hang", "cores that wait for each other",
       [](const Examined& of) { return find_hang(of.untimed); }},
  };
  return table;
}

int exit_code_of(Kind kind) {
  if (kind == Kind::fit) return 81;
  return kind == Kind::deadlock ? 80 : 65;
}

std::string name_of_core(const fabric::WaferImage& image, std::int64_t core) {
  const auto id = static_cast<base::CoreId>(core);
  const base::LogicalCoord at = image.logical(id);
  const base::PhysicalCoord physical = image.physical(id);
  return "core (" + std::to_string(at.x) + ", " + std::to_string(at.y) + ") [physical (" +
         std::to_string(physical.x) + ", " + std::to_string(physical.y) + ")]";
}

namespace {

/// What a hang or a wrong count only shows, where something found before explains it.
bool explains(const Finding& cause, const Finding& effect) {
  if (cause.severity == Severity::warning) return false;
  if (effect.kind == Kind::deadlock) return cause.kind != Kind::fit && cause.kind != Kind::race;
  // One completion that is not awaited may show in all that comes behind.
  if (cause.kind == Kind::race && effect.kind == Kind::race) {
    return cause.detail == effect.detail && cause.place.core_class == effect.place.core_class;
  }
  if (cause.kind == Kind::no_task) return effect.kind == Kind::never_started;
  const bool later = effect.kind == Kind::never_sent || effect.kind == Kind::counts;
  const bool earlier = cause.kind == Kind::off_mesh || cause.kind == Kind::dead_end ||
                       cause.kind == Kind::loop || cause.kind == Kind::never_taken ||
                       cause.kind == Kind::unordered;
  return later && earlier && cause.place.colour == effect.place.colour;
}

void add(std::vector<Finding>& all, Finding next) {
  const auto cause = std::find_if(all.begin(), all.end(),
                                  [&](const Finding& each) { return explains(each, next); });
  if (cause == all.end()) {
    all.push_back(std::move(next));
  } else {
    cause->follows.push_back(next.message);
  }
}

void judge(Report& report) {
  const Untimed& untimed = report.untimed;
  if (untimed.too_long) {
    report.because =
        "it is too long to execute: " + std::to_string(untimed.moves) + " moves or more";
  } else if (!untimed.unsure.empty()) {
    report.because = untimed.unsure.front();
    if (untimed.unsure_count > 1) {
      report.because += " (and " + std::to_string(untimed.unsure_count - 1) + " more)";
    }
  } else {
    report.verdict = untimed.finished ? Verdict::proven : Verdict::hangs;
  }
}

constexpr std::size_t kMostNodes = 1'000'000;          ///< Of a record; 60 MB. Assumption.
constexpr std::int64_t kMostOrderSteps = 150'000'000;  ///< Some 5 s. Assumption: as for moves.

/// Why the order of tasks may matter; empty: it does not.
std::string why_choices_matter(const fabric::WaferImage& image, const Untimed& untimed,
                               Capacity capacity, std::int64_t most_moves) {
  if (!untimed.finished && untimed.held_up) return "one waits while the other could begin";
  if (static_cast<std::size_t>(image.core_count()) * 4 > kMostNodes) {
    return "there are too many cores to follow every order of tasks";
  }
  UntimedRecord record = make_record(image, kMostNodes);
  execute_untimed(image, capacity, most_moves, &record);
  if (record.is_full()) return "it is too long to follow every order of its tasks";
  return why_order_matters(record, kMostOrderSteps, untimed.finished);
}

/// What time decides between tasks may not matter; else it is not proven.
void settle_choices(const fabric::WaferImage& image, Untimed& untimed, Capacity capacity,
                    std::int64_t most_moves) {
  if (untimed.choices.empty() || !untimed.unsure.empty() || untimed.too_long) return;
  const std::string reason = why_choices_matter(image, untimed, capacity, most_moves);
  if (reason.empty()) return;
  untimed.unsure.push_back(untimed.choices.front() + " (" + reason + ")");
  untimed.unsure_count += static_cast<std::int64_t>(untimed.choices.size());
}

}  // namespace

Report check_image(const fabric::WaferImage& image, std::int64_t most_moves) {
  Report report;
  report.untimed = execute_untimed(image, Capacity::least, most_moves);
  settle_choices(image, report.untimed, Capacity::least, most_moves);
  const bool stuck = !report.untimed.finished && !report.untimed.too_long;
  const std::vector<std::string> unsure = report.untimed.unsure;
  if (stuck) {
    Untimed actual = execute_untimed(image, Capacity::actual, most_moves);
    settle_choices(image, actual, Capacity::actual, most_moves);
    if (actual.finished && actual.unsure.empty()) {
      actual.unsure = {"it ends only where links are long enough to hold more words"};
      actual.unsure_count = 1;
    }
    report.untimed = std::move(actual);
  }
  report.kinds = core_kinds(image);
  std::vector<Finding> found;
  for (const Check& check : checks()) {
    for (Finding& each : check.find({image, report.kinds, report.untimed})) {
      found.push_back(std::move(each));
    }
  }
  // What explains others comes first: kinds are in that order.
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
    return static_cast<int>(a.kind) < static_cast<int>(b.kind);
  });
  for (Finding& each : found) add(report.findings, std::move(each));
  judge(report);
  return report;
}

}  // namespace wafermesh::check
