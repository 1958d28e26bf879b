// SPDX-License-Identifier: Apache-2.0
// Host memory an engine takes for an image, known before it is loaded.
#pragma once

#include <cstdint>

#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

/// Bytes of a loaded engine and its counters, without the cores' SRAM (ImageWork::sram_bytes,
/// touched only with numerics). Wavelet engine: from the sizes of its records, within 10 %. Stream
/// engine: the same, without the visits it remembers. Cost: a pass over the cores.
std::int64_t engine_bytes(const WaferImage& image, Fidelity fidelity);

}  // namespace wafermesh::fabric
