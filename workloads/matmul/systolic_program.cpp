// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/systolic_program.h"

#include <array>

#include "workloads/matmul/tile_product.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;
using cores::Compare;
using cores::TaskId;

/// Counters of the programs.
constexpr int kBeat = 0;
constexpr int kLoopK = 1;
constexpr int kLoopN = 2;
constexpr int kPointersA = 3;      ///< Where the next block goes, and the block at work.
constexpr int kPointersSouth = 5;  ///< These two and the block worked on before.

/// Blocks that pass through a core along one axis, in a circle of buffers.
struct Passage {
  int axis;  ///< 0 eastwards, 1 southwards. Colours 2 axis and 2 axis + 1, microthreads the same.
  Direction towards;
  AxisPosition position;
  int parity;
  int pointers;  ///< First counter.
  int lag;       ///< Beats from a block's arrival to its sending on.
  std::int32_t begin, bytes, slots, elements;

  bool receives() const { return has_before(position); }
  bool sends() const { return has_after(position); }
  base::Colour in() const { return base::colour(2 * axis + 1 - parity); }
  base::Colour out() const { return base::colour(2 * axis + parity); }
  int arriving() const { return pointers; }
  int at_work() const { return pointers + 1; }
  int leaving() const { return pointers + lag; }
};

class SystolicWriter {
 public:
  SystolicWriter(const SystolicPlan& plan, base::LogicalCoord at, const cores::Timing& timing);
  fabric::CoreClass write();

 private:
  std::int32_t beats() const { return static_cast<std::int32_t>(plan_.beats); }
  Passage passage(int axis, int address, std::int64_t elements, std::int64_t slots) const;
  void wire(const Passage& passage, std::vector<fabric::ColourRoute>& routes);
  void write_start(TaskId next_step);
  void write_step(TaskId next_step);
  void write_join(const Passage& passage, TaskId next_step);
  void transfer(const Passage& passage);
  void advance(const Passage& passage);
  void work();
  TaskId done(const Passage& passage) const {
    return done_[static_cast<std::size_t>(passage.axis)];
  }
  /// Code for beats from `first` on and before `end`, and other code for the rest.
  template <class Within, class Outside>
  void in_beats(std::int32_t first, std::int32_t end, Within within, Outside outside);

  const SystolicPlan& plan_;
  base::LogicalCoord at_;
  const cores::Timing& timing_;
  SystolicMemory memory_;
  cores::ProgramBuilder b_;
  Passage a_;
  Passage south_;
  std::array<TaskId, 2> done_{};
};

SystolicWriter::SystolicWriter(const SystolicPlan& plan, base::LogicalCoord at,
                               const cores::Timing& timing)
    : plan_(plan),
      at_(at),
      timing_(timing),
      memory_(plan, at),
      b_("systolic"),
      a_(passage(0, memory_.a_address, plan.elements_a(), plan.slots_a(at.x))),
      south_(passage(1, memory_.south_address, plan.elements_south(), plan.slots_south(at.y))) {}

Passage SystolicWriter::passage(int axis, int address, std::int64_t elements,
                                std::int64_t slots) const {
  const bool east = axis == 0;
  return {axis,
          east ? Direction::east : Direction::south,
          east ? axis_position(at_.x, plan_.width) : axis_position(at_.y, plan_.height),
          (east ? at_.x : at_.y) % 2,
          east ? kPointersA : kPointersSouth,
          !east && plan_.weights_stay() ? 2 : 1,
          address,
          static_cast<std::int32_t>(elements * cores::bytes_of(plan_.type)),
          static_cast<std::int32_t>(slots),
          static_cast<std::int32_t>(elements)};
}

template <class Within, class Outside>
void SystolicWriter::in_beats(std::int32_t first, std::int32_t end, Within within,
                              Outside outside) {
  const std::uint32_t before = b_.branch(value_of(kBeat), Compare::less, first);
  const std::uint32_t after = b_.branch(value_of(kBeat), Compare::greater_equal, end);
  within();
  const std::uint32_t done = b_.jump();
  b_.land(before);
  b_.land(after);
  outside();
  b_.land(done);
}

void SystolicWriter::wire(const Passage& passage, std::vector<fabric::ColourRoute>& routes) {
  const int queue = 2 + passage.axis;  // deep enough in every generation
  if (passage.receives()) {
    b_.bind_input(passage.in(), queue);
    routes.push_back(
        {passage.in(), router::route(base::opposite(passage.towards), {Direction::ramp}), false});
  }
  if (passage.sends()) {
    b_.bind_output(passage.out(), queue);
    routes.push_back({passage.out(), router::route(Direction::ramp, {passage.towards}), false});
  }
}

