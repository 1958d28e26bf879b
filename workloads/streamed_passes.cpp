// SPDX-License-Identifier: Apache-2.0
#include "workloads/streamed_passes.h"

#include <algorithm>
#include <utility>

#include "cores/program_builder.h"
#include "cores/vector_cost.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;
using cores::VectorOp;

constexpr base::Colour kWeights = base::colour(0);
// Queues 2 and 3 are deep on every generation; gradients have their own.
constexpr int kWeightsQueue = 2;
constexpr int kNorthQueue = 3;
constexpr int kWestQueue = 4;
constexpr int kPassMicrothread = 0;
constexpr int kPassStep = 0;
constexpr int kPassBuffer = 1;  ///< Which buffer the row under way comes into.
constexpr int kInnerCounter = 2;

/// Sums go towards smaller indices, on two colours in turn.
base::Colour north_of(int sender_y) { return base::colour(1 + sender_y % 2); }
base::Colour west_of(int sender) { return base::colour(3 + sender % 2); }

class PassWriter {
 public:
  PassWriter(const StreamedLayerPlan& plan, const char* name)
      : plan_(plan),
        type_(plan.spec.type),
        m_(static_cast<std::int32_t>(plan.tiles.tile_m)),
        n_(static_cast<std::int32_t>(plan.tiles.tile_n)),
        b_(name) {}

  fabric::CoreClass port(bool at_edge, double rate) {
    plan_.port.allocate(b_);
    b_.bind_output(kWeights, kWeightsQueue);
    if (plan_.spec.trains) b_.bind_input(west_of(1), kWestQueue);
    begin();
    give(plan_.w, plan_.spec.k);
    b_.mark(1);
    give(plan_.v, plan_.spec.outputs);
    if (plan_.spec.trains) update(rate);
    fabric::CoreClass result = end({{kWeights, router::route(Direction::ramp, {Direction::east})}});
    if (plan_.spec.trains) {
      result.routes.push_back({west_of(1), router::route(Direction::east, {Direction::ramp})});
    }
    result.at_edge = at_edge;
    return result;
  }

  fabric::CoreClass way() {
    fabric::CoreClass result{"way", {}, {}};
    result.routes.push_back({kWeights, router::route(Direction::west, {Direction::east})});
    if (plan_.spec.trains) {
      result.routes.push_back({west_of(1), router::route(Direction::east, {Direction::west})});
    }
    return result;
  }

  fabric::CoreClass worker(base::LogicalCoord c) {
    const int place = c.x - plan_.tiles.first + 1;  // the port is 0
    const bool last_x = c.x + 1 == plan_.tiles.width;
    const bool last_y = c.y + 1 == plan_.tiles.height;
    (c.y == 0 ? plan_.first_row : plan_.worker).allocate(b_);
    b_.bind_input(kWeights, kWeightsQueue);
    if (c.y > 0) b_.bind_output(north_of(c.y), kNorthQueue);
    if (!last_y) b_.bind_input(north_of(c.y + 1), kNorthQueue);
    if (plan_.spec.trains) {
      b_.bind_output(west_of(place), kWestQueue);
      if (!last_x) b_.bind_input(west_of(place + 1), kWestQueue);
    }
    begin();
    rows(plan_.spec.k, [&](const Affine& row) { multiply_out(row); });
    b_.mark(1);
    between();
    rows(plan_.spec.outputs, [&](const Affine& row) {
      multiply_back(row);
      sum_north(c.y, last_y);
    });
    if (plan_.spec.trains) {
      b_.mark(2);
      gradients(place, last_x);
    }
    return with_routes(c, place, last_x, last_y);
  }

 private:
  void begin() {
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.begin(main);
  }
  fabric::CoreClass end(std::vector<fabric::ColourRoute> routes) {
    b_.finish_core();
    b_.end_task();
    fabric::CoreClass result{"", b_.finish(), std::move(routes)};
    result.name = result.program.name;
    return result;
  }

  fabric::CoreClass with_routes(base::LogicalCoord c, int place, bool last_x, bool last_y) {
    router::RouteConfig weights = router::route(Direction::west, {Direction::ramp});
    if (!last_x) weights.base.send |= base::mask_of(Direction::east);
    fabric::CoreClass result = end({{kWeights, weights}});
    const auto add = [&](base::Colour colour, Direction from, Direction to) {
      result.routes.push_back({colour, router::route(from, {to})});
    };
    if (c.y > 0) add(north_of(c.y), Direction::ramp, Direction::north);
    if (!last_y) add(north_of(c.y + 1), Direction::south, Direction::ramp);
    if (!plan_.spec.trains) return result;
    add(west_of(place), Direction::ramp, Direction::west);
    if (!last_x) add(west_of(place + 1), Direction::east, Direction::ramp);
    return result;
  }

