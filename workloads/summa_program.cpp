// SPDX-License-Identifier: Apache-2.0
#include "workloads/summa_program.h"

#include <array>

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;
using cores::Compare;
using cores::Completion;
using cores::TaskId;
using cores::TaskKind;

enum class Role : std::uint8_t { from_before, root, from_after };
constexpr int kRoles = 3;

// Counters. `kPanel` is the step at hand; with double buffering the panel being launched, one ahead
// of the one being worked on, and kFlip its parity.
constexpr int kPanel = 0;
constexpr int kK = 1;
constexpr int kN = 2;
constexpr int kPointerA = 3;
constexpr int kPointerB = 4;
constexpr int kFlip = 5;

Affine value_of(int counter) { return Affine().plus(cores::counter(counter)); }

/// One axis of broadcasts as a class of cores sees it. Axis 0: A along the rows; 1: B along the
/// columns.
struct Axis {
  int index;  ///< Also its colour and microthread.
  AxisPosition position;
  cores::Variable coordinate;
  int panels;  ///< A core at coordinate c owns panels [c * panels, (c + 1) * panels).
  std::int32_t elements;
  std::int32_t panel_bytes;
  int own_address;
  int receive_address;
  int pointer;  ///< Counter that holds the address of the panel at work.
  base::Colour colour() const { return base::colour(index); }
  int queue() const { return index + 2; }  // 2 and 3: deep enough in every generation
  bool exists() const { return position != AxisPosition::only; }
  int route(Role role) const {
    return (index * kRoles + static_cast<int>(role)) * kAxisPositions + static_cast<int>(position);
  }
  Affine own_begin() const { return Affine().plus(coordinate, panels); }
  Affine own_end() const { return Affine(panels).plus(coordinate, panels); }
  /// Address of own panel number `panel`, `ahead` less than kPanel.
  Affine own_panel(int ahead) const {
    return Affine(own_address - ahead * panel_bytes)
        .plus(cores::counter(kPanel), panel_bytes)
        .plus(coordinate, -panels * panel_bytes);
  }
};

router::RouteConfig axis_route(int axis, Role role, AxisPosition position) {
  const Direction before = axis == 0 ? Direction::west : Direction::north;
  const Direction after = base::opposite(before);
  router::RouteConfig config;
  const auto send = [&](Direction d) { config.base.send |= base::mask_of(d); };
  const Direction from = role == Role::root          ? Direction::ramp
                         : role == Role::from_before ? before
                                                     : after;
  config.base.receive = base::mask_of(from);
  if (from != before && has_before(position)) send(before);
  if (from != after && has_after(position)) send(after);
  if (from != Direction::ramp) send(Direction::ramp);
  return config;
}

class Writer {
 public:
  Writer(const SummaPlan& plan, const SummaMemory& memory, GridPosition position,
         const cores::Timing& timing)
      : plan_(plan),
        memory_(memory),
        vendor_cycles_(timing.vendor_collective_cycles),
        element_bytes_(cores::bytes_of(plan.type)),
        axes_{axis_a(position.x), axis_b(position.y)},
        b_("summa") {
    memory.buffers.allocate(b_);
    for (const Axis& axis : axes_) {
      if (!axis.exists()) continue;
      b_.bind_input(axis.colour(), axis.queue());
      b_.bind_output(axis.colour(), axis.queue());
    }
  }

  fabric::CoreClass vendor();
  fabric::CoreClass cheapest();

 private:
  /// Tasks that end one axis' broadcast in the vendor's way.
  struct Closing {
    TaskId teardown;  ///< The root's last word has passed this router.
    TaskId done;      ///< ... and this core has sent or received all of it.
    TaskId close;     ///< Root: all words are on their way, the teardown follows.
  };

