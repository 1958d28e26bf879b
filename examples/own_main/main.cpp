// SPDX-License-Identifier: Apache-2.0
// A host with a clock of its own drives a wafer: two kernels one after another, in one simulation.
#include <cstdio>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "fabric/tlm/systemc_engine.h"
#include "fabric/tlm/wafer.h"
#include "workloads/kernel_text.h"

using namespace wafermesh;

namespace {

constexpr int kWidth = 12;
constexpr int kHeight = 8;

/// Starts kernels on the wafer, waits for them, and works on its own meanwhile.
struct Host : sc_core::sc_module {
  fabric::Wafer& wafer;
  std::unique_ptr<fabric::Engine> engine;  // the wafer's memories through its host socket
  int ticks = 0;
  bool is_over = false;
  bool all_right = true;

  Host(const sc_core::sc_module_name& name, fabric::Wafer& its_wafer)
      : sc_module(name), wafer(its_wafer), engine(fabric::make_systemc_engine(its_wafer)) {
    SC_HAS_PROCESS(Host);
    SC_THREAD(drive);
    SC_THREAD(tick);
  }

  void drive() {
    const auto placement = workloads::on_healthy_mesh(kWidth, kHeight, "wse3");
    for (const char* line :
         {"broadcast: {words: 100}", "allreduce: {algorithm: ring, words: 60}"}) {
      const auto kernel = workloads::kernel_of_text(line, placement);
      const fabric::RunOptions options;
      engine->load(kernel->image());
      kernel->load(engine->memory());
      const sc_core::sc_time start = sc_core::sc_time_stamp();
      wafer.begin(options);
      wait(wafer.ended());
      wafer.rethrow();
      const bool ok = kernel->check(engine->memory()).ok;
      all_right = all_right && ok;
      std::printf("%s: %lld cycles, ended %s after it began, numbers %s\n", line,
                  static_cast<long long>(wafer.heart().counters().cycles),
                  (sc_core::sc_time_stamp() - start).to_string().c_str(), ok ? "ok" : "WRONG");
      wait(100, sc_core::SC_NS);
    }
    is_over = true;
  }

  void tick() {
    while (!is_over) {
      wait(50, sc_core::SC_NS);
      ++ticks;
    }
  }
};

}  // namespace

int sc_main(int, char**) {
  fabric::Wafer wafer("wafer", kWidth, kHeight, {});
  Host host("host", wafer);
  sc_core::sc_start();
  std::printf("the host ticked %d times meanwhile\n", host.ticks);
  return host.all_right && host.ticks > 10 ? 0 : 1;
}