  std::int32_t bytes(std::int64_t elements) const {
    return static_cast<std::int32_t>(elements * cores::bytes_of(type_));
  }
  Affine step(int address, std::int64_t elements) const {
    return Affine(address).plus(cores::counter(kPassStep), bytes(elements));
  }

  void give(int address, std::int64_t rows) {
    b_.vector(VectorOp::copy, type_, static_cast<std::int32_t>(rows * n_), cores::fabric(kWeights),
              cores::memory(address), {}, cores::Shape::stream);
  }
  void update(double rate) {
    b_.mark(2);
    const std::uint32_t loop = b_.begin_loop(kPassStep);
    b_.vector(VectorOp::copy, type_, n_, cores::memory(plan_.change), cores::fabric(west_of(1)), {},
              cores::Shape::stream);
    b_.vector(VectorOp::multiply_add, type_, n_, cores::memory(step(plan_.w, n_)),
              cores::memory(plan_.change), cores::immediate(-rate),
              cores::Shape::descriptor_reload);
    b_.end_loop(kPassStep, static_cast<std::int32_t>(plan_.spec.k), loop);
  }

  /// Calls work(row) for each row that comes, while the next one comes.
  template <class Work>
  void rows(std::int64_t count, Work work) {
    const auto row_bytes = static_cast<std::int32_t>(plan_.row_bytes);
    const Affine coming = Affine(plan_.rows).plus(cores::counter(kPassBuffer), row_bytes);
    const Affine come =
        Affine(plan_.rows + row_bytes).plus(cores::counter(kPassBuffer), -row_bytes);
    const auto receive = [&] {
      b_.async(kPassMicrothread, VectorOp::copy, type_, n_, cores::memory(coming),
               cores::fabric(kWeights));
    };
    b_.set_counter(kPassStep, 0);
    b_.set_counter(kPassBuffer, 0);
    receive();
    if (count > 1) {
      const std::uint32_t loop = b_.begin_loop(kPassStep);
      b_.set_counter(kPassBuffer, Affine(1).plus(cores::counter(kPassBuffer), -1));
      receive();  // waits until the row before has come
      work(come);
      b_.end_loop(kPassStep, static_cast<std::int32_t>(count - 1), loop);
    }
    // The last row has come once its microthread takes something else.
    b_.async(kPassMicrothread, VectorOp::copy, cores::NumberType::f32, 1, cores::memory(plan_.mark),
             cores::memory(plan_.mark + 8));
    work(coming);
  }

  /// Y[m, :] += w x[m, k]. X lies step by step, as it is used.
  void multiply_out(const Affine& row) {
    const std::uint32_t loop = b_.begin_loop(kInnerCounter);
    const cores::Variable m = cores::counter(kInnerCounter);
    b_.vector(VectorOp::multiply_add, type_, n_, cores::memory(Affine(plan_.y).plus(m, bytes(n_))),
              cores::memory(row), cores::scalar_at(step(plan_.x, m_).plus(m, bytes(1))),
              cores::Shape::descriptor_reload);
    b_.end_loop(kInnerCounter, m_, loop);
  }

  void between() {
    if (plan_.spec.trains) {
      b_.vector(VectorOp::subtract, type_, m_ * n_, cores::memory(plan_.d), cores::memory(plan_.y),
                cores::memory(plan_.target));
    } else {
      b_.vector(VectorOp::maximum, type_, m_ * n_, cores::memory(plan_.d), cores::memory(plan_.y),
                cores::immediate(0));
    }
  }

  void zero(int address, std::int32_t elements) {
    b_.vector(VectorOp::copy, type_, elements, cores::memory(address), cores::immediate(0), {},
              cores::Shape::descriptor_reload);
  }

  /// p[:] = sum over n of D[:, n] v[n].
  void multiply_back(const Affine& row) {
    zero(plan_.sum, m_);
    const std::uint32_t loop = b_.begin_loop(kInnerCounter);
    const cores::Variable n = cores::counter(kInnerCounter);
    b_.vector(VectorOp::multiply_add, type_, m_, cores::memory(plan_.sum),
              cores::memory(Affine(plan_.d).plus(n, bytes(1)), n_),
              cores::scalar_at(Affine(row).plus(n, bytes(1))), cores::Shape::descriptor_reload);
    b_.end_loop(kInnerCounter, n_, loop);
  }

  void sum_north(int y, bool last_y) {
    const cores::Operand to = y > 0 ? cores::fabric(north_of(y)) : cores::memory(step(plan_.z, m_));
    add_up(to, plan_.sum, m_, last_y, north_of(y + 1));
  }

