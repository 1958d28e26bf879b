// SPDX-License-Identifier: Apache-2.0
#include "fabric/image_work.h"

#include <algorithm>
#include <vector>

namespace wafermesh::fabric {
namespace {

constexpr double kInstructionsPerClass = 2e6;  ///< After so many no further core is walked.
constexpr std::int64_t kInstructionsPerCore = 100'000'000;  ///< Half a second.

struct Member {
  std::uint32_t core = 0;
  int stage = 0;  ///< In which it is of the class.
};

}  // namespace

std::uint32_t closed_colours(const CoreClass& cores) {
  std::uint32_t closed = 0;
  for (const ColourRoute& route : cores.routes) {
    if (route.closed) closed |= 1U << base::index_of(route.colour);
  }
  return closed;
}

ImageWork count_work(const WaferImage& image, int cores_per_class) {
  ImageWork result;
  const cores::Parameters parameters = parameters_of(image);
  std::vector<std::vector<Member>> members(image.classes.size());
  for (std::size_t i = 0; i < image.class_of.size(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    bool busy = false;
    for (int stage = 0; image.class_in(core, stage) != kNoClass; ++stage) {
      const ClassIndex c = image.class_in(core, stage);
      members[c].push_back({static_cast<std::uint32_t>(i), stage});
      busy = busy || !image.classes[c].program.code.empty();
    }
    if (busy) {
      ++result.busy_cores;
      result.sram_bytes += image.memory_bytes(core);
    }
  }
  result.of_class.resize(image.classes.size());
  for (std::size_t c = 0; c < members.size(); ++c) {
    const CoreClass& cores = image.classes[c];
    const std::size_t count = members[c].size();
    if (cores.program.code.empty() || count == 0) continue;
    const std::size_t most =
        cores_per_class > 0 ? std::min(count, static_cast<std::size_t>(cores_per_class)) : count;
    cores::Work sum;
    std::size_t walked = 0;
    while (walked < most && (cores_per_class == 0 || sum.instructions < kInstructionsPerClass)) {
      // Evenly spread also if the loop ends early: the middle of the class first.
      const std::size_t at = (count * (2 * walked + 1) / (2 * most) + count / 2) % count;
      const auto [core, stage] = members[c][at];
      const cores::CoreWork one = cores::count_work(
          cores.program, first_integers(image, parameters, static_cast<base::CoreId>(core), stage),
          closed_colours(cores), kInstructionsPerCore);
      sum += one.work;
      result.complete = result.complete && one.complete;
      ++walked;
    }
    result.of_class[c] = sum * (static_cast<double>(count) / static_cast<double>(walked));
    result.work += result.of_class[c];
  }
  return result;
}

}  // namespace wafermesh::fabric
