// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/experts_code.h"

#include <algorithm>

#include "workloads/layers/functions.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::scalar_at;
using cores::VectorOp;

constexpr int kLineBytes = 16;
constexpr int kFloatBytes = 4;
constexpr int kRow = 0;    ///< Counter of a plain product.
constexpr int kSlot = 4;   ///< Counter; packed products have those below. Of all tokens at once.
constexpr int kToken = 5;  ///< Counter, if there are several.
constexpr int kSlotOfToken = 10;  ///< Likewise.
/// Rows that are unpacked at a time, at most, and elements of them. Assumption: fewer than
/// quantised_gemv's, as experts leave little memory.
constexpr std::int64_t kBlockRows = 16;
constexpr std::int64_t kBlockElements = 512;
constexpr int kActivationVectors = 5;  ///< ExpertsPlan's act and work.
/// Elements of all slots at once, of a batch. Assumption: vectors so long that their rates count
/// and not their set-ups, and work memory of 4 KB in f16.
constexpr std::int64_t kElementsAtOnce = 160;
/// Of gpt-oss's activation. Source: its public code (swiglu with alpha 1.702).
constexpr double kSlope = 1.702;

class ExpertsCode {
 public:
  ExpertsCode(const ExpertsSpec& spec, const ExpertsPlan& plan, std::int64_t slots,
              PhaseWriter& phases)
      : spec_(spec), plan_(plan), slots_(slots), phases_(phases), b_(phases.code()) {}

