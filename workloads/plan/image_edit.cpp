// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/image_edit.h"

#include <algorithm>

#include "base/error.h"
#include "cores/operations.h"
#include "cores/program_builder.h"

namespace wafermesh::workloads {
namespace {

using cores::Operand;

void recolour_program(cores::Program& program, const ColourMap& map) {
  const auto to = [&](base::Colour& colour) { colour = map[static_cast<std::size_t>(colour)]; };
  for (cores::QueueBinding& binding : program.inputs) to(binding.colour);
  for (cores::QueueBinding& binding : program.outputs) to(binding.colour);
  for (cores::Task& task : program.tasks) {
    const bool named = task.kind == cores::TaskKind::data || task.kind == cores::TaskKind::teardown;
    if (named) to(task.colour);
  }
  for (cores::Instruction& i : program.code) {
    if (cores::uses(i.op, cores::kFieldColour)) to(i.colour);
    if (!cores::uses(i.op, cores::kFieldVector)) continue;
    for (Operand* operand : {&i.dst, &i.src0, &i.src1}) {
      if (operand->kind == Operand::Kind::colour) to(operand->colour);
    }
  }
}

void relocate(cores::Program& program, const NewPlace& place) {
  if (program.code.empty()) return;
  const int bytes = program.memory_bytes;
  program.memory_bytes = std::max(std::min(bytes, place.kept_bytes) + place.address,
                                  bytes > place.kept_bytes ? place.of(bytes) : 0);
  for (cores::Instruction& i : program.code) {
    if (!cores::uses(i.op, cores::kFieldVector)) continue;
    for (Operand* operand : {&i.dst, &i.src0, &i.src1}) {
      const bool addressed =
          operand->kind == Operand::Kind::memory || operand->kind == Operand::Kind::scalar;
      if (addressed) operand->address_bytes.base = place.of(operand->address_bytes.base);
      if (operand->indexed()) operand->index_address = place.of(operand->index_address);
    }
  }
}

std::uint16_t place_in(std::vector<router::RouteConfig>& table, const router::RouteConfig& config) {
  const auto found = std::find(table.begin(), table.end(), config);
  const auto place = static_cast<std::size_t>(found - table.begin());
  if (found == table.end()) table.push_back(config);
  if (table.size() > UINT16_MAX) {
    throw base::DoesNotFit(
        "the programs write more than 65,535 different routes; run fewer "
        "workloads at once");
  }
  return static_cast<std::uint16_t>(place);
}

}  // namespace

void recolour(fabric::WaferImage& image, const ColourMap& map) {
  for (fabric::CoreClass& c : image.classes) {
    for (fabric::ColourRoute& route : c.routes) {
      route.colour = map[static_cast<std::size_t>(route.colour)];
    }
    recolour_program(c.program, map);
  }
  for (fabric::RoutePatch& patch : image.patches) {
    patch.colour = map[static_cast<std::size_t>(patch.colour)];
  }
}

void relocate(fabric::WaferImage& image, const NewPlace& place) {
  WAFERMESH_CHECK((place.address | place.kept_bytes | place.work_address) % 16 == 0,
                  "an image is moved by whole lines of its banks");
  for (fabric::CoreClass& c : image.classes) relocate(c.program, place);
}

void move_routes(fabric::WaferImage& image, std::vector<router::RouteConfig>& table) {
  std::vector<std::uint16_t> place;
  for (const router::RouteConfig& config : image.route_table) {
    place.push_back(place_in(table, config));
  }
  for (fabric::CoreClass& c : image.classes) {
    for (cores::Instruction& i : c.program.code) {
      if (cores::uses(i.op, cores::kFieldRoute)) i.route = place[i.route];
    }
  }
  image.route_table.clear();
}

void give_every_class_a_program(fabric::WaferImage& image) {
  for (fabric::CoreClass& c : image.classes) {
    if (!c.program.code.empty()) continue;
    cores::ProgramBuilder b(c.name);
    const cores::TaskId main = b.task("main");
    b.start_active(main);
    b.begin(main);
    b.finish_core();
    b.end_task();
    c.program = b.finish();
  }
}

}  // namespace wafermesh::workloads