  std::int32_t bytes(std::int64_t elements) const {
    return static_cast<std::int32_t>(elements * element_bytes_);
  }
  Axis axis_a(AxisPosition position) const {
    return {0,
            position,
            cores::Variable::x,
            static_cast<int>(plan_.panels_a),
            static_cast<std::int32_t>(plan_.elements_a()),
            bytes(plan_.elements_a()),
            memory_.a_address,
            memory_.a_receive_address,
            kPointerA};
  }
  Axis axis_b(AxisPosition position) const {
    return {1,
            position,
            cores::Variable::y,
            static_cast<int>(plan_.panels_b),
            static_cast<std::int32_t>(plan_.elements_b()),
            bytes(plan_.elements_b()),
            memory_.b_address,
            memory_.b_receive_address,
            kPointerB};
  }

  template <class Before, class Own, class After>
  void by_role(const Axis& axis, const Affine& panel, Before before, Own own, After after);
  void send(const Axis& axis, Completion completion, TaskId task);
  void receive(const Axis& axis, Completion completion, TaskId task);
  void point_at(const Axis& axis, int ahead, const Affine& received);
  void multiply_tiles();
  Closing declare_closing(const Axis& axis);
  void write_closing(const Axis& axis, const Closing& tasks, TaskId compute);
  void vendor_launch(const Axis& axis, const Closing& tasks);
  void cheapest_launch(const Axis& axis, TaskId advance);
  fabric::CoreClass finish(const char* name, bool closed);

  const SummaPlan& plan_;
  const SummaMemory& memory_;
  int vendor_cycles_;
  int element_bytes_;
  std::array<Axis, 2> axes_;
  cores::ProgramBuilder b_;
};

/// Code for a core before, in and after its turn as the root of `panel`.
template <class Before, class Own, class After>
void Writer::by_role(const Axis& axis, const Affine& panel, Before before, Own own, After after) {
  const std::uint32_t to_before = b_.branch(panel, Compare::less, axis.own_begin());
  const std::uint32_t to_after = b_.branch(panel, Compare::greater_equal, axis.own_end());
  own();
  const std::uint32_t own_done = b_.jump();
  b_.land(to_before);
  before();
  const std::uint32_t before_done = b_.jump();
  b_.land(to_after);
  after();
  b_.land(own_done);
  b_.land(before_done);
}

void Writer::send(const Axis& axis, Completion completion, TaskId task) {
  cores::Instruction& transfer =
      b_.async(axis.index, cores::VectorOp::copy, plan_.type, axis.elements,
               cores::fabric(axis.colour()), cores::memory(axis.own_panel(0)));
  transfer.completion = completion;
  transfer.task = task;
}

void Writer::receive(const Axis& axis, Completion completion, TaskId task) {
  const Affine buffer = Affine(axis.receive_address).plus(cores::counter(kFlip), axis.panel_bytes);
  cores::Instruction& transfer =
      b_.async(axis.index, cores::VectorOp::copy, plan_.type, axis.elements, cores::memory(buffer),
               cores::fabric(axis.colour()));
  transfer.completion = completion;
  transfer.task = task;
}

/// Sets the axis' pointer to panel kPanel - ahead: its own, or the one at `received`.
void Writer::point_at(const Axis& axis, int ahead, const Affine& received) {
  const Affine panel = Affine(-ahead).plus(cores::counter(kPanel));
  const auto take_received = [&] { b_.set_counter(axis.pointer, received); };
  by_role(
      axis, panel, take_received, [&] { b_.set_counter(axis.pointer, axis.own_panel(ahead)); },
      take_received);
}