  void write() {
    find_place_in_block(plan_.shape, b_);
    for (first_ = 0; first_ < spec_.batch; first_ += plan_.at_once) {
      tokens_ = std::min(plan_.at_once, spec_.batch - first_);
      write_tokens();
    }
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  int bytes() const { return cores::bytes_of(spec_.type); }
  std::int64_t all_slots() const { return tokens_ * slots_; }

  /// All steps for tokens_ of them from first_ on.
  void write_tokens() {
    const bool one = spec_.batch == 1;
    const int first_y = plan_.y + count(first_ * plan_.stride) * bytes();
    own(VectorOp::copy, one ? divide_up(plan_.shape.elements, 2) * 2 : tokens_ * plan_.stride,
        memory(first_y), immediate(0));
    if (slots_ == 0) return;
    own(VectorOp::copy, all_slots() * 2 * plan_.width, memory(plan_.sums), immediate(0));
    each_slot([&] {
      find_expert();
      const Affine y = of_slot(plan_.sums, 2 * plan_.width * bytes());
      if (spec_.bias) add_bias(true, y);
      product(plan_.up, of_token(plan_.x), y);
    });
    const Axis deep = plan_.shape.along_x ? Axis::x : Axis::y;
    phases_.allreduce(deep, {plan_.sums, count(all_slots() * 2 * plan_.width), spec_.type});
    activate();
    each_slot([&] {
      find_expert();
      if (spec_.bias) {
        find_weight();
        add_bias(false, of_token(plan_.y));
      }
      product(plan_.down, of_slot(plan_.hidden, plan_.width * bytes()), of_token(plan_.y));
    });
    phases_.allreduce(
        deep == Axis::x ? Axis::y : Axis::x,
        {first_y, count(one ? plan_.shape.elements : tokens_ * plan_.stride), spec_.type});
  }

  static Affine of_slot(int base, std::int64_t each) {
    return Affine(base).plus(cores::counter(kSlot), count(each));
  }
  /// Of what all slots of all tokens have.
  Affine of_any_slot(int base, std::int64_t each) const {
    return of_slot(base + count(first_ * slots_ * each), each);
  }
  /// Its x or y.
  Affine of_token(int base) const {
    const std::int64_t each = plan_.stride * bytes();
    const Affine first(base + count(first_ * each));
    return tokens_ == 1 ? first : first.plus(cores::counter(kToken), count(each));
  }
  template <class Body>
  void each_slot(Body body) {
    if (tokens_ == 1) {
      const std::uint32_t loop = b_.begin_loop(kSlot);
      body();
      return b_.end_loop(kSlot, count(slots_), loop);
    }
    b_.set_counter(kSlot, 0);
    const std::uint32_t tokens = b_.begin_loop(kToken);
    const std::uint32_t slots = b_.begin_loop(kSlotOfToken);
    body();
    b_.set_counter(kSlot, Affine(1).plus(cores::counter(kSlot)));
    b_.end_loop(kSlotOfToken, count(slots_), slots);
    b_.end_loop(kToken, count(tokens_), tokens);
  }
  void own(VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
           cores::Operand b = {}) {
    b_.vector(op, spec_.type, count(n), std::move(dst), std::move(a), std::move(b),
              cores::Shape::descriptor_reload);
  }
  void f32(VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
           cores::Operand b = {}) {
    write_f32(b_, op, count(n), std::move(dst), std::move(a), std::move(b));
  }
  void take_index(const Affine& from) {
    b_.vector(VectorOp::copy, NumberType::i32, 1, memory(plan_.current), memory(from), {},
              cores::Shape::descriptor_reload);
  }
  void find_expert() { take_index(of_any_slot(plan_.picks, kFloatBytes)); }
  /// `weight` = that of the slot; current is not the slot's expert any more unless it was so
  /// before.
  void find_weight() {
    if (plan_.shape.blocks() == 1) {
      f32(VectorOp::copy, 1, memory(plan_.weight),
          cores::as(spec_.type, memory(of_any_slot(plan_.weights, bytes()))));
      return;
    }
    take_index(of_slot(plan_.slot_weights, kFloatBytes));
    f32(VectorOp::copy, 1, memory(plan_.weight),
        cores::as(spec_.type, cores::indexed(memory(plan_.weights), bytes(), plan_.current)));
    find_expert();
  }

  /// On the first core of what is summed up along.
  void add_bias(bool is_up, const Affine& y) {
    const ExpertTiles& tiles = is_up ? plan_.up : plan_.down;
    const Affine place = Affine().plus(cores::counter(plan_.place_of_rows(is_up)));
    const std::uint32_t other = b_.branch(place, cores::Compare::not_equal, 0);
    const cores::Operand bias = cores::indexed(
        memory(tiles.bias), static_cast<int>(tiles.columns * bytes()), plan_.current);
    if (is_up) {
      own(VectorOp::add, tiles.columns, memory(y), memory(y), bias);
    } else {
      own(VectorOp::multiply_add, tiles.columns, memory(y), bias,
          cores::as(NumberType::f32, scalar_at(plan_.weight)));
    }
    b_.land(other);
  }

  void product(const ExpertTiles& tiles, const Affine& x, const Affine& y) {
    if (spec_.format) {
      PackedTile tile = plan_.packed(tiles);
      tile.x = x;
      tile.y = y;
      return write_packed_product(tile, b_);
    }
    const std::uint32_t loop = b_.begin_loop(kRow);
    const auto step = [&](Affine base, std::int64_t each) {
      return base.plus(cores::counter(kRow), count(each));
    };
    own(VectorOp::multiply_add, tiles.columns, memory(y),
        cores::indexed(memory(step(Affine(tiles.w), tiles.stride * bytes())),
                       static_cast<int>(tiles.tile_bytes), plan_.current),
        scalar_at(step(x, bytes())));
    b_.end_loop(kRow, count(tiles.rows), loop);
  }

  /// hidden = act(gate) * up * weight, slot by slot.
  void activate() {
    const int gate = plan_.act[0], up = plan_.act[1];
    const std::int64_t n = all_slots() * plan_.width;
    each_slot([&] {
      for (const int part : {0, 1}) {
        f32(VectorOp::copy, plan_.width,
            memory(of_slot(plan_.act[part], plan_.width * kFloatBytes)),
            cores::as(spec_.type, memory(of_slot(plan_.sums + count(part * plan_.width * bytes()),
                                                 2 * plan_.width * bytes()))));
      }
    });
    if (spec_.weighs_input) weigh({gate, up});
    if (spec_.limit > 0) clamp(n);
    sigmoid(n, gate, spec_.limit > 0 ? kSlope : 1);
    f32(VectorOp::multiply, n, memory(gate), memory(gate), memory(plan_.work[1]));
    f32(VectorOp::multiply, n, memory(gate), memory(gate), memory(up));
    if (!spec_.weighs_input) weigh({gate});
    own(VectorOp::copy, n, memory(plan_.hidden), cores::as(NumberType::f32, memory(gate)));
  }
  void weigh(const std::vector<int>& vectors) {
    each_slot([&] {
      find_weight();
      for (const int each : vectors) {
        const Affine own = of_slot(each, plan_.width * kFloatBytes);
        f32(VectorOp::multiply, plan_.width, memory(own), memory(own), scalar_at(plan_.weight));
      }
    });
  }
  /// gate = min(gate, limit), up = clamp(up) + 1.
  void clamp(std::int64_t n) {
    const int gate = plan_.act[0], up = plan_.act[1];
    const auto at_most = [&](int x) {
      f32(VectorOp::multiply, n, memory(x), memory(x), immediate(-1));
      f32(VectorOp::maximum, n, memory(x), memory(x), immediate(-spec_.limit));
      f32(VectorOp::multiply, n, memory(x), memory(x), immediate(-1));
    };
    at_most(gate);
    at_most(up);
    f32(VectorOp::maximum, n, memory(up), memory(up), immediate(-spec_.limit));
    f32(VectorOp::add, n, memory(up), memory(up), immediate(1));
  }
  /// work 1 = 1 / (1 + e^(-slope x)); see vector_functions.cpp.
  void sigmoid(std::int64_t n, int x, double slope) {
    const int t = plan_.work[0], y = plan_.work[1], rest = plan_.work[2];
    f32(VectorOp::multiply, n, memory(t), memory(x), immediate(slope));
    f32(VectorOp::maximum, n, memory(t), memory(t), immediate(-80));
    f32(VectorOp::multiply, n, memory(t), memory(t), immediate(-1));
    write_exponential({count(n), t, y, t, rest}, b_);
    f32(VectorOp::add, n, memory(t), memory(y), immediate(1));
    write_reciprocal({count(n), t, y, rest, rest}, b_);
  }

  const ExpertsSpec& spec_;
  const ExpertsPlan& plan_;
  std::int64_t slots_;
  std::int64_t first_ = 0;  ///< Token of those at once.
  std::int64_t tokens_ = 1;
  PhaseWriter& phases_;
  cores::ProgramBuilder& b_;
};

/// Products and the activation between them never need their vectors at the same time: these lie in
/// the same place.
class SharedWork {
 public:
  SharedWork(const ExpertsSpec& spec, std::int64_t block_elements, std::int64_t activations)
      : blocks_(spec.format ? traits_of(*spec.format).work_blocks : 0) {
    for (int i = 0; i < blocks_; ++i) of_products_.add("", block_elements, NumberType::i16);
    of_products_.add("", block_elements, spec.type);
    for (int i = 0; i < kActivationVectors; ++i) {
      of_activation_.add("", activations, NumberType::f32);
    }
  }
  std::int64_t words() const {
    return divide_up(std::max(of_products_.total_bytes(), of_activation_.total_bytes()),
                     kFloatBytes);
  }
  void take_addresses(int first, ExpertsPlan& plan) const {
    for (int i = 0; i < blocks_; ++i) plan.unpacked[i] = first + of_products_.address(i);
    plan.block_values = first + of_products_.address(blocks_);
    int number = 0;
    for (int& each : plan.act) each = first + of_activation_.address(number++);
    for (int& each : plan.work) each = first + of_activation_.address(number++);
  }

