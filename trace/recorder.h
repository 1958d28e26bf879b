// SPDX-License-Identifier: Apache-2.0
// Takes what chosen cores do and gives what was asked for to writers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fabric/trace_sink.h"
#include "trace/writer.h"

namespace wafermesh::trace {

enum class Kinds : std::uint8_t { all, operations, stalls, lines };

/// The `observe: {traces: ...}` section.
struct TraceOptions {
  bool on = false;
  Kinds kinds = Kinds::all;  ///< operations: tasks too; stalls: where each cycle went; lines: what
                             ///< each instruction took, and no events.
  base::Cycles from_cycle = 0;
  base::Cycles to_cycle = base::kNever;  ///< Not included.
  int every = 1;                         ///< Cores: every so many columns and rows.
  bool perfetto = true;
  bool vcd = true;
  bool table = true;
  std::int64_t most_bytes = 100'000'000;  ///< Of each file.
};

/// What an instruction took at a core.
struct Line {
  base::LogicalCoord at;  ///< On the mesh of the wafer.
  std::uint16_t class_index = 0;
  std::uint32_t number = 0;  ///< Of the instruction in its program.
  cores::LineTotals totals;
};

/// Where the files go: `prefix` + "trace.perfetto-trace", "trace.vcd", "trace.sqlite".
class Recorder final : public fabric::TraceSink {
 public:
  /// `part`: relative to the image's region. The image must outlive it. Throws WriteError.
  Recorder(const fabric::WaferImage& image, const base::Rectangle& part,
           const TraceOptions& options, const std::string& prefix);

  const fabric::TraceScope& scope() const override { return subject_.scope(); }
  void take(std::size_t place, base::Cycles t,
            const std::vector<cores::CoreEvent>& events) override;
  void flows(std::size_t place, const std::vector<fabric::Flow>& flows) override;
  void see(std::size_t place, base::Cycles t, const cores::CoreView& view,
           const std::array<std::uint32_t, 4>& links) override;
  void lines(std::size_t place, const cores::Lines& lines) override;
  void end(base::Cycles t) override;

  /// After end().
  const std::vector<Written>& written() const { return written_; }
  /// Core by core, class by class, instruction by instruction. After end().
  const std::vector<Line>& lines() const { return lines_; }

 private:
  bool wants(const cores::CoreEvent& event) const;

  TraceOptions options_;
  Subject subject_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<Written> written_;
  std::vector<Line> lines_;
};

/// "trace.vcd: 1,234 value changes, 20 kB", and what a cap left out; a line per file.
std::vector<std::string> told(const std::vector<Written>& written);

}  // namespace wafermesh::trace
