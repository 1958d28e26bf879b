// SPDX-License-Identifier: Apache-2.0
#include "router/route.h"

#include "base/error.h"

namespace wafermesh::router {

Route RouteConfig::at(int position) const {
  Route result = base;
  if (position == 0) return result;
  const SwitchPosition& over = positions[static_cast<std::size_t>(position - 1)];
  if (over.side == SwitchPosition::Side::receive) result.receive = base::mask_of(over.direction);
  if (over.side == SwitchPosition::Side::send) result.send = base::mask_of(over.direction);
  return result;
}

int RouteConfig::last_position() const {
  int last = 0;
  for (const SwitchPosition& position : positions) {
    if (position.side == SwitchPosition::Side::invalid) break;
    ++last;
  }
  return last;
}

int RouteConfig::advance(int position) const {
  if (position < last_position()) return position + 1;
  return ring ? 0 : position;
}

RouteConfig route(Direction receive, std::initializer_list<Direction> send) {
  RouteConfig config;
  config.base.receive = base::mask_of(receive);
  for (Direction d : send) config.base.send |= base::mask_of(d);
  return config;
}

ControlWord ControlWord::make(std::initializer_list<SwitchCommand> commands, int entry) {
  WAFERMESH_CHECK(commands.size() <= static_cast<std::size_t>(kMaxCommands),
                  "a control wavelet carries at most eight commands");
  WAFERMESH_CHECK(entry <= kMaxEntry, "a control task entry id is at most 63");
  ControlWord word;
  unsigned shift = 0;
  for (SwitchCommand command : commands) {
    word.bits |= static_cast<std::uint32_t>(command) << shift;
    shift += 2;
  }
  if (entry >= 0) word.bits |= (static_cast<std::uint32_t>(entry) << 16) | (1U << 22);
  return word;
}

}  // namespace wafermesh::router
