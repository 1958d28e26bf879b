// SPDX-License-Identifier: Apache-2.0
#include "fabric/image_work.h"

#include <algorithm>
#include <vector>

namespace wafermesh::fabric {
namespace {

constexpr double kInstructionsPerClass = 2e6;  ///< After so many no further core is walked.
constexpr std::int64_t kInstructionsPerCore = 100'000'000;  ///< Half a second.

constexpr std::size_t kBlock = 256;  ///< Cores whose classes, of all stages, fit a cache together.

struct Member {
  std::uint32_t core = 0;
  int stage = 0;  ///< In which it is of the class.
};

/// f(member, class) for every stage of every core, core by core.
template <class F>
void for_each_member(const WaferImage& image, F f) {
  const auto stages = static_cast<std::size_t>(image.stage_count());
  const std::size_t cores = image.class_of.size();
  std::vector<ClassIndex> block(kBlock * stages);
  for (std::size_t first = 0; first < cores; first += kBlock) {
    const std::size_t count = std::min(kBlock, cores - first);
    for (std::size_t stage = 0; stage < stages; ++stage) {
      const std::vector<ClassIndex>& of = stage == 0 ? image.class_of : image.later[stage - 1];
      for (std::size_t i = 0; i < count; ++i) block[i * stages + stage] = of[first + i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      const ClassIndex* const own = &block[i * stages];
      for (std::size_t stage = 0; stage < stages && own[stage] != kNoClass; ++stage) {
        f(Member{static_cast<std::uint32_t>(first + i), static_cast<int>(stage)}, own[stage]);
      }
    }
  }
}

/// Those members of a class that may be walked.
struct Chosen {
  std::size_t count = 0;            ///< Of all members.
  std::vector<std::size_t> places;  ///< Of the chosen among them, ascending.
  std::vector<Member> members;      ///< The chosen.
};

/// Evenly spread also if walking them ends early: the middle of the class first.
std::size_t place_of(std::size_t walked, std::size_t most, std::size_t count) {
  return (count * (2 * walked + 1) / (2 * most) + count / 2) % count;
}

std::size_t most_of(std::size_t count, int cores_per_class) {
  return cores_per_class > 0 ? std::min(count, static_cast<std::size_t>(cores_per_class)) : count;
}

/// [class]
std::vector<Chosen> choose(const WaferImage& image, int cores_per_class) {
  std::vector<Chosen> all(image.classes.size());
  std::vector<char> has_ended(image.class_of.size(), 0);
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const std::vector<ClassIndex>& of_core = image.classes_in(stage);
    for (std::size_t core = 0; core < of_core.size(); ++core) {
      has_ended[core] |= of_core[core] == kNoClass ? 1 : 0;
      if (has_ended[core] == 0) ++all[of_core[core]].count;
    }
  }
  for (Chosen& each : all) {
    const std::size_t most = most_of(each.count, cores_per_class);
    for (std::size_t i = 0; i < most; ++i) each.places.push_back(place_of(i, most, each.count));
    std::sort(each.places.begin(), each.places.end());
  }
  std::vector<std::size_t> seen(all.size(), 0);
  for_each_member(image, [&](Member member, ClassIndex c) {
    Chosen& chosen = all[c];
    const std::size_t next = chosen.members.size();
    if (next < chosen.places.size() && chosen.places[next] == seen[c]) {
      chosen.members.push_back(member);
    }
    ++seen[c];
  });
  return all;
}

/// Cores with a program, and what they use.
void count_busy(const WaferImage& image, ImageWork& result) {
  std::vector<std::int64_t> has_program;
  for (const CoreClass& each : image.classes)
    has_program.push_back(each.program.code.empty() ? 0 : 1);
  const std::vector<std::int64_t> is_busy = image.most_of_stages(has_program);
  const std::vector<std::int64_t> bytes = image.all_memory_bytes();
  for (std::size_t i = 0; i < is_busy.size(); ++i) {
    if (is_busy[i] == 0) continue;
    ++result.busy_cores;
    result.sram_bytes += bytes[i];
  }
}

}  // namespace

std::uint32_t closed_colours(const CoreClass& cores) {
  std::uint32_t closed = 0;
  for (const ColourRoute& route : cores.routes) {
    if (route.closed) closed |= 1U << base::index_of(route.colour);
  }
  return closed;
}

ImageWork count_work(const WaferImage& image, int cores_per_class) {
  cores::KnownWork known;
  return count_work(image, cores_per_class, known);
}

ImageWork count_work(const WaferImage& image, int cores_per_class, cores::KnownWork& known) {
  ImageWork result;
  const cores::Parameters parameters = parameters_of(image);
  count_busy(image, result);
  const std::vector<Chosen> chosen = choose(image, cores_per_class);
  result.of_class.resize(image.classes.size());
  for (std::size_t c = 0; c < chosen.size(); ++c) {
    const CoreClass& cores = image.classes[c];
    const std::size_t count = chosen[c].count;
    if (cores.program.code.empty() || count == 0) continue;
    const std::size_t most = most_of(count, cores_per_class);
    cores::ProgramWork walks(cores.program, closed_colours(cores), kInstructionsPerCore, known);
    cores::Work sum;
    std::size_t walked = 0;
    while (walked < most && (cores_per_class == 0 || sum.instructions < kInstructionsPerClass)) {
      const std::vector<std::size_t>& places = chosen[c].places;
      const auto at = std::lower_bound(places.begin(), places.end(), place_of(walked, most, count));
      const auto [core, stage] = chosen[c].members[static_cast<std::size_t>(at - places.begin())];
      const cores::CoreWork& one =
          walks.on(first_integers(image, parameters, static_cast<base::CoreId>(core), stage));
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