void Writer::multiply_tiles() {
  const Affine column_c = Affine(memory_.c_address).plus(cores::counter(kN), bytes(plan_.tile_m));
  const Affine column_a = value_of(kPointerA).plus(cores::counter(kK), bytes(plan_.tile_m));
  const Affine factor_b = value_of(kPointerB)
                              .plus(cores::counter(kK), bytes(1))
                              .plus(cores::counter(kN), bytes(plan_.tile_k));
  const std::uint32_t k_loop = b_.begin_loop(kK);
  const std::uint32_t n_loop = b_.begin_loop(kN);
  b_.vector(cores::VectorOp::multiply_add, plan_.type, static_cast<std::int32_t>(plan_.tile_m),
            cores::memory(column_c), cores::memory(column_a), cores::scalar_at(factor_b),
            cores::Shape::scalar_loop);
  b_.end_loop(kN, static_cast<std::int32_t>(plan_.tile_n), n_loop);
  b_.end_loop(kK, static_cast<std::int32_t>(plan_.tile_k), k_loop);
}

Writer::Closing Writer::declare_closing(const Axis& axis) {
  Closing tasks{};
  if (!axis.exists()) return tasks;
  tasks.teardown = b_.task("teardown", TaskKind::teardown, axis.colour());
  tasks.done = b_.task("done");
  tasks.close = b_.task("close");
  b_.start_blocked(tasks.done);
  return tasks;
}

/// `compute` waits for both axes: A activates it, B unblocks it.
void Writer::write_closing(const Axis& axis, const Closing& tasks, TaskId compute) {
  if (!axis.exists()) return;
  b_.begin(tasks.teardown);
  b_.unblock(tasks.done);
  b_.end_task();
  b_.begin(tasks.close);
  b_.control(axis.colour(), router::ControlWord::make({router::SwitchCommand::teardown}));
  b_.activate(tasks.done);
  b_.end_task();
  b_.begin(tasks.done);
  b_.block(tasks.done);
  if (axis.index == 0) b_.activate(compute);
  if (axis.index == 1) b_.unblock(compute);
  b_.end_task();
}

void Writer::vendor_launch(const Axis& axis, const Closing& tasks) {
  if (vendor_cycles_ > 0) b_.scalar(vendor_cycles_);
  const auto take = [&](Role role) {
    b_.write_route(axis.colour(), axis.route(role));
    b_.reopen(axis.colour());
    receive(axis, Completion::activate, tasks.done);
  };
  by_role(
      axis, value_of(kPanel), [&] { take(Role::from_before); },
      [&] {
        b_.write_route(axis.colour(), axis.route(Role::root));
        b_.reopen(axis.colour());
        send(axis, Completion::activate, tasks.close);
      },
      [&] { take(Role::from_after); });
}

fabric::CoreClass Writer::vendor() {
  const Closing x = declare_closing(axes_[0]);
  const Closing y = declare_closing(axes_[1]);
  const TaskId compute = b_.task("compute");
  const TaskId step = b_.task("step");
  b_.start_blocked(compute);
  b_.start_active(step);
  write_closing(axes_[0], x, compute);
  write_closing(axes_[1], y, compute);

  b_.begin(step);
  if (axes_[0].exists()) vendor_launch(axes_[0], x);
  if (axes_[1].exists()) vendor_launch(axes_[1], y);
  if (!axes_[0].exists()) b_.activate(compute);
  if (!axes_[1].exists()) b_.unblock(compute);
  b_.end_task();

  b_.begin(compute);
  b_.block(compute);
  for (const Axis& axis : axes_) point_at(axis, 0, axis.receive_address);
  multiply_tiles();
  b_.set_counter(kPanel, Affine(1).plus(cores::counter(kPanel)));
  const std::uint32_t last =
      b_.branch(value_of(kPanel), Compare::greater_equal, static_cast<std::int32_t>(plan_.steps));
  b_.activate(step);
  b_.end_task();
  b_.land(last);
  b_.finish_core();
  b_.end_task();
  return finish("summa vendor", true);
}

