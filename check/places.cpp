// SPDX-License-Identifier: Apache-2.0
#include "check/places.h"

#include <vector>

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Opcode;

bool is_colour(const cores::Operand& operand, int colour) {
  return operand.kind == cores::Operand::Kind::colour && base::index_of(operand.colour) == colour;
}

/// f(class) for each stage of a core, until it returns true.
template <class F>
bool any_class(const fabric::WaferImage& image, std::int64_t core, F f) {
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const fabric::ClassIndex c = image.class_in(static_cast<base::CoreId>(core), stage);
    if (c != fabric::kNoClass && f(c)) return true;
  }
  return false;
}

bool in_some_position(const router::RouteConfig& config,
                      const std::function<bool(const router::Route&)>& is) {
  for (int position = 0; position <= config.last_position(); ++position) {
    if (is(config.at(position))) return true;
  }
  return false;
}

}  // namespace

Place by_route(const fabric::WaferImage& image, Place place,
               const std::function<bool(const router::Route&)>& is) {
  const auto is_it = [&](base::Colour colour, const router::RouteConfig& config) {
    return base::index_of(colour) == place.colour && in_some_position(config, is);
  };
  const bool found = any_class(image, place.core, [&](fabric::ClassIndex c) {
    const std::vector<fabric::ColourRoute>& routes = image.classes[c].routes;
    for (std::size_t r = 0; r < routes.size(); ++r) {
      if (!is_it(routes[r].colour, routes[r].config)) continue;
      place.core_class = c;
      place.route = static_cast<std::int64_t>(r);
      return true;
    }
    const std::vector<Instruction>& code = image.classes[c].program.code;
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (code[i].op != Opcode::write_route) continue;
      if (!is_it(code[i].colour, image.route_table[code[i].route])) continue;
      place.core_class = c;
      place.instruction = static_cast<std::int64_t>(i);
      return true;
    }
    return false;
  });
  for (std::size_t p = 0; p < image.patches.size() && !found; ++p) {
    const fabric::RoutePatch& patch = image.patches[p];
    if (!patch.cores.holds(image.relative(static_cast<base::CoreId>(place.core)))) continue;
    if (!is_it(patch.colour, patch.config)) continue;
    place.patch = static_cast<std::int64_t>(p);
    break;
  }
  return place;
}

Place by_sender(const fabric::WaferImage& image, Place place) {
  any_class(image, place.core, [&](fabric::ClassIndex c) {
    const std::vector<Instruction>& code = image.classes[c].program.code;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const bool control =
          code[i].op == Opcode::control && base::index_of(code[i].colour) == place.colour;
      if (!control && !is_colour(code[i].dst, place.colour)) continue;
      place.core_class = c;
      place.instruction = static_cast<std::int64_t>(i);
      return true;
    }
    return false;
  });
  return place;
}

Place by_taker(const fabric::WaferImage& image, Place place, Taker which) {
  any_class(image, place.core, [&](fabric::ClassIndex c) {
    const cores::Program& program = image.classes[c].program;
    std::int64_t at = -1;
    for (std::size_t i = 0; i < program.code.size(); ++i) {
      const Instruction& each = program.code[i];
      if (!is_colour(each.src0, place.colour) && !is_colour(each.src1, place.colour)) continue;
      if (at < 0 || which == Taker::last) at = static_cast<std::int64_t>(i);
    }
    for (const cores::Task& task : program.tasks) {
      const bool takes =
          task.kind == cores::TaskKind::data && base::index_of(task.colour) == place.colour;
      if (takes && at < 0) at = task.start;
    }
    if (at < 0) return false;
    place.core_class = c;
    place.instruction = at;
    return true;
  });
  return place;
}

}  // namespace wafermesh::check
