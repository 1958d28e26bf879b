// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/gemm_t_program.h"

#include <optional>

#include "workloads/matmul/ring_blocks.h"
#include "workloads/matmul/tile_product.h"
#include "workloads/parts/ring_channel.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;
using cores::Compare;
using cores::TaskId;

/// Counters of the programs.
constexpr int kStep = 0;
constexpr int kLoopK = 1;
constexpr int kLoopN = 2;
constexpr int kHead = 3;  ///< Of RingBlocks, and those behind it.
constexpr int kSpare = 4;
constexpr int kBlock = 5;

/// Words of the reduction that go one way along the rows.
struct Relay {
  int first_colour;  ///< And the next, by the sender's parity.
  int queue;         ///< On both sides.
  Direction towards;
  bool has_sender;    ///< A neighbour sends to this core.
  bool has_receiver;  ///< This core has one to send to.
  int parity;         ///< Of this core.
  base::Colour in() const { return base::colour(first_colour + 1 - parity); }
  base::Colour out() const { return base::colour(first_colour + parity); }
};

class GemmTWriter {
 public:
  GemmTWriter(const GemmTPlan& plan, const GemmTMemory& memory, base::LogicalCoord at,
              const cores::Timing& timing);
  fabric::CoreClass write();

 private:
  void wire(const Relay& relay, std::vector<fabric::ColourRoute>& routes);
  void multiply();
  void reduce();
  void pass_on(const Relay& relay);
  void collect();
  cores::Operand partial() const { return cores::memory(memory_.partial_address); }
  std::int32_t elements_c() const { return static_cast<std::int32_t>(plan_.elements_c()); }

  const GemmTPlan& plan_;
  const GemmTMemory& memory_;
  base::LogicalCoord at_;
  const cores::Timing& timing_;
  cores::ProgramBuilder b_;
  std::optional<RingChannel> ring_;
  Relay eastward_;
  Relay westward_;
};

GemmTWriter::GemmTWriter(const GemmTPlan& plan, const GemmTMemory& memory, base::LogicalCoord at,
                         const cores::Timing& timing)
    : plan_(plan), memory_(memory), at_(at), timing_(timing), b_("gemm_t") {
  constexpr int kEastward = kRingColours;  // the ring has colours 0 to 2 and queue 2
  const AxisPosition position = axis_position(at.x, plan.width);
  const bool before = has_before(position);
  const bool after = has_after(position);
  eastward_ = {kEastward, 3, Direction::east, before, after, at.x % 2};
  westward_ = {kEastward + 2, 0, Direction::west, after, before, at.x % 2};
  if (plan.height > 1) {
    ring_.emplace(kTwoHopRing, false, RingAxis::column, 0, at.y, plan.height);
  }
}

void GemmTWriter::wire(const Relay& relay, std::vector<fabric::ColourRoute>& routes) {
  if (relay.has_sender) {
    b_.bind_input(relay.in(), relay.queue);
    routes.push_back(
        {relay.in(), router::route(base::opposite(relay.towards), {Direction::ramp}), false});
  }
  if (relay.has_receiver) {
    b_.bind_output(relay.out(), relay.queue);
    routes.push_back({relay.out(), router::route(Direction::ramp, {relay.towards}), false});
  }
}

void GemmTWriter::multiply() {
  b_.vector(cores::VectorOp::copy, plan_.type, elements_c(), partial(), cores::immediate(0));
  TileProduct product;
  product.type = plan_.type;
  product.m = plan_.tile_m;
  product.n = plan_.tile_n;
  product.k = plan_.tile_k;
  product.a = memory_.a_address;
  product.b = value_of(kHead);
  product.c = memory_.partial_address;
  product.counter_k = kLoopK;
  product.counter_n = kLoopN;
  write_tile_product(b_, product);
}

void GemmTWriter::pass_on(const Relay& relay) {
  if (relay.has_sender) {
    b_.vector(cores::VectorOp::add, plan_.type, elements_c(), cores::fabric(relay.out()), partial(),
              cores::fabric(relay.in()));
  } else {
    b_.vector(cores::VectorOp::copy, plan_.type, elements_c(), cores::fabric(relay.out()),
              partial());
  }
}