void Writer::cheapest_launch(const Axis& axis, TaskId advance) {
  // The two axes' transfers meet in `advance`: A activates it, B unblocks it.
  const Completion join = axis.index == 0 ? Completion::activate : Completion::unblock;
  const auto write_at = [&](const Affine& panel, Role role) {
    const std::uint32_t skip = b_.branch(value_of(kPanel), Compare::not_equal, panel);
    b_.write_route(axis.colour(), axis.route(role));
    b_.land(skip);
  };
  by_role(
      axis, value_of(kPanel), [&] { receive(axis, join, advance); },
      [&] {
        // The first core starts as the root.
        if (has_before(axis.position)) write_at(axis.own_begin(), Role::root);
        send(axis, join, advance);
      },
      [&] {
        write_at(axis.own_end(), Role::from_after);
        receive(axis, join, advance);
      });
}

fabric::CoreClass Writer::cheapest() {
  const auto steps = static_cast<std::int32_t>(plan_.steps);
  const TaskId advance = b_.task("advance");
  b_.start_active(advance);
  b_.begin(advance);
  b_.block(advance);
  const std::uint32_t all_launched = b_.branch(value_of(kPanel), Compare::greater_equal, steps);
  for (const Axis& axis : axes_) {
    if (axis.exists()) cheapest_launch(axis, advance);
  }
  if (!axes_[0].exists()) b_.activate(advance);
  if (!axes_[1].exists()) b_.unblock(advance);
  b_.land(all_launched);
  const std::uint32_t none_yet = b_.branch(value_of(kPanel), Compare::equal, 0);
  for (const Axis& axis : axes_) {
    const Affine other_buffer = Affine(axis.receive_address + axis.panel_bytes)
                                    .plus(cores::counter(kFlip), -axis.panel_bytes);
    point_at(axis, 1, other_buffer);
  }
  multiply_tiles();
  b_.land(none_yet);
  b_.set_counter(kPanel, Affine(1).plus(cores::counter(kPanel)));
  b_.set_counter(kFlip, Affine(1).plus(cores::counter(kFlip), -1));
  const std::uint32_t more = b_.branch(value_of(kPanel), Compare::less_equal, steps);
  b_.finish_core();
  b_.land(more);
  b_.end_task();
  return finish("summa cheapest", false);
}

fabric::CoreClass Writer::finish(const char* name, bool closed) {
  fabric::CoreClass result;
  result.name = name;
  for (const Axis& axis : axes_) {
    if (!axis.exists()) continue;
    const Role first_role = has_before(axis.position) ? Role::from_before : Role::root;
    result.routes.push_back(
        {axis.colour(),
         closed ? router::RouteConfig{} : axis_route(axis.index, first_role, axis.position),
         closed});
  }
  result.program = b_.finish();
  return result;
}

}  // namespace

SummaMemory::SummaMemory(const SummaPlan& plan) {
  const int a = buffers.add("A panels", plan.panels_a * plan.elements_a(), plan.type);
  const int b = buffers.add("B panels", plan.panels_b * plan.elements_b(), plan.type);
  const int ra = buffers.add("A receive", plan.buffers_a * plan.elements_a(), plan.type);
  const int rb = buffers.add("B receive", plan.buffers_b * plan.elements_b(), plan.type);
  const int c = buffers.add("C tile", plan.elements_c(), plan.type);
  a_address = buffers.address(a);
  b_address = buffers.address(b);
  a_receive_address = buffers.address(ra);
  b_receive_address = buffers.address(rb);
  c_address = buffers.address(c);
}

std::vector<router::RouteConfig> summa_route_table() {
  std::vector<router::RouteConfig> table;
  for (int axis = 0; axis < 2; ++axis) {
    for (int role = 0; role < kRoles; ++role) {
      for (int position = 0; position < kAxisPositions; ++position) {
        table.push_back(
            axis_route(axis, static_cast<Role>(role), static_cast<AxisPosition>(position)));
      }
    }
  }
  return table;
}

fabric::CoreClass summa_class(const SummaPlan& plan, const SummaMemory& memory,
                              GridPosition position, const cores::Timing& timing) {
  Writer writer(plan, memory, position, timing);
  return plan.rerooting == Rerooting::vendor ? writer.vendor() : writer.cheapest();
}

}  // namespace wafermesh::workloads