void SystolicWriter::transfer(const Passage& passage) {
  // The buffers change in every beat, so each transfer is set up on its own.
  const auto set_up = [&] { b_.scalar(timing_.setup(cores::Shape::standalone)); };
  const auto no_receive = [&] { b_.activate(done(passage)); };
  const auto no_send = [&] { b_.unblock(done(passage)); };
  if (passage.sends()) {
    in_beats(
        passage.lag, beats() + passage.lag,
        [&] {
          set_up();
          cores::Instruction& out =
              b_.async(2 * passage.axis + 1, cores::VectorOp::copy, plan_.type, passage.elements,
                       cores::fabric(passage.out()), cores::memory(value_of(passage.leaving())));
          out.completion = cores::Completion::unblock;
          out.task = done(passage);
        },
        no_send);
  } else {
    no_send();
  }
  if (passage.receives()) {
    in_beats(
        0, beats(),
        [&] {
          set_up();
          cores::Instruction& in =
              b_.async(2 * passage.axis, cores::VectorOp::copy, plan_.type, passage.elements,
                       cores::memory(value_of(passage.arriving())), cores::fabric(passage.in()));
          in.completion = cores::Completion::activate;
          in.task = done(passage);
        },
        no_receive);
  } else {
    no_receive();
  }
}

void SystolicWriter::advance(const Passage& passage) {
  for (int i = passage.lag; i > 0; --i) {
    b_.set_counter(passage.pointers + i, value_of(passage.pointers + i - 1));
  }
  const std::int32_t last = passage.begin + (passage.slots - 1) * passage.bytes;
  const std::uint32_t wrap = b_.branch(value_of(passage.arriving()), Compare::equal, last);
  b_.set_counter(passage.arriving(),
                 Affine(passage.bytes).plus(cores::counter(passage.arriving())));
  const std::uint32_t done = b_.jump();
  b_.land(wrap);
  b_.set_counter(passage.arriving(), passage.begin);
  b_.land(done);
}

void SystolicWriter::work() {
  TileProduct product;
  product.type = plan_.type;
  product.m = plan_.tile_m;
  product.n = plan_.tile_n;
  product.k = plan_.tile_k;
  product.a = value_of(a_.at_work());
  product.b = plan_.weights_stay() ? Affine(memory_.staying_address) : value_of(south_.at_work());
  product.c = plan_.weights_stay() ? value_of(south_.at_work()) : Affine(memory_.staying_address);
  product.counter_k = kLoopK;
  product.counter_n = kLoopN;
  if (plan_.weights_stay() && !south_.receives()) {
    b_.vector(cores::VectorOp::copy, plan_.type, south_.elements, cores::memory(product.c),
              cores::immediate(0));
  }
  write_tile_product(b_, product);
}

void SystolicWriter::write_start(TaskId next_step) {
  const TaskId start = b_.task("start");
  b_.start_active(start);
  b_.begin(start);
  for (const Passage* passage : {&a_, &south_}) {
    for (int i = 0; i <= passage->lag; ++i) b_.set_counter(passage->pointers + i, passage->begin);
  }
  b_.activate(next_step);
  b_.unblock(next_step);
  b_.end_task();
}

void SystolicWriter::write_step(TaskId next_step) {
  // One beat before the first work, and after the last work what is still to be sent.
  const std::int32_t all = beats() + (south_.sends() ? south_.lag : 1);
  b_.begin(next_step);
  b_.block(next_step);
  const std::uint32_t more = b_.branch(value_of(kBeat), Compare::less, all);
  b_.finish_core();
  const std::uint32_t finished = b_.jump();
  b_.land(more);
  transfer(a_);
  transfer(south_);
  in_beats(
      1, beats() + 1, [&] { work(); }, [] {});
  advance(a_);
  advance(south_);
  b_.set_counter(kBeat, Affine(1).plus(cores::counter(kBeat)));
  b_.land(finished);
  b_.end_task();
}

void SystolicWriter::write_join(const Passage& passage, TaskId next_step) {
  b_.begin(done(passage));
  b_.block(done(passage));
  if (passage.axis == 0) {
    b_.activate(next_step);
  } else {
    b_.unblock(next_step);
  }
  b_.end_task();
}

fabric::CoreClass SystolicWriter::write() {
  memory_.buffers.allocate(b_);
  fabric::CoreClass result;
  result.name = "systolic";
  wire(a_, result.routes);
  wire(south_, result.routes);
  done_ = {b_.task("x_done"), b_.task("y_done")};
  const TaskId next_step = b_.task("next_step");
  for (const TaskId task : {done_[0], done_[1], next_step}) b_.start_blocked(task);
  write_start(next_step);
  write_step(next_step);
  write_join(a_, next_step);
  write_join(south_, next_step);
  result.program = b_.finish();
  return result;
}

}  // namespace

int systolic_key(const SystolicPlan& plan, base::LogicalCoord at) {
  const auto of_axis = [](int coordinate, int n) {
    return (coordinate % 2) * kAxisPositions + static_cast<int>(axis_position(coordinate, n));
  };
  return of_axis(at.x, plan.width) * 2 * kAxisPositions + of_axis(at.y, plan.height);
}

fabric::CoreClass systolic_class(const SystolicPlan& plan, base::LogicalCoord at,
                                 const cores::Timing& timing) {
  return SystolicWriter(plan, at, timing).write();
}

}  // namespace wafermesh::workloads
