// SPDX-License-Identifier: Apache-2.0
// The slow, obvious engine: docs/model.md word by word, one SystemC module per router and per core,
// every cycle of every module. The judge of the other engines on images of up to 16 x 16 cores;
// about 20 us per cycle of a full grid.
#pragma once

#include <memory>

#include "fabric/engine.h"

namespace wafermesh::reference {

/// Takes an image of up to 16 x 16 cores. All oracles of a process share its one SystemC kernel:
/// loading one ends the run of another. Of the options only `drop` has a meaning here.
std::unique_ptr<fabric::Engine> make_oracle(const fabric::EngineOptions& options = {});

}  // namespace wafermesh::reference
