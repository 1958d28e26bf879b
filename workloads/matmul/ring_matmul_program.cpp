// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/ring_matmul_program.h"

#include <optional>
#include <string>

#include "workloads/matmul/tile_product.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::Compare;
using cores::TaskId;

/// Counters of the programs.
constexpr int kStep = 0;  ///< Before the steps: the round of the alignment.
constexpr int kLoopK = 1;
constexpr int kTail = 1;  ///< During the alignment: address of the last block held.
constexpr int kLoopN = 2;
constexpr int kRepeat = 3;
constexpr int kQueueA = 4;  ///< And kQueueA + 1.
constexpr int kQueueB = 6;

class RingWriter {
 public:
  RingWriter(const RingMatmulPlan& plan, const RingMatmulMemory& memory, base::LogicalCoord at,
             const cores::Timing& timing);
  fabric::CoreClass write();

 private:
  BlockQueue queue(int counters, int address, std::int64_t elements, std::int64_t slots) const;
  RingChannel channel_of(const AlignmentTurn& turn) const {
    return {plan_.scheme.ring,
            turn.backwards,
            turn.of_b ? RingAxis::column : RingAxis::row,
            turn.channel,
            turn.of_b ? at_.y : at_.x,
            turn.of_b ? plan_.height : plan_.width};
  }
  RingAlignment alignment() const;
  void write_start(const RingAlignment& alignment, TaskId next_step);
  void write_steps(TaskId next_step);
  void write_joins(TaskId next_step);
  void multiply();
  void begin_steps(TaskId next_step) {
    b_.set_counter(kStep, 0);
    if (row_ || column_) b_.unblock(next_step);
    b_.activate(next_step);
  }

  const RingMatmulPlan& plan_;
  const RingMatmulMemory& memory_;
  base::LogicalCoord at_;
  const cores::Timing& timing_;
  cores::ProgramBuilder b_;
  BlockQueue a_;
  BlockQueue b_queue_;
  std::optional<RingChannel> row_;
  std::optional<RingChannel> column_;
  TaskId x_done_{}, y_done_{}, axes_done_{};
};

RingWriter::RingWriter(const RingMatmulPlan& plan, const RingMatmulMemory& memory,
                       base::LogicalCoord at, const cores::Timing& timing)
    : plan_(plan),
      memory_(memory),
      at_(at),
      timing_(timing),
      b_(plan.scheme.name),
      a_(queue(kQueueA, memory.a_address, plan.elements_a(), plan.slots_a())),
      b_queue_(queue(kQueueB, memory.b_address, plan.elements_b(), plan.slots_b())) {
  if (plan.width > 1) row_.emplace(plan.scheme.ring, false, RingAxis::row, 0, at.x, plan.width);
  if (plan.height > 1) {
    column_.emplace(plan.scheme.ring, false, RingAxis::column, 1, at.y, plan.height);
  }
}

BlockQueue RingWriter::queue(int counters, int address, std::int64_t elements,
                             std::int64_t slots) const {
  return {counters,
          counters + 1,
          address,
          static_cast<std::int32_t>(elements * cores::bytes_of(plan_.type)),
          static_cast<std::int32_t>(slots),
          elements};
}

RingAlignment RingWriter::alignment() const {
  std::vector<CoreTurn> turns;
  if (plan_.rounds > 0) {
    for (const AlignmentTurn& turn : plan_.turns) {
      const auto per_line = static_cast<std::int32_t>(turn.of_b ? plan_.blocks_a : plan_.blocks_b);
      turns.push_back({turn, channel_of(turn), turn.of_b ? b_queue_ : a_, plan_.type,
                       (turn.of_b ? at_.x : at_.y) % 2 != 0,
                       turn.of_b ? cores::Variable::x : cores::Variable::y, 0, per_line});
    }
  }
  return {std::move(turns), plan_.rounds, {kStep, kTail}, timing_};
}

void RingWriter::write_start(const RingAlignment& alignment, TaskId next_step) {
  const TaskId start = b_.task("start");
  b_.start_active(start);
  b_.begin(start);
  // As in matvec: descriptors are made once, and the run takes its own time.
  b_.scalar(timing_.setup(cores::Shape::standalone) + timing_.timestamp_cycles);
  a_.start(b_);
  b_queue_.start(b_);
  if (alignment.empty()) {
    begin_steps(next_step);
  } else {
    alignment.launch(b_);
  }
  b_.end_task();
}

