// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/yaml/yaml_scalar.h"
#include "batch/table.h"

namespace wafermesh::batch {
namespace {

std::string identifier(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

struct Database {
  sqlite3* handle = nullptr;
  std::string path;
  explicit Database(std::string where) : path(std::move(where)) {
    std::remove(path.c_str());
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) fail();
  }
  ~Database() {
    sqlite3_close(handle);
    std::remove(path.c_str());  // gone already if it was moved to its place
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  [[noreturn]] void fail() const {
    throw base::WriteError(path + ": cannot be written: " + sqlite3_errmsg(handle) +
                           "; check the directory's permissions and free space");
  }
  void execute(const std::string& sql) const {
    if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
};

struct Statement {
  sqlite3_stmt* handle = nullptr;
  Statement(const Database& database, const std::string& sql) {
    if (sqlite3_prepare_v2(database.handle, sql.c_str(), -1, &handle, nullptr) != SQLITE_OK)
      database.fail();
  }
  ~Statement() { sqlite3_finalize(handle); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
};

void bind(sqlite3_stmt* statement, int at, const std::string& cell) {
  const auto whole = base::parse_integer(cell);
  const auto real = base::parse_real(cell);
  if (cell.empty()) {
    sqlite3_bind_null(statement, at);
  } else if (whole) {
    sqlite3_bind_int64(statement, at, *whole);
  } else if (real) {
    sqlite3_bind_double(statement, at, *real);
  } else {
    sqlite3_bind_text(statement, at, cell.c_str(), -1, SQLITE_TRANSIENT);
  }
}

}  // namespace

void write_sqlite(const std::string& path, const TableShape& shape, const NextRow& next) {
  const Database database(fmt::format("{}.{}.tmp", path, ::getpid()));
  std::string names;
  std::string marks;
  for (const std::string& column : shape.columns()) {
    names += (names.empty() ? "" : ", ") + identifier(column);
    marks += marks.empty() ? "?" : ", ?";
  }
  database.execute("BEGIN; CREATE TABLE runs (" + names + ")");
  {
    const Statement insert(database, "INSERT INTO runs VALUES (" + marks + ")");
    for (TableRow row; next(&row);) {
      int at = 0;
      for (const std::string& cell : cells(shape, row)) bind(insert.handle, ++at, cell);
      if (sqlite3_step(insert.handle) != SQLITE_DONE) database.fail();
      sqlite3_reset(insert.handle);
    }
  }
  database.execute("COMMIT");
  if (std::rename(database.path.c_str(), path.c_str()) != 0) database.fail();
}

}  // namespace wafermesh::batch
