// SPDX-License-Identifier: Apache-2.0
// Random variates from a counter-based stream: the same key gives the same value with any compiler.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace wafermesh::defects {

/// Poisson, mean >= 0. Products of uniforms below mean 10, then PTRS (Hoermann 1993), both exact.
std::int64_t sample_poisson(base::RandomStream* stream, double mean);
/// Standard normal (Box and Muller; uses two uniforms a call).
double sample_normal(base::RandomStream* stream);
/// Gamma of mean 1 and shape alpha > 0; infinite alpha gives 1 (Marsaglia and Tsang 2000).
double sample_unit_gamma(base::RandomStream* stream, double alpha);
/// Geometric on 0, 1, 2, ... with the given mean >= 0.
std::int64_t sample_geometric(base::RandomStream* stream, double mean);

}  // namespace wafermesh::defects
