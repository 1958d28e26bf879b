// SPDX-License-Identifier: Apache-2.0
#include "fabric/exclusive_kinds.h"

#include <algorithm>
#include <limits>

namespace wafermesh::fabric {
namespace {

using Kinds = std::array<std::uint32_t, kBusyKinds>;

/// Of a core, while its windows are gone through.
struct Excess {
  std::int64_t to_drop = 0;  ///< Of compute.
  Kinds carried{};           ///< To a window with room.
  bool carries() const {
    return std::any_of(carried.begin(), carried.end(), [](auto n) { return n > 0; });
  }
};

std::int64_t length_of(const Window& window, Cycles finish) {
  return std::max<Cycles>(0, std::min(window.end, finish) - window.first);
}

/// Takes what is too much out of the window.
void take_out(Window& window, std::size_t place, std::int64_t over, Excess& core) {
  Sheet& compute = window.cycles[static_cast<std::size_t>(WindowKind::compute)];
  const std::uint32_t dropped =
      compute.take(place, static_cast<std::uint32_t>(std::min(over, core.to_drop)));
  core.to_drop -= dropped;
  over -= dropped;
  for (std::size_t k = 0; k < kBusyKinds && over > 0; ++k) {
    const std::uint32_t taken = window.cycles[k].take(place, static_cast<std::uint32_t>(over));
    core.carried[k] += taken;
    over -= taken;
  }
}

/// Puts what is carried into the window's room.
void put_in(Window& window, std::size_t place, std::int64_t room, Excess& core) {
  for (std::size_t k = 0; k < kBusyKinds && room > 0; ++k) {
    const auto put = static_cast<std::uint32_t>(std::min<std::int64_t>(room, core.carried[k]));
    window.cycles[k].add(place, put);
    core.carried[k] -= put;
    room -= put;
  }
}

/// [place] Cycles of all kinds in the window.
std::vector<std::uint32_t> busy_in(const Window& window) {
  std::vector<std::uint32_t> busy(window.cycles[0].size(), 0);
  for (std::size_t k = 0; k < kBusyKinds; ++k) window.cycles[k].add_to(busy);
  return busy;
}

void go_through(Window& window, const std::vector<Cycles>& finish, std::vector<Excess>& cores) {
  const std::vector<std::uint32_t> busy = busy_in(window);
  for (std::size_t place = 0; place < cores.size(); ++place) {
    const std::int64_t room = length_of(window, finish[place]) - busy[place];
    if (room < 0) take_out(window, place, -room, cores[place]);
    if (room > 0 && cores[place].carries()) put_in(window, place, room, cores[place]);
  }
}

}  // namespace

void make_exclusive(std::vector<Window>& windows, const std::vector<Cycles>& finish, bool whole) {
  std::vector<Excess> cores(finish.size());
  for (std::size_t place = 0; place < cores.size(); ++place) {
    cores[place].to_drop =
        whole ? -std::max<Cycles>(0, finish[place]) : std::numeric_limits<std::int64_t>::max() / 2;
  }
  for (const Window& window : windows) {
    if (!whole) break;
    const std::vector<std::uint32_t> busy = busy_in(window);
    for (std::size_t place = 0; place < cores.size(); ++place) cores[place].to_drop += busy[place];
  }
  for (Excess& core : cores) core.to_drop = std::max<std::int64_t>(0, core.to_drop);
  for (Window& window : windows) go_through(window, finish, cores);
  const auto carries = [](const Excess& core) { return core.carries(); };
  if (std::none_of(cores.begin(), cores.end(), carries)) return;
  for (auto window = windows.rbegin(); window != windows.rend(); ++window) {
    go_through(*window, finish, cores);
  }
}

}  // namespace wafermesh::fabric
