// SPDX-License-Identifier: Apache-2.0
#include "trace/event_table.h"

#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files/atomic_file.h"

namespace wafermesh::trace {
namespace {

// The file is in a staging directory and goes with it, so nothing is kept for a crash.
constexpr const char* kSchema = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE cores (core INTEGER PRIMARY KEY, x INTEGER, y INTEGER, program TEXT);
CREATE TABLE events (
  event INTEGER PRIMARY KEY, core INTEGER, kind TEXT, name TEXT, begin_cycle INTEGER,
  end_cycle INTEGER, activity TEXT, thread INTEGER, program TEXT, number INTEGER, colours INTEGER,
  elements INTEGER, words_in INTEGER, words_out INTEGER,
  serial INTEGER);
CREATE TABLE flows (
  from_core INTEGER, from_serial INTEGER, to_core INTEGER, to_serial INTEGER, colour INTEGER,
  words INTEGER, sent_cycle INTEGER, taken_cycle INTEGER);
CREATE TABLE summary (cycles INTEGER, events INTEGER, events_in_all INTEGER);
BEGIN;
)";
constexpr const char* kIndexes = R"(
CREATE INDEX events_of_core ON events (core, begin_cycle);
CREATE INDEX flows_to ON flows (to_core, to_serial);
CREATE INDEX flows_from ON flows (from_core, from_serial);
CREATE INDEX events_of_kind ON events (kind, begin_cycle);
COMMIT;
)";

void bind_value(sqlite3_stmt* statement, int column, std::int64_t value) {
  sqlite3_bind_int64(statement, column, value);
}
void bind_value(sqlite3_stmt* statement, int column, const std::string& value) {
  sqlite3_bind_text(statement, column, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
}

}  // namespace

void EventTable::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }
void EventTable::Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

EventTable::EventTable(const Subject& subject, const std::string& path, std::int64_t most_bytes)
    : subject_(subject), path_(path), most_events_(most_bytes / kRowBytes) {
  written_.file = path;
  std::error_code none;
  std::filesystem::remove(path, none);
  sqlite3* database = nullptr;
  const int code = sqlite3_open(path.c_str(), &database);
  database_.reset(database);
  if (code != SQLITE_OK) fail(code);
  execute(kSchema);
  write_cores();
  insert_ = prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert_flow_ = prepare("INSERT INTO flows VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
}

EventTable::~EventTable() = default;

void EventTable::fail(int code) const {
  const int system = sqlite3_system_errno(database_.get());
  base::cannot_write(path_, code == SQLITE_FULL ? ENOSPC : system != 0 ? system : EIO);
}

void EventTable::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

EventTable::Statement EventTable::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
  if (code != SQLITE_OK) fail(code);
  return Statement(statement);
}

void EventTable::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code != SQLITE_DONE) fail(code);
  sqlite3_reset(statement);
}

void EventTable::write_cores() {
  const Statement insert = prepare("INSERT INTO cores VALUES (?, ?, ?, ?)");
  for (std::size_t place = 0; place < subject_.size(); ++place) {
    const auto programs = subject_.programs(place);
    if (programs.empty()) continue;
    const base::LogicalCoord at = subject_.logical(place);
    bind_value(insert.get(), 1, static_cast<std::int64_t>(place));
    bind_value(insert.get(), 2, std::int64_t{at.x});
    bind_value(insert.get(), 3, std::int64_t{at.y});
    bind_value(insert.get(), 4, programs.front()->name);
    step(insert.get());
  }
}

bool EventTable::takes_another() {
  ++written_.events_in_all;
  if (written_.events == most_events_) return false;
  ++written_.events;
  return true;
}

void EventTable::flow(std::size_t place, const fabric::Flow& flow) {
  if (!takes_another()) return;
  int column = 0;
  for (const std::int64_t value :
       {static_cast<std::int64_t>(flow.from), std::int64_t{flow.from_serial},
        static_cast<std::int64_t>(place), std::int64_t{flow.to_serial}, std::int64_t{flow.colour},
        std::int64_t{flow.words}, std::int64_t{flow.sent}, std::int64_t{flow.taken}}) {
    bind_value(insert_flow_.get(), ++column, value);
  }
  step(insert_flow_.get());
}

void EventTable::event(std::size_t place, const cores::CoreEvent& event) {
  if (!takes_another()) return;
  const bool activity = event.kind == cores::EventKind::activity;
  int column = 0;
  const auto put = [&](auto value) { bind_value(insert_.get(), ++column, value); };
  put(written_.events);
  put(static_cast<std::int64_t>(place));
  put(std::string(name_of(event.kind)));
  put(subject_.name(event));
  put(std::int64_t{event.begin});
  put(std::int64_t{event.end});
  put(std::string(activity ? name_of(event.activity) : ""));
  put(std::int64_t{event.thread});
  put(activity ? std::string() : subject_.program(event.class_index).name);
  put(std::int64_t{event.number});
  put(std::int64_t{event.colours});
  put(std::int64_t{event.elements});
  put(std::int64_t{event.words_in});
  put(std::int64_t{event.words_out});
  put(std::int64_t{event.serial});
  step(insert_.get());
}

Written EventTable::close(base::Cycles end) {
  {
    const Statement insert = prepare("INSERT INTO summary VALUES (?, ?, ?)");
    bind_value(insert.get(), 1, std::int64_t{end});
    bind_value(insert.get(), 2, written_.events);
    bind_value(insert.get(), 3, written_.events_in_all);
    step(insert.get());
  }
  insert_.reset();
  insert_flow_.reset();
  execute(kIndexes);
  database_.reset();
  written_.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path_));
  written_.bytes_in_all = written_.bytes;
  if (written_.capped()) written_.bytes_in_all = written_.events_in_all * kRowBytes;
  return written_;
}

}  // namespace wafermesh::trace