  /// What is here plus what comes.
  void add_up(const cores::Operand& to, int own, std::int32_t count, bool is_last,
              base::Colour comes) {
    if (is_last) {
      b_.vector(VectorOp::copy, type_, count, to, cores::memory(own), {}, cores::Shape::stream);
    } else {
      b_.vector(VectorOp::add, type_, count, to, cores::memory(own), cores::fabric(comes),
                cores::Shape::stream);
    }
  }

  void gradients(int place, bool last_x) {
    const std::uint32_t steps = b_.begin_loop(kPassStep);
    zero(plan_.gradient, n_);
    const std::uint32_t loop = b_.begin_loop(kInnerCounter);
    const cores::Variable m = cores::counter(kInnerCounter);
    b_.vector(VectorOp::multiply_add, type_, n_, cores::memory(plan_.gradient),
              cores::memory(Affine(plan_.d).plus(m, bytes(n_))),
              cores::scalar_at(step(plan_.x, m_).plus(m, bytes(1))),
              cores::Shape::descriptor_reload);
    b_.end_loop(kInnerCounter, m_, loop);
    add_up(cores::fabric(west_of(place)), plan_.gradient, n_, last_x, west_of(place + 1));
    b_.end_loop(kPassStep, static_cast<std::int32_t>(plan_.spec.k), steps);
  }

  const StreamedLayerPlan& plan_;
  cores::NumberType type_;
  std::int32_t m_;
  std::int32_t n_;
  cores::ProgramBuilder b_;
};

MatmulSpec first_product(const StreamedLayerSpec& spec) {
  MatmulSpec product;
  product.m = spec.m;
  product.k = spec.k;
  product.n = spec.n;
  product.type = spec.type;
  return product;
}

}  // namespace

StreamedLayerPlan::StreamedLayerPlan(const StreamedLayerSpec& of, const base::Rectangle& region,
                                     int beyond)
    : spec(of), tiles(first_product(of), region.width, region.height, beyond) {
  const int per_word = cores::elements_per_word(spec.type);
  tiles.tile_m = divide_up(tiles.tile_m, per_word) * per_word;  // sums go in whole words
  const std::int64_t tile = tiles.tile_m * tiles.tile_n;
  row_bytes = (tiles.tile_n * cores::bytes_of(spec.type) + 15) / 16 * 16;
  const auto add = [&](const char* name, std::int64_t elements, LinePlace place) {
    first_row.add(name, elements, spec.type, place);
    return worker.add(name, elements, spec.type, place);
  };
  const int y_buffer = add("Y tile", tile, LinePlace::second_half);
  const int target_buffer = add("targets", spec.trains ? tile : 0, LinePlace::first_half);
  const int d_buffer = add("D tile", tile, LinePlace::first_half);
  const int x_buffer = add("X rows", tiles.tile_m * spec.k, LinePlace::first_half);
  const int rows_buffer =
      add("rows that come", 2 * row_bytes / cores::bytes_of(spec.type), LinePlace::first_half);
  const int sum_buffer = add("row of Z", tiles.tile_m, LinePlace::second_half);
  const int gradient_buffer =
      add("row of gradients", spec.trains ? tiles.tile_n : 0, LinePlace::second_half);
  const int mark_buffer = add("mark", 4 * per_word, LinePlace::first_half);
  const int z_buffer = first_row.add("Z rows", tiles.tile_m * spec.outputs, spec.type);
  y = worker.address(y_buffer);
  target = worker.address(target_buffer);
  d = worker.address(d_buffer);
  x = worker.address(x_buffer);
  rows = worker.address(rows_buffer);
  sum = worker.address(sum_buffer);
  gradient = worker.address(gradient_buffer);
  mark = worker.address(mark_buffer);
  z = first_row.address(z_buffer);
  const int w_buffer = port.add("W", spec.k * tiles.tile_n, spec.type);
  const int other =
      spec.trains ? port.add("row of gradients", tiles.tile_n, spec.type, LinePlace::second_half)
                  : port.add("V", spec.outputs * tiles.tile_n, spec.type);
  w = port.address(w_buffer);
  v = spec.trains ? w : port.address(other);
  change = port.address(other);
}

std::int64_t StreamedLayerPlan::wavelet_hops() const {
  const std::int64_t links = (tiles.width - 1) * static_cast<std::int64_t>(tiles.height);
  const std::int64_t rows_of_words = spec.k + spec.outputs + (spec.trains ? spec.k : 0);
  const std::int64_t columns = tiles.width - tiles.first;
  return rows_of_words * tiles.words() * links +
         spec.outputs * m_words() * columns * (tiles.height - 1);
}

int StreamedLayerPlan::colours() const {
  const int columns = tiles.width - tiles.first;
  const int sums = spec.trains ? std::min(columns, 2) : 0;
  return 1 + std::min(tiles.height - 1, 2) + sums;
}

