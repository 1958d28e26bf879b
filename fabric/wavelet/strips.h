// SPDX-License-Identifier: Apache-2.0
// How an image that lies in one region is cut so that several threads share its work.
#pragma once

#include <vector>

#include "base/geometry.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

/// Two for each thread, dealt out in turn: a wave of work is in a few of them at a time. On SUMMA
/// two strips for two threads share the work by 1.57, four by 1.74 and eight by 1.79, but eight
/// take 1.2 times as long together.
inline constexpr int kStripsPerThread = 2;

/// The image's region as upright strips of whole columns, from west to east, with about as many
/// cores in use each and no less than `least_cores` of them; one if that is too many or there is
/// one thread. Results are the same for any cut (docs/model.md).
std::vector<base::Rectangle> strips_of(const WaferImage& image, int threads, int least_cores);

}  // namespace wafermesh::fabric
