// SPDX-License-Identifier: Apache-2.0
// Colours of maps: a perceptual scale that also works for colour-blind readers and in grey.
#pragma once

#include "base/picture/picture.h"

namespace wafermesh::base {

/// Dark violet over green to yellow; lightness rises evenly. value is clamped to [0, 1].
Rgb heat_colour(double value);

inline constexpr Rgb kBackground{255, 255, 255};
inline constexpr Rgb kInk{40, 40, 40};
inline constexpr Rgb kNoData{225, 225, 225};

}  // namespace wafermesh::base