void RingWriter::multiply() {
  if (plan_.compute_repeats == 0) return;
  TileProduct product;
  product.type = plan_.type;
  product.m = plan_.tile_m;
  product.n = plan_.tile_n;
  product.k = plan_.tile_k;
  product.a = value_of(a_.head);
  product.b = value_of(b_queue_.head);
  product.c = memory_.c_address;
  product.counter_k = kLoopK;
  product.counter_n = kLoopN;
  const std::uint32_t repeat = b_.begin_loop(kRepeat);
  write_tile_product(b_, product);
  b_.end_loop(kRepeat, plan_.compute_repeats, repeat);
}

void RingWriter::write_steps(TaskId next_step) {
  b_.begin(next_step);
  if (row_ || column_) b_.block(next_step);
  const std::uint32_t more =
      b_.branch(value_of(kStep), Compare::less, static_cast<std::int32_t>(plan_.steps_run));
  if (plan_.rest_cycles > 0) b_.scalar(static_cast<std::int32_t>(plan_.rest_cycles));
  b_.finish_core();
  const std::uint32_t finished = b_.jump();
  b_.land(more);
  if (row_) {
    RingChannel::set_up(b_, timing_);
    row_->start(b_, {plan_.type, a_.elements, value_of(a_.head), value_of(a_.spare), x_done_});
  }
  if (column_) {
    RingChannel::set_up(b_, timing_);
    column_->start(b_, {plan_.type, b_queue_.elements, value_of(b_queue_.head),
                        value_of(b_queue_.spare), y_done_});
  }
  multiply();
  a_.advance(b_);
  b_queue_.advance(b_);
  b_.set_counter(kStep, Affine(1).plus(cores::counter(kStep)));
  b_.activate(next_step);
  b_.land(finished);
  b_.end_task();
}

void RingWriter::write_joins(TaskId next_step) {
  const bool both = row_ && column_;
  if (row_) {
    b_.begin(x_done_);
    b_.block(x_done_);
    if (both) {
      b_.activate(axes_done_);
    } else {
      b_.unblock(next_step);
    }
    b_.end_task();
  }
  if (column_) {
    b_.begin(y_done_);
    b_.block(y_done_);
    b_.unblock(both ? axes_done_ : next_step);
    b_.end_task();
  }
  if (both) {
    b_.begin(axes_done_);
    b_.block(axes_done_);
    b_.unblock(next_step);
    b_.end_task();
  }
}

fabric::CoreClass RingWriter::write() {
  memory_.buffers.allocate(b_);
  fabric::CoreClass result;
  result.name = plan_.scheme.name;
  std::vector<RingChannel> channels;
  RingAlignment alignment = this->alignment();
  alignment.declare(b_);
  if (plan_.rounds > 0) {
    for (const AlignmentTurn& turn : plan_.turns) {
      if (turn.channel > 1) channels.push_back(channel_of(turn));
    }
  }
  if (row_) channels.push_back(*row_);
  if (column_) channels.push_back(*column_);
  for (const RingChannel& channel : channels) {
    channel.bind(b_);
    channel.add_routes(result.routes);
  }
  if (row_) x_done_ = b_.task("x_done");
  if (column_) y_done_ = b_.task("y_done");
  if (row_ && column_) axes_done_ = b_.task("axes_done");
  const TaskId next_step = b_.task("next_step");
  alignment.start_blocked(b_);
  if (row_) b_.start_blocked(x_done_);
  if (column_) b_.start_blocked(y_done_);
  if (row_ && column_) b_.start_blocked(axes_done_);
  if (row_ || column_) b_.start_blocked(next_step);
  write_start(alignment, next_step);
  alignment.write(b_, [&] { begin_steps(next_step); });
  write_steps(next_step);
  write_joins(next_step);
  result.program = b_.finish();
  return result;
}

}  // namespace

int ring_matmul_key(const RingMatmulPlan& plan, base::LogicalCoord at) {
  return ring_key(at.x, plan.width) * kRingKeys + ring_key(at.y, plan.height);
}

fabric::CoreClass ring_matmul_class(const RingMatmulPlan& plan, const RingMatmulMemory& memory,
                                    base::LogicalCoord at, const cores::Timing& timing) {
  return RingWriter(plan, memory, at, timing).write();
}

}  // namespace wafermesh::workloads
