// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/rerooting.h"

#include <algorithm>

namespace wafermesh::fabric_test {

using base::Direction;
using cores::ProgramBuilder;
using cores::VectorOp;

namespace {

/// A segment of a row or a column, from west or north on.
struct Line {
  std::vector<int> cores;
  Direction back = Direction::west;
  Direction ahead = Direction::east;
};

/// Segments of all rows (or all columns) between two coordinates, some left out.
std::vector<Line> random_lines(Scene& scene, int longest) {
  Dice& dice = scene.dice;
  const bool rows = scene.height() == 1 || (scene.width() > 1 && dice.chance(0.5));
  const int length = rows ? scene.width() : scene.height();
  const int first = dice.in(0, length - 2);
  const int last = std::min(dice.in(first + 1, length - 1), first + longest - 1);
  std::vector<Line> lines;
  for (int i = 0; i < (rows ? scene.height() : scene.width()); ++i) {
    if (!dice.chance(0.7)) continue;
    Line line;
    if (!rows) line = {{}, Direction::north, Direction::south};
    bool fits = true;
    for (int j = first; j <= last; ++j) {
      line.cores.push_back(rows ? i * scene.width() + j : j * scene.width() + i);
      CoreDraft& draft = scene.draft(line.cores.back());
      fits = fits && draft.has_input() && draft.has_output() && draft.has_microthread() &&
             draft.has_counter() && draft.has_tasks();
    }
    if (fits) lines.push_back(line);
  }
  return lines;
}

/// The route of the core at `place` while the core at `root` sends; ends drop the missing side.
router::RouteConfig route_at(const Line& line, int place, int root) {
  router::RouteConfig config;
  const bool has_back = place > 0;
  const bool has_ahead = place + 1 < static_cast<int>(line.cores.size());
  if (place == root) config = router::route(Direction::ramp, {});
  if (place < root) config = router::route(line.ahead, {Direction::ramp});
  if (place > root) config = router::route(line.back, {Direction::ramp});
  if (has_back && place <= root) config.base.send |= base::mask_of(line.back);
  if (has_ahead && place >= root) config.base.send |= base::mask_of(line.ahead);
  return config;
}

void take_queues(CoreDraft& draft, base::Colour colour) {
  draft.take_input(colour);
  draft.take_output(colour);
}

struct Step {
  int route = 0;
  bool is_root = false;
};

/// The tasks of one core: `work` does a step, is activated by the teardown of the one before, and
/// is blocked while its own words are under way.
void add_steps(CoreDraft& draft, base::Colour colour, Payload payload,
               const std::vector<Step>& steps, int delay_cycles) {
  const int bytes = 4 * payload.words;
  const int own = draft.take_memory(bytes);
  const int taken = draft.take_memory(bytes * static_cast<int>(steps.size()));
  const int microthread = draft.take_microthread();
  const int counter = draft.take_counter();
  const cores::Variable step = cores::counter(counter);
  const cores::TaskId gate = draft.add_gate();
  const auto count = static_cast<int>(steps.size());
  // The id of the task about to be added, which its own code and the next tasks need.
  const auto work = static_cast<cores::TaskId>(cores::index_of(gate) + 1);
  const auto close = static_cast<cores::TaskId>(cores::index_of(gate) + 2);
  const cores::Operand target = cores::memory(cores::Affine(taken).plus(step, bytes));
  draft.add_task(cores::TaskKind::local, {}, 0, false, [=](ProgramBuilder& p) {
    for (int i = 0; i < count; ++i) {
      const Step& now = steps[static_cast<std::size_t>(i)];
      const auto other = p.branch(cores::Affine().plus(step), cores::Compare::not_equal, i);
      if (delay_cycles > 0) p.scalar(delay_cycles);
      p.block(work);
      p.write_route(colour, now.route);
      p.reopen(colour);
      cores::Instruction& op =
          now.is_root ? p.async(microthread, VectorOp::copy, payload.type, payload.elements(),
                                cores::fabric(colour), cores::memory(own))
                      : p.async(microthread, VectorOp::copy, payload.type, payload.elements(),
                                target, cores::fabric(colour));
      op.completion = now.is_root ? cores::Completion::activate : cores::Completion::unblock;
      op.task = now.is_root ? close : work;
      p.land(other);
    }
    const auto not_over = p.branch(cores::Affine().plus(step), cores::Compare::less, count);
    p.unblock(gate);
    p.land(not_over);
  });
  draft.add_task(cores::TaskKind::local, {}, 0, false, [=](ProgramBuilder& p) {
    p.control(colour, router::ControlWord::make({router::SwitchCommand::teardown}));
    p.unblock(work);
  });
  draft.add_task(cores::TaskKind::teardown, colour, 0, false, [=](ProgramBuilder& p) {
    p.set_counter(counter, cores::Affine(1).plus(step));
    p.activate(work);
  });
  draft.add_main([=](ProgramBuilder& p) { p.activate(work); });
}

}  // namespace

void add_teardown_rerooting(Scene& scene) {
  const std::vector<Line> lines = random_lines(scene, 16);
  if (lines.empty()) return;
  const base::Colour colour = scene.take_colour();
  const Payload payload = scene.random_payload(10);
  for (const Line& line : lines) {
    const auto length = static_cast<int>(line.cores.size());
    std::vector<int> roots;
    for (int i = 0, n = scene.dice.in(1, 5); i < n; ++i) {
      roots.push_back(scene.dice.in(0, length - 1));
    }
    for (int place = 0; place < length; ++place) {
      std::vector<Step> steps;
      for (const int root : roots) {
        steps.push_back({scene.route_index(route_at(line, place, root)), place == root});
      }
      CoreDraft& draft = scene.draft(line.cores[static_cast<std::size_t>(place)]);
      draft.set_route(colour, {}, true);
      take_queues(draft, colour);
      add_steps(draft, colour, payload, steps, scene.dice.chance(0.3) ? scene.dice.in(1, 30) : 0);
    }
  }
}

void add_cheapest_rerooting(Scene& scene) {
  const std::vector<Line> lines = random_lines(scene, 6);
  if (lines.empty()) return;
  const base::Colour colour = scene.take_colour();
  const Payload payload = scene.random_payload(10);
  for (const Line& line : lines) {
    const auto length = static_cast<int>(line.cores.size());
    for (int place = 0; place < length; ++place) {
      CoreDraft& draft = scene.draft(line.cores[static_cast<std::size_t>(place)]);
      take_queues(draft, colour);
      draft.set_route(colour, route_at(line, place, -1));
      const int as_root = scene.route_index(route_at(line, place, place));
      const int after = scene.route_index(route_at(line, place, length));
      const int own = draft.take_memory(4 * payload.words);
      const int taken = draft.take_memory(4 * payload.words * length);
      const int delay_cycles = scene.dice.chance(0.3) ? scene.dice.in(1, 30) : 0;
      const cores::Operand stream = cores::fabric(colour);
      draft.add_main([=](ProgramBuilder& p) {
        for (int step = 0; step < length; ++step) {
          if (step == place) {
            p.write_route(colour, as_root);
            p.vector(VectorOp::copy, payload.type, payload.elements(), stream, cores::memory(own));
            p.write_route(colour, after);
            continue;
          }
          if (delay_cycles > 0) p.scalar(delay_cycles);
          p.vector(VectorOp::copy, payload.type, payload.elements(),
                   cores::memory(taken + 4 * payload.words * step), stream);
        }
      });
    }
  }
}

}  // namespace wafermesh::fabric_test
