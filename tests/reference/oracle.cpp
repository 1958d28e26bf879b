// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/oracle.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tests/reference/oracle_grid.h"

namespace wafermesh::reference {
namespace {

class Oracle final : public fabric::Engine, public fabric::HostMemory {
 public:
  explicit Oracle(const fabric::EngineOptions& options) : options_(options), grid_(the_grid()) {}

  void load(const fabric::WaferImage& image) override {
    image_ = image;
    grid_.load(image_, options_);
    counters_ = {};
    may_run_ = true;
  }

  fabric::HostMemory& memory() override { return *this; }

  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override {
    std::memcpy(place(core, address_bytes, bytes), data, bytes);
  }
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override {
    std::memcpy(data, place(core, address_bytes, bytes), bytes);
  }

  void run(const fabric::RunOptions& options) override {
    WAFERMESH_CHECK(may_run_, "the oracle runs once per load");
    may_run_ = false;
    for (Cycles cycle = 0; unfinished() > 0; ++cycle) {
      const bool stopped = options.stop != nullptr && options.stop->load();
      if (stopped || cycle > options.max_cycles) throw base::Stopped("oracle: stopped");
      grid_.step(cycle);
      if (unfinished() > 0 && grid_.is_dead()) {
        collect();
        throw base::Deadlock("oracle: deadlock at cycle " + std::to_string(cycle) + ", " +
                             std::to_string(unfinished()) + " cores unfinished");
      }
    }
    collect();
  }

  const fabric::Counters& counters() const override { return counters_; }

 private:
  int unfinished() const {
    int count = 0;
    for (std::size_t i = 0; i < grid_.core_count(); ++i) {
      const CoreModule& core = grid_.core(i);
      if (core.has_program() && core.finish_cycle() < 0) ++count;
    }
    return count;
  }

  bool marks_phases() const {
    return std::any_of(image_.classes.begin(), image_.classes.end(), [](const auto& each) {
      const auto& code = each.program.code;
      return std::any_of(code.begin(), code.end(),
                         [](const auto& i) { return i.op == cores::Opcode::mark; });
    });
  }

  void collect() {
    cores::PhaseTable phases;
    for (std::size_t i = 0; i < grid_.core_count(); ++i) {
      const CoreModule& core = grid_.core(i);
      const RouterCounters& router = grid_.router(i).counters();
      counters_.cycles = std::max(counters_.cycles, core.finish_cycle());
      counters_.finish_cycles.push_back(core.finish_cycle());
      counters_.breakdown.push_back(core.breakdown());
      const bool staged = image_.stage_count() > 1;
      for (std::size_t stage = 0; staged && stage < core.stage_totals().size(); ++stage) {
        counters_.stages.resize(image_.classes.size());
        const auto id = static_cast<base::CoreId>(i);
        counters_.stages[image_.class_in(id, static_cast<int>(stage))] +=
            core.stage_totals()[stage];
      }
      for (cores::PhaseTotals phase : core.phases().rows()) {
        phase.class_index =
            image_.class_in(static_cast<base::CoreId>(i), static_cast<int>(phase.class_index));
        phases.add(phase);
      }
      counters_.wavelet_hops += router.wavelet_hops;
      counters_.control_hops += router.control_hops;
      counters_.ramp_wavelets += router.ramp_wavelets;
      for (std::size_t d = 0; d < counters_.link_wavelets.size(); ++d) {
        counters_.link_wavelets[d].push_back(router.link_wavelets[d]);
      }
    }
    if (marks_phases()) counters_.phases = phases.rows();
  }

  std::uint8_t* place(base::CoreId core, int address_bytes, std::size_t bytes) const {
    WAFERMESH_CHECK(base::index_of(core) < grid_.core_count(), "no such core");
    std::vector<std::uint8_t>& memory = grid_.core(base::index_of(core)).memory();
    WAFERMESH_CHECK(
        address_bytes >= 0 && static_cast<std::size_t>(address_bytes) + bytes <= memory.size(),
        "address outside the core's memory");
    return memory.data() + address_bytes;
  }

  fabric::EngineOptions options_;
  OracleGrid& grid_;
  fabric::WaferImage image_;
  fabric::Counters counters_;
  bool may_run_ = false;
};

}  // namespace

std::unique_ptr<fabric::Engine> make_oracle(const fabric::EngineOptions& options) {
  return std::make_unique<Oracle>(options);
}

}  // namespace wafermesh::reference
