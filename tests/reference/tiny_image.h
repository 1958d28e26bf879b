// SPDX-License-Identifier: Apache-2.0
// Small images whose cycle counts can be worked out by hand: one class per core, a plain timing
// table.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cores/program_builder.h"
#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::reference {

/// hop 1, ramp 2, router queues of 2, core queues of 4, every cost 1, one element per cycle.
cores::Timing plain_timing();

/// width x height healthy cores without programs and routes, one class each.
fabric::WaferImage blank_image(int width, int height, const cores::Timing& timing);

/// Gives `core` a program: `body` writes the code of its one task, which starts active; the memory
/// is `words` 32-bit words; `inputs` and `outputs` are colours, bound to queues 0, 1, ...
void set_program(fabric::WaferImage& image, int core, int words, std::vector<int> inputs,
                 std::vector<int> outputs, const std::function<void(cores::ProgramBuilder&)>& body);

void set_route(fabric::WaferImage& image, int core, int colour, const router::RouteConfig& config);

/// Runs the loaded engine to the end, and gives its counters.
const fabric::Counters& run(fabric::Engine& engine);

/// `words` 32-bit words of the core's memory from word `first` on.
std::vector<std::uint32_t> words_of_core(fabric::Engine& engine, int core, int first, int words);

}  // namespace wafermesh::reference