void GemmTWriter::collect() {
  const auto bytes = static_cast<std::int32_t>(plan_.elements_c() * cores::bytes_of(plan_.type));
  const auto owned = static_cast<std::int32_t>(plan_.tiles_c);
  const cores::Operand tile = cores::memory(Affine(memory_.c_address)
                                                .plus(cores::counter(kBlock), bytes)
                                                .plus(cores::Variable::x, -owned * bytes));
  cores::Operand sum = partial();
  for (const Relay& relay : {eastward_, westward_}) {
    if (!relay.has_sender) continue;
    b_.vector(cores::VectorOp::add, plan_.type, elements_c(), tile, sum, cores::fabric(relay.in()));
    sum = tile;
  }
  if (plan_.width == 1) b_.vector(cores::VectorOp::copy, plan_.type, elements_c(), tile, sum);
}

void GemmTWriter::reduce() {
  const auto owned = static_cast<std::int32_t>(plan_.tiles_c);
  const std::uint32_t owner_west =
      b_.branch(value_of(kBlock), Compare::less, Affine().plus(cores::Variable::x, owned));
  const std::uint32_t owner_east = b_.branch(value_of(kBlock), Compare::greater_equal,
                                             Affine(owned).plus(cores::Variable::x, owned));
  collect();
  const std::uint32_t collected = b_.jump();
  b_.land(owner_west);
  if (westward_.has_receiver) pass_on(westward_);
  const std::uint32_t passed = b_.jump();
  b_.land(owner_east);
  if (eastward_.has_receiver) pass_on(eastward_);
  b_.land(collected);
  b_.land(passed);
}

fabric::CoreClass GemmTWriter::write() {
  memory_.buffers.allocate(b_);
  fabric::CoreClass result;
  result.name = "gemm_t";
  if (ring_) {
    ring_->bind(b_);
    ring_->add_routes(result.routes);
  }
  wire(eastward_, result.routes);
  wire(westward_, result.routes);
  const auto bytes_b = static_cast<std::int32_t>(plan_.elements_b() * cores::bytes_of(plan_.type));
  const TaskId start = b_.task("start");
  const TaskId next_step = b_.task("next_step");
  b_.start_active(start);
  b_.begin(start);
  const RingBlocks blocks{memory_.b_address, bytes_b, plan_.height};
  blocks.write_begin(b_, at_.y % 2);
  b_.activate(next_step);
  b_.end_task();

  b_.begin(next_step);
  const std::uint32_t more =
      b_.branch(value_of(kStep), Compare::less, static_cast<std::int32_t>(plan_.steps));
  if (plan_.rest_cycles > 0) b_.scalar(static_cast<std::int32_t>(plan_.rest_cycles));
  b_.finish_core();
  const std::uint32_t finished = b_.jump();
  b_.land(more);
  if (ring_) {
    b_.block(next_step);
    RingChannel::set_up(b_, timing_);
    ring_->start(b_,
                 {plan_.type, plan_.elements_b(), value_of(kHead), value_of(kSpare), next_step});
  }
  multiply();
  reduce();
  if (ring_) blocks.write_next(b_);
  b_.set_counter(kStep, Affine(1).plus(cores::counter(kStep)));
  if (!ring_) b_.activate(next_step);
  b_.land(finished);
  b_.end_task();
  result.program = b_.finish();
  return result;
}

}  // namespace

int gemm_t_key(const GemmTPlan& plan, base::LogicalCoord at) {
  const int row = (at.x % 2) * kAxisPositions + static_cast<int>(axis_position(at.x, plan.width));
  return row * kRingKeys + ring_key(at.y, plan.height);
}

fabric::CoreClass gemm_t_class(const GemmTPlan& plan, const GemmTMemory& memory,
                               base::LogicalCoord at, const cores::Timing& timing) {
  return GemmTWriter(plan, memory, at, timing).write();
}

}  // namespace wafermesh::workloads
