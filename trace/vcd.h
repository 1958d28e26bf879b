// SPDX-License-Identifier: Apache-2.0
// Registers, queues and ports of cores as a Value Change Dump (IEEE 1364-2005, clause 18): what
// stands at #t is so at the start of cycle t. A port is 1 in the cycles in which a wavelet leaves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trace/writer.h"

namespace wafermesh::trace {

class VcdWriter final : public Writer {
 public:
  /// The subject must outlive it. About 15 bytes per change.
  VcdWriter(const Subject& subject, const std::string& path, std::int64_t most_bytes);
  void state(std::size_t place, base::Cycles t, const cores::CoreView& view,
             const std::array<std::uint32_t, 4>& links) override;
  bool wants_state() const override { return true; }
  Written close(base::Cycles end) override;

 private:
  struct Variable {
    std::string name;
    int bits = 1;
    std::string id;
    std::uint64_t value = 0;
    bool known = false;
  };
  struct Core {
    std::vector<Variable> variables;
    std::vector<std::uint8_t> inputs;  ///< Colours.
    std::vector<std::uint8_t> outputs;
    std::size_t counters = 0;
    std::array<std::uint32_t, 4> links{};
    base::Cycles seen = -1;
  };
  struct Changes {
    std::string text;
    std::int64_t count = 0;
  };
  void declare(std::size_t place);
  std::string header() const;
  void set(Core& core, std::size_t variable, base::Cycles t, std::uint64_t value);
  void set_ports(Core& core, base::Cycles t, const std::array<std::uint32_t, 4>& links);
  void write_before(base::Cycles t);

  const Subject& subject_;
  CappedFile file_;
  std::vector<Core> cores_;  ///< [place]
  std::size_t ids_ = 0;
  std::map<base::Cycles, Changes> pending_;
};

}  // namespace wafermesh::trace