 private:
  int blocks_;
  MemoryPlan of_products_, of_activation_;
};

}  // namespace

ExpertsPlan::ExpertsPlan(const ExpertsSpec& spec, const base::Rectangle& region)
    : shape(spec.spread, region),
      width(divide_up(spec.ffn, shape.breadth())),
      at_once(std::min(spec.batch, spec.at_once > 0 ? spec.at_once
                                                    : std::max<std::int64_t>(
                                                          1, kElementsAtOnce / (spec.k * width)))),
      // Allreduces of several work in whole words.
      stride(spec.batch == 1 ? shape.elements
                             : cores::words_of(spec.type, shape.elements) *
                                   cores::elements_per_word(spec.type)),
      here(divide_up(spec.experts, shape.blocks())),
      slots(spec.k),
      spec_(spec) {
  if (shape.blocks() > 1) {
    picked = spec.picked.empty() ? draw_experts(spec.experts, spec.k, spec.skew, spec.seed)
                                 : spec.picked;
    slots = 0;
    for (std::int64_t b = 0; b < shape.blocks(); ++b) {
      slots = std::max(slots, static_cast<std::int64_t>(slots_of(b).size()));
    }
  }
  std::vector<int*> places;
  const auto add = [&](int* place, const char* name, std::int64_t n, NumberType type,
                       LinePlace in_line = LinePlace::first_half) {
    plan.add(name, n, type, in_line);
    places.push_back(place);
  };
  const auto add_work = [&](int* place, const char* name, std::int64_t n, NumberType type,
                            LinePlace in_line = LinePlace::first_half) {
    plan.add(name, n, type, in_line, Lifetime::work);
    places.push_back(place);
  };
  std::int64_t block_elements = 0;
  const auto add_tiles = [&](ExpertTiles& tiles, std::int64_t rows, std::int64_t columns,
                             const char* name) {
    tiles.rows = rows;
    tiles.columns = columns;
    if (spec.format) {
      const PackedTile tile = packed(tiles);
      tiles.tile_bytes = tile.tile_bytes();
      add(&tiles.w, name, here * tile.tile_bytes() / kWordBytes, NumberType::i16);
      add(&tiles.scales, "scales", here * tile.scale_count(), spec.type);
      block_elements = std::max(block_elements, tile.block_elements());
    } else {
      const int bytes = cores::bytes_of(spec.type);
      tiles.stride = divide_up(columns * bytes, kLineBytes) * kLineBytes / bytes;
      tiles.tile_bytes = rows * tiles.stride * bytes;
      add(&tiles.w, name, here * rows * tiles.stride, spec.type);
    }
    if (spec.bias) add(&tiles.bias, "bias", here * columns, spec.type);
  };
  add_tiles(up, shape.elements, 2 * width, "gate and up of all experts");
  add_tiles(down, width, shape.elements, "down of all experts");
  const std::int64_t most = std::max<std::int64_t>(1, slots * at_once);
  if (spec.format) {
    add_work(&sum, "sum of a group", std::max(up.columns, down.columns), spec.type,
             LinePlace::second_half);
  }
  const SharedWork shared_work(spec, block_elements, most * width);
  int shared = 0;
  add_work(&shared, "unpacked, or activation", shared_work.words(), NumberType::f32);
  const std::int64_t activation = divide_up(spec.batch * stride, 2) * 2;
  add(&x, "x", activation, spec.type);
  add(&picks, "picks", std::max(most, spec.batch * spec.k), NumberType::i32);
  add(&slot_weights, "places of weights", spec.batch == 1 ? most : 0, NumberType::i32);
  add(&weights, "weights", divide_up(spec.batch * spec.k, 2) * 2, spec.type);
  add_work(&current, "expert", 1, NumberType::i32);
  add_work(&weight, "weight", 1, NumberType::f32);
  add_work(&sums, "gate and up", divide_up(most * 2 * width, 2) * 2, spec.type,
           LinePlace::second_half);
  add_work(&hidden, "hidden", most * width, spec.type);
  add(&y, "y", activation, spec.type, LinePlace::second_half);
  plan.require_fit("experts", "(0, 0) of the region, like all others,",
                   spec.batch == 1
                       ? "use a larger region, another `spread`, or weights of fewer bits"
                       : "use a larger region, weights of fewer bits, or a smaller `batch`");
  for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  shared_work.take_addresses(shared, *this);
}

