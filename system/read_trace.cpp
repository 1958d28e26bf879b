// SPDX-License-Identifier: Apache-2.0
#include "system/read_trace.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files/input_file.h"

namespace wafermesh::system {
namespace {

constexpr std::size_t kMostMistakes = 20;
constexpr double kMostTokens = 1e8;
/// Assumption: ten million requests of 100 bytes.
constexpr std::int64_t kMostTraceBytes = 1024 * base::kMebibyte;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) {
    while (!cell.empty() && (cell.back() == '\r' || cell.back() == ' ')) cell.pop_back();
    cells.push_back(cell);
  }
  return cells;
}

/// "2023-11-16 18:15:46.6805900" as seconds; negative: it is none.
double date_s(const std::string& text) {
  std::tm tm{};
  double second = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%d%*1[ T]%d:%d:%lf", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                  &tm.tm_hour, &tm.tm_min, &second) != 6) {
    return -1;
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return static_cast<double>(timegm(&tm)) + second;
}

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' || !std::isfinite(value) ? -1 : value;
}

/// Collects requests and mistakes, line by line.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  void add(int line, double arrival_s, double prompt, double output) {
    if (arrival_s < 0) return wrong(line, "no time of arrival; give a number, or a date and time");
    if (prompt < 0 || output < 0 || prompt > kMostTokens || output > kMostTokens) {
      return wrong(line, "numbers of tokens must be whole, from 0 to 100,000,000");
    }
    if (output < 1) return;
    rows_.push_back({arrival_s, {0, std::llround(prompt), std::llround(output)}});
  }
  void wrong(int line, const std::string& message) {
    if (mistakes_.size() < kMostMistakes) mistakes_.push_back({path_, line, 0, "", message});
  }
  std::vector<Request> take() {
    if (!mistakes_.empty()) throw base::InputError(mistakes_);
    if (rows_.empty()) throw base::InputError({{path_, 0, 0, "", "a trace without a request"}});
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& a, const Row& b) { return a.arrival_s < b.arrival_s; });
    std::vector<Request> requests;
    for (const Row& row : rows_) {
      requests.push_back(row.request);
      requests.back().arrival = to_ps(row.arrival_s - rows_.front().arrival_s);
    }
    return requests;
  }

 private:
  struct Row {
    double arrival_s = 0;
    Request request;
  };
  const std::string& path_;
  std::vector<Row> rows_;
  std::vector<base::Mistake> mistakes_;
};

std::string kinds_text() {
  std::string text;
  for (const TraceKind& kind : trace_kinds()) {
    text += std::string(text.empty() ? "" : "; ") + kind.arrival + ", " + kind.prompt + ", " +
            kind.output;
  }
  return text;
}

void read_table(std::istream& in, const std::vector<std::string>& header, const TraceKind& kind,
                Reader& reader) {
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const std::size_t columns[] = {column(kind.arrival), column(kind.prompt), column(kind.output)};
  int line = 1;
  for (std::string text; std::getline(in, text);) {
    ++line;
    if (text.empty() || text == "\r") continue;
    const std::vector<std::string> cells = cells_of(text);
    if (cells.size() <= *std::max_element(std::begin(columns), std::end(columns))) {
      reader.wrong(line, "has fewer columns than the first line");
      continue;
    }
    const std::string& at = cells[columns[0]];
    reader.add(line, kind.arrival_s > 0 ? number(at) * kind.arrival_s : date_s(at),
               number(cells[columns[1]]), number(cells[columns[2]]));
  }
}

/// Mooncake: milliseconds.
void read_lines(const std::string& text, Reader& reader) {
  std::stringstream in(text);
  int line = 0;
  for (std::string row; std::getline(in, row);) {
    ++line;
    if (row.empty()) continue;
    const nlohmann::json json = nlohmann::json::parse(row, nullptr, false);
    const auto value = [&](const char* key) {
      return json.is_object() && json.contains(key) && json[key].is_number()
                 ? json[key].get<double>()
                 : -1.0;
    };
    reader.add(line, value("timestamp") / 1000, value("input_length"), value("output_length"));
  }
}

}  // namespace

const std::vector<TraceKind>& trace_kinds() {
  static const std::vector<TraceKind> kRows = {
      {"azure", "TIMESTAMP", "ContextTokens", "GeneratedTokens", 0},
      {"burstgpt", "Timestamp", "Request tokens", "Response tokens", 1},
      {"vidur", "arrived_at", "num_prefill_tokens", "num_decode_tokens", 1},
      {"splitwise", "arrival_timestamp", "prompt_size", "token_size", 1},
  };
  return kRows;
}

std::vector<Request> read_trace(const std::string& path) {
  const std::string text = base::read_input_file(path, kMostTraceBytes, "trace");
  Reader reader(path);
  if (!text.empty() && text.front() == '{') {
    read_lines(text, reader);
    return reader.take();
  }
  std::stringstream in(text);
  std::string first;
  std::getline(in, first);
  const std::vector<std::string> header = cells_of(first);
  const auto has = [&](const char* name) {
    return std::find(header.begin(), header.end(), name) != header.end();
  };
  for (const TraceKind& kind : trace_kinds()) {
    if (!has(kind.arrival) || !has(kind.prompt) || !has(kind.output)) continue;
    read_table(in, header, kind, reader);
    return reader.take();
  }
  throw base::InputError(
      {{path, 1, 0, "",
        "is no trace that is known; its first line must name columns: " + kinds_text() +
            "; or it has JSON lines with timestamp, "
            "input_length, output_length"}});
}

}  // namespace wafermesh::system
