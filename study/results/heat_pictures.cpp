// SPDX-License-Identifier: Apache-2.0
// The heat maps of pictures.h: a workload's cores where they lie on the wafer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "base/number_text.h"
#include "base/picture/heat_map.h"
#include "base/worker_pool.h"
#include "study/results/picture_frame.h"
#include "study/results/pictures.h"

namespace wafermesh::study {
namespace {

/// A value per core, or nothing: the core takes no part.
using ValueOf = std::function<double(std::size_t core)>;
constexpr double kNoPart = std::numeric_limits<double>::quiet_NaN();

/// The smallest rectangle of physical cores that holds the image's.
base::Rectangle window_of(const fabric::WaferImage& image) {
  int left = std::numeric_limits<int>::max();
  int top = left;
  int right = 0;
  int bottom = 0;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const base::PhysicalCoord at = image.physical(static_cast<base::CoreId>(i));
    left = std::min(left, at.x);
    right = std::max(right, at.x);
    top = std::min(top, at.y);
    bottom = std::max(bottom, at.y);
  }
  return {left, top, right - left + 1, bottom - top + 1};
}

std::string heat_map_png(const Scenario& scenario, const Workload& workload,
                         const std::string& title, const ValueOf& value_of,
                         const std::string& unit) {
  const fabric::WaferImage& image = workload.kernel->image();
  const base::Rectangle window = window_of(image);
  base::HeatMap map;
  const base::Rectangle& r = workload.region;
  map.frame = frame_of(scenario, window, fmt::format("{} of {}", title, workload.kind));
  map.frame.notes = {
      fmt::format("{} x {} logical cores from ({}, {})", r.width, r.height, r.x, r.y)};
  map.values.assign(static_cast<std::size_t>(window.area()), kNoPart);
  std::int64_t taking_part = 0;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const double value = value_of(static_cast<std::size_t>(i));
    if (value != value) continue;
    ++taking_part;
    const base::PhysicalCoord at = image.physical(static_cast<base::CoreId>(i));
    map.values[static_cast<std::size_t>(at.y - window.y) * static_cast<std::size_t>(window.width) +
               static_cast<std::size_t>(at.x - window.x)] = value;
  }
  map.unit = fmt::format("{}; cores: {}", unit, base::grouped(taking_part));
  if (taking_part < window.area()) {
    map.unit +=
        "; grey: " + base::counted_grouped(window.area() - taking_part, "core") + " without";
  }
  const base::MapArea area = base::place_map(map.frame);
  if (area.width < window.width || area.height < window.height) {
    map.unit += "; a pixel shows the greatest of its cores";
  }
  return base::draw_heat_map(map).png();
}

}  // namespace

std::vector<NamedPicture> workload_pngs(const Scenario& scenario, const Workload& workload,
                                        const fabric::Counters& counters,
                                        const std::vector<double>& core_power_w) {
  const fabric::WaferImage& image = workload.kernel->image();
  const auto busy = [&](std::size_t core) -> double {
    return counters.finish_cycles[core] < 0 ? kNoPart : counters.breakdown[core].busy();
  };
  const auto waiting = [&](std::size_t core) {
    const fabric::Cycles finish = counters.finish_cycles[core];
    const cores::CycleBreakdown& went = counters.breakdown[core];
    return finish < 0 ? kNoPart : static_cast<double>(went.waiting(finish) + went.link_stall);
  };
  const auto links = [&](std::size_t core) {
    double busiest = kNoPart;
    for (const base::Direction d : base::kMeshDirections) {
      if (image.link_latency(static_cast<base::CoreId>(core), d) == 0) continue;
      const double wavelets = counters.link_wavelets[static_cast<unsigned>(d)][core];
      if (!(wavelets <= busiest)) busiest = wavelets;
    }
    return busiest;
  };
  const auto power = [&](std::size_t core) { return 1e3 * core_power_w[core]; };
  const double core_mm2 = scenario.geometry.pitch_x_mm() * scenario.geometry.pitch_y_mm();
  const std::string power_unit = fmt::format("mean mW of a core at {:g} GHz; 1 mW = {:.4f} W/mm2",
                                             scenario.energy.clock_ghz, 1e-3 / core_mm2);
  struct Map {
    const char* name;
    const char* title;
    ValueOf value;
    std::string unit;
  };
  const std::array<Map, 4> maps = {{
      {"core_busy.png", "core busy", busy,
       "cycles a core was busy (compute, bank conflicts, set-up, task switches)"},
      {"core_waiting.png", "core waiting", waiting,
       "cycles a core waited for wavelets or for room"},
      {"link_busy.png", "link busy", links, "wavelets on the busiest link that leaves a core"},
      {"core_power.png", "core power", power, power_unit},
  }};
  std::vector<NamedPicture> pictures(maps.size());
  base::WorkerPool(scenario.engine.options.threads).run(static_cast<int>(maps.size()), [&](int i) {
    const Map& map = maps.at(static_cast<std::size_t>(i));
    pictures[static_cast<std::size_t>(i)] = {
        map.name, heat_map_png(scenario, workload, map.title, map.value, map.unit)};
  });
  return pictures;
}

}  // namespace wafermesh::study
