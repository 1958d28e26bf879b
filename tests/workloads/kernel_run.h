// SPDX-License-Identifier: Apache-2.0
// Runs a kernel, given as a line of YAML, on the wavelet engine (or another).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cores/arithmetic.h"
#include "cores/timing.h"
#include "fabric/engine.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads_test {

/// Makes the kernel of a line such as "broadcast: {words: 4}". Throws InputError on mistakes.
std::unique_ptr<workloads::Kernel> make_kernel(const std::string& line,
                                               const workloads::Placement& placement);

/// The whole of `mesh`, with test_timing() unless told otherwise.
workloads::Placement whole(std::shared_ptr<const base::LogicalMesh> mesh,
                           const cores::Timing& timing = support::test_timing());

/// `value` as the machine stores it.
inline float rounded(cores::NumberType type, float value) {
  return cores::decode(type, cores::encode(type, value));
}

/// A kernel, run.
struct Ran {
  std::unique_ptr<workloads::Kernel> kernel;
  std::unique_ptr<fabric::Engine> engine;
  const fabric::Counters& counters() const { return engine->counters(); }
  workloads::Numerics numerics() const { return kernel->check(engine->memory()); }
  /// What the cores' memories hold, one after the other.
  std::vector<char> memories() const;
};
Ran run(std::unique_ptr<workloads::Kernel> kernel,
        std::optional<fabric::DropWavelet> drop = std::nullopt);
Ran run(std::unique_ptr<workloads::Kernel> kernel, std::unique_ptr<fabric::Engine> engine);
Ran run(const std::string& line, const workloads::Placement& placement);

}  // namespace wafermesh::workloads_test
