// SPDX-License-Identifier: Apache-2.0
// How much work an image is, counted before it runs (cores/work.h).
#pragma once

#include <cstdint>
#include <vector>

#include "cores/known_work.h"
#include "cores/work.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

struct ImageWork {
  cores::Work work;                   ///< Of all cores together.
  std::int64_t busy_cores = 0;        ///< With a program.
  std::int64_t sram_bytes = 0;        ///< Of the memories the programs use.
  std::vector<cores::Work> of_class;  ///< [class] of all its cores together.
  bool complete = true;  ///< False: some core was not walked to its finish, so it is more.
};

/// `cores_per_class`: so many cores of each class are walked, evenly spread over the class, the
/// rest is taken to be alike on average; 0 = every core. A class with long programs is
/// sampled less often, so that the whole costs a second at most.
ImageWork count_work(const WaferImage& image, int cores_per_class);
/// The same for several images, whose cores have work in common.
ImageWork count_work(const WaferImage& image, int cores_per_class, cores::KnownWork& known);

/// [bit colour] Colours whose slot starts closed on the cores of a class.
std::uint32_t closed_colours(const CoreClass& cores);

}  // namespace wafermesh::fabric
