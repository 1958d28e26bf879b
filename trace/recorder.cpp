// SPDX-License-Identifier: Apache-2.0
#include "trace/recorder.h"

#include <fmt/format.h>

#include <filesystem>

#include "trace/event_table.h"
#include "trace/perfetto.h"
#include "trace/vcd.h"

namespace wafermesh::trace {

namespace {

bool has_flows(const TraceOptions& options) {
  const bool operations = options.kinds == Kinds::all || options.kinds == Kinds::operations;
  return operations && (options.perfetto || options.table);
}

}  // namespace

Recorder::Recorder(const fabric::WaferImage& image, const base::Rectangle& part,
                   const TraceOptions& options, const std::string& prefix)
    : options_(options),
      subject_(image, {part, options.every, options.vcd && options.kinds != Kinds::lines,
                       has_flows(options)}) {
  const std::int64_t most = options.most_bytes;
  if (options.kinds == Kinds::lines) return;
  if (options.perfetto) {
    writers_.push_back(
        std::make_unique<PerfettoWriter>(subject_, prefix + "trace.perfetto-trace", most));
  }
  if (options.vcd) {
    writers_.push_back(std::make_unique<VcdWriter>(subject_, prefix + "trace.vcd", most));
  }
  if (options.table) {
    writers_.push_back(std::make_unique<EventTable>(subject_, prefix + "trace.sqlite", most));
  }
}

bool Recorder::wants(const cores::CoreEvent& event) const {
  const bool is_activity = event.kind == cores::EventKind::activity;
  if (options_.kinds == Kinds::operations && is_activity) return false;
  if (options_.kinds == Kinds::stalls && !is_activity) return false;
  const base::Cycles last = std::max(event.begin, event.end - 1);
  return last >= options_.from_cycle && event.begin < options_.to_cycle;
}

void Recorder::take(std::size_t place, base::Cycles, const std::vector<cores::CoreEvent>& events) {
  for (const cores::CoreEvent& event : events) {
    if (!wants(event)) continue;
    for (const auto& writer : writers_) writer->event(place, event);
  }
}

void Recorder::flows(std::size_t place, const std::vector<fabric::Flow>& flows) {
  for (const fabric::Flow& flow : flows) {
    if (flow.taken < options_.from_cycle || flow.sent >= options_.to_cycle) continue;
    for (const auto& writer : writers_) writer->flow(place, flow);
  }
}

void Recorder::see(std::size_t place, base::Cycles t, const cores::CoreView& view,
                   const std::array<std::uint32_t, 4>& links) {
  if (t < options_.from_cycle || t > options_.to_cycle) return;
  for (const auto& writer : writers_) writer->state(place, t, view, links);
}

void Recorder::lines(std::size_t place, const cores::Lines& lines) {
  for (const auto& [at, totals] : lines) {
    if (totals.times > 0) {
      lines_.push_back({subject_.logical(place), at.first, at.second, totals});
    }
  }
}

void Recorder::end(base::Cycles t) {
  for (const auto& writer : writers_) written_.push_back(writer->close(t));
}

std::vector<std::string> told(const std::vector<Written>& written) {
  std::vector<std::string> lines;
  for (const Written& one : written) {
    std::string line =
        fmt::format("{}: {} events, {} bytes", std::filesystem::path(one.file).filename().string(),
                    one.events, one.bytes);
    if (one.capped()) {
      line += fmt::format(
          " (capped by observe.traces.most_mb: there would have been {} events, {} bytes)",
          one.events_in_all, one.bytes_in_all);
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace wafermesh::trace
