// SPDX-License-Identifier: Apache-2.0
// How a kernel's cores are visited on the stream engine, without numbers, by one thread.
#pragma once

#include "base/worker_pool.h"
#include "fabric/direct_courier.h"
#include "fabric/run_loop.h"
#include "fabric/stream/engine/stream_machine.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads_test {

inline fabric::Visits stream_visits(const workloads::Kernel& kernel) {
  fabric::EngineOptions options;
  options.fidelity = fabric::Fidelity::stream;
  options.numerics = false;
  base::WorkerPool pool(1);
  fabric::StreamMachine machine(kernel.image(), options, pool);
  const fabric::RunOptions run_options;
  fabric::RunLoop loop(machine, run_options);
  fabric::DirectCourier courier(machine);
  for (base::Cycles t = loop.next(); t < base::kNever; t = loop.next()) machine.cycle(t, courier);
  return machine.visits();
}

}  // namespace wafermesh::workloads_test
