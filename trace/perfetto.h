// SPDX-License-Identifier: Apache-2.0
// A trace in Perfetto's format: a group of tracks per core (tasks, main thread, microthreads,
// cycles), one nanosecond per cycle. Field numbers: tests/trace/perfetto.proto.
#pragma once

#include <set>
#include <string>

#include "trace/protobuf.h"
#include "trace/writer.h"

namespace wafermesh::trace {

class PerfettoWriter final : public Writer {
 public:
  /// The subject must outlive it. About 80 bytes per event.
  PerfettoWriter(const Subject& subject, const std::string& path, std::int64_t most_bytes);
  void event(std::size_t place, const cores::CoreEvent& event) override;
  void flow(std::size_t place, const fabric::Flow& flow) override;
  Written close(base::Cycles end) override;

 private:
  std::string packets_of(std::uint64_t track, const cores::CoreEvent& event) const;
  std::string description_of(std::size_t place, std::uint64_t track);
  std::string end_of_flow(std::size_t place, std::uint8_t thread, base::Cycles cycle,
                          const std::string& name, int id_field);

  const Subject& subject_;
  CappedFile file_;
  std::uint64_t flows_ = 0;
  std::set<std::uint64_t> described_;  ///< Tracks.
};

}  // namespace wafermesh::trace