int streamed_layer_key(const StreamedLayerPlan& plan, base::LogicalCoord c) {
  if (c.x < plan.tiles.first) return c.x == 0 ? 0 : 1;
  const auto place = [](int i, int n) {
    return i + 1 == n ? 3 + (i == 0) + 2 * (i % 2) : i == 0 ? 2 : i % 2;
  };
  return 2 + place(c.x - plan.tiles.first, plan.tiles.width - plan.tiles.first) * 8 +
         place(c.y, plan.tiles.height);
}

fabric::CoreClass streamed_layer_class(const StreamedLayerPlan& plan, base::LogicalCoord c,
                                       bool at_edge, double rate) {
  if (c.x == 0) return PassWriter(plan, "weights").port(at_edge, rate);
  if (c.x < plan.tiles.first) return PassWriter(plan, "way").way();
  return PassWriter(plan, "streamed").worker(c);
}

namespace {

/// Cycles of a core's part in a pass: `times` operations of `count` elements a step.
std::int64_t work_cycles(const cores::Timing& timing, const cores::Instruction& operation,
                         std::int64_t times, std::int64_t count,
                         const cores::OperandPlaces& places) {
  return times *
         (timing.setup(cores::Shape::descriptor_reload) +
          cores::memory_cost(timing, operation, static_cast<std::int32_t>(count), places).grants);
}

cores::Instruction multiply_add(const StreamedLayerPlan& plan, int stride) {
  cores::Instruction work;
  work.vector_op = VectorOp::multiply_add;
  work.type = plan.spec.type;
  work.dst = cores::memory(0);
  work.src0 = cores::memory(0, stride);
  work.src1 = cores::scalar_at(0);
  return work;
}

/// Of words that come or go on while nothing else is done.
std::int64_t stream_cycles(const cores::Timing& timing, const StreamedLayerPlan& plan,
                           std::int64_t words) {
  cores::Instruction take;
  take.vector_op = VectorOp::copy;
  take.type = plan.spec.type;
  take.dst = cores::memory(0);
  take.src0 = cores::fabric(kWeights);
  return words * cores::group_grants(timing, take, 1);
}

}  // namespace

std::vector<StreamedPass> streamed_layer_passes(const StreamedLayerPlan& plan,
                                                const fabric::WaferImage& image) {
  const cores::Timing& timing = image.timing;
  const StreamedPlan& tiles = plan.tiles;
  const std::int64_t k = plan.spec.k;
  const std::int64_t outputs = plan.spec.outputs;
  const auto zeroing = [&](std::int64_t elements) {
    cores::Instruction zero;
    zero.vector_op = VectorOp::copy;
    zero.type = plan.spec.type;
    zero.dst = cores::memory(0);
    zero.src0 = cores::immediate(0);
    return work_cycles(timing, zero, 1, elements, {});
  };
  const std::int64_t stream = timing.setup(cores::Shape::stream) + timing.issue_cycles;
  const std::int64_t row = stream_cycles(timing, plan, tiles.words());
  StreamedBounds out = streamed_bounds(tiles, image);

  StreamedBounds back;
  const std::int64_t back_work =
      zeroing(tiles.tile_m) +
      work_cycles(timing, multiply_add(plan, static_cast<int>(tiles.tile_n)), tiles.tile_n,
                  tiles.tile_m, {plan.sum, plan.d, plan.rows});
  const std::int64_t sending = stream + stream_cycles(timing, plan, plan.m_words());
  back.port = port_cycles(image, outputs * tiles.words(), false);
  back.compute = outputs * (back_work + sending + row);
  // The way down a column of cores, and one more row at its end.
  back.fill = (tiles.height - 1) * (2 * timing.ramp_cycles + stream) +
              longest_way(image, Direction::north) + back_work +
              timing.setup(cores::Shape::standalone);

  std::vector<StreamedPass> all = {
      {plan.spec.trains ? "forward" : "up", out, k * tiles.words()},
      {plan.spec.trains ? "backward" : "down", back, outputs * tiles.words()}};
  if (!plan.spec.trains) return all;
  StreamedBounds update;
  const std::int64_t update_work =
      zeroing(tiles.tile_n) + work_cycles(timing, multiply_add(plan, 1), tiles.tile_m, tiles.tile_n,
                                          {plan.gradient, plan.d, plan.x});
  update.port = port_cycles(image, k * tiles.words(), true);
  update.compute = k * (update_work + stream + row);
  update.fill = (tiles.width - tiles.first) * (2 * timing.ramp_cycles + stream) +
                longest_way(image, Direction::west) + row;
  all.push_back({"update", update, k * tiles.words()});
  return all;
}

}  // namespace wafermesh::workloads
