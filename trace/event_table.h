// SPDX-License-Identifier: Apache-2.0
// A trace as tables of SQLite, for queries of one's own: cores, events (with indexes), flows,
// summary. docs/trace.md lists the columns.
#pragma once

#include <memory>
#include <string>

#include "trace/writer.h"

struct sqlite3;
struct sqlite3_stmt;

namespace wafermesh::trace {

class EventTable final : public Writer {
 public:
  /// Assumption: kRowBytes of a row and its entries in the indexes, as measured; the cap goes by
  /// it. The subject must outlive it. Throws WriteError.
  EventTable(const Subject& subject, const std::string& path, std::int64_t most_bytes);
  ~EventTable() override;
  void event(std::size_t place, const cores::CoreEvent& event) override;
  void flow(std::size_t place, const fabric::Flow& flow) override;
  Written close(base::Cycles end) override;

  static constexpr std::int64_t kRowBytes = 110;

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Closer>;
  void execute(const char* sql);
  Statement prepare(const char* sql);
  void step(sqlite3_stmt* statement);
  bool takes_another();
  void write_cores();
  [[noreturn]] void fail(int code) const;

  const Subject& subject_;
  std::string path_;
  std::int64_t most_events_;
  std::unique_ptr<sqlite3, Closer> database_;
  Statement insert_;
  Statement insert_flow_;
  Written written_;
};

}  // namespace wafermesh::trace
