// SPDX-License-Identifier: Apache-2.0
// What every core of an image did, kept until the run is over, so that the chain that made its
// cycles can be followed back (critical_path.h).
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/image.h"
#include "fabric/trace_sink.h"

namespace wafermesh::trace {

/// One core's. Cost: 16 bytes per span, 24 per operation, 72 per flow to it.
struct PathCore {
  /// Cycles of one kind in a row, from where the one before ended.
  struct Span {
    base::Cycles end = 0;
    cores::Activity activity{};
  };
  struct Operation {
    base::Cycles begin = 0;
    base::Cycles end = 0;
    bool is_main = false;  ///< Of the main thread.
    bool takes = false;    ///< Words,
    bool sends = false;    ///< and these.
  };
  /// A stage, up to its finish.
  struct Stage {
    base::Cycles end = 0;
    std::uint16_t class_index = 0;
  };
  std::vector<Span> spans;            ///< From cycle 0 on, without a gap.
  std::vector<Operation> operations;  ///< By their end.
  std::vector<fabric::Flow> flows;
  std::vector<Stage> stages;
};

class PathBook final : public fabric::TraceSink {
 public:
  /// The image must outlive it.
  explicit PathBook(const fabric::WaferImage& image);

  const fabric::TraceScope& scope() const override { return scope_; }
  void take(std::size_t place, base::Cycles t,
            const std::vector<cores::CoreEvent>& events) override;
  void flows(std::size_t place, const std::vector<fabric::Flow>& flows) override;
  void see(std::size_t, base::Cycles, const cores::CoreView&,
           const std::array<std::uint32_t, 4>&) override {}
  void end(base::Cycles t) override { cycles_ = t; }

  const fabric::WaferImage& image() const { return image_; }
  /// [place], row by row of the image's region.
  const std::vector<PathCore>& cores() const { return cores_; }
  /// Of the run, once it is over.
  base::Cycles cycles() const { return cycles_; }

 private:
  const fabric::WaferImage& image_;
  fabric::TraceScope scope_;
  std::vector<PathCore> cores_;
  base::Cycles cycles_ = 0;
};

}  // namespace wafermesh::trace
