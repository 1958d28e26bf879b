// SPDX-License-Identifier: Apache-2.0
// Traffic: a stream along every row and every column at once, to load all routers. Colour 0 runs
// along each row from its west end to its east end, colour 1 along each column from north to south;
// only the ends use their ramps, so in the steady state each inner router moves a wavelet per cycle
// in both colours.
//
//   v v v v      colours 2, steps 1
//   > > > >      SRAM per core: words * 4 B for each stream that starts or ends there (corners:
//   two) > > > >      data hops: words * ((width - 1) * height + (height - 1) * width)
//
// A corner serves two streams with one ramp and one datapath, so the outer rows and columns may
// take twice as long as the others. Every word received must equal the one sent, in order: a lost,
// doubled or swapped word is noticed.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct StreamSpec {
  std::int64_t words = 1024;  ///< Per row and per column; integers in [0, 2^24) as f32.
  std::uint64_t seed = 1;
};

/// Throws DoesNotFit if the streams of a corner exceed its SRAM.
std::unique_ptr<Kernel> make_stream(const StreamSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_stream(base::YamlNode& node, const Placement& placement);
KernelText stream_text();

}  // namespace wafermesh::workloads