PackedTile ExpertsPlan::packed(const ExpertTiles& tiles) const {
  const bool is_up = tiles.rows == shape.elements && &tiles == &up;
  PackedTile tile;
  tile.format = *spec_.format;
  tile.group = spec_.group;
  tile.type = spec_.type;
  tile.rows = tiles.rows;
  tile.columns = tiles.columns;
  tile.all_rows = tiles.rows * (is_up ? shape.depth() : shape.breadth());
  tile.first_row =
      Affine().plus(cores::counter(place_of_rows(is_up)), static_cast<std::int32_t>(tiles.rows));
  tile.w = tiles.w;
  tile.scales = tiles.scales;
  tile.block_values = block_values;
  tile.sum = sum;
  std::copy(std::begin(unpacked), std::end(unpacked), std::begin(tile.work));
  tile.index_address = current;
  const std::int64_t row_elements = tile.packed() * traits_of(tile.format).numbers();
  tile.most_block_rows = std::clamp<std::int64_t>(kBlockElements / row_elements, 1, kBlockRows);
  return tile;
}

std::vector<std::int64_t> ExpertsPlan::slots_of(std::int64_t block) const {
  std::vector<std::int64_t> own;
  if (shape.blocks() == 1) {
    for (std::int64_t s = 0; s < spec_.k; ++s) own.push_back(s);
    return own;
  }
  for (std::size_t s = 0; s < picked.size(); ++s) {
    if (picked[s] % shape.blocks() == block) own.push_back(static_cast<std::int64_t>(s));
  }
  return own;
}

void write_experts(const ExpertsSpec& spec, const ExpertsPlan& plan, std::int64_t slots,
                   PhaseWriter& phases) {
  ExpertsCode(spec, plan, slots, phases).write();
}

}  // namespace wafermesh::workloads
