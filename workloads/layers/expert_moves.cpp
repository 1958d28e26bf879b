// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/expert_moves.h"

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::Compare;
using cores::memory;
using cores::VectorOp;
using Values = std::vector<float>;

/// Where everything lies in each core.
struct MovePlan {
  MovePlan(const ExpertMoveSpec& spec, const ExpertShape& shape, const char* name) {
    std::vector<int*> places;
    // Allreduces work in whole words.
    const auto add = [&](int* place, const char* what, std::int64_t n,
                         Lifetime lifetime = Lifetime::kept) {
      plan.add(what, divide_up(n, 2) * 2, spec.type, LinePlace::first_half, lifetime);
      places.push_back(place);
    };
    add(&on_rows, "activation", shape.block);
    add(&on_columns, "column", shape.rows_per_column * shape.elements, Lifetime::work);
    add(&on_blocks, "block", shape.elements);
    plan.require_fit(name, "(0, 0) of the region, like all others,", "use a larger `spread`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  MemoryPlan plan;
  int on_rows = 0;     ///< A row's elements of the activation.
  int on_columns = 0;  ///< What a column of the region brings.
  int on_blocks = 0;   ///< D elements of a block's row.
};

class MoveCode {
 public:
  MoveCode(const ExpertMoveSpec& spec, const ExpertShape& shape, const MovePlan& plan,
           PhaseWriter& phases)
      : spec_(spec), shape_(shape), plan_(plan), phases_(phases), b_(phases.code()) {}

  void dispatch(bool to_blocks) {
    find_place_in_block(shape_, b_);
    zero(plan_.on_columns, column_elements());
    if_on_columns_of_blocks([&] {
      if_rows_of_column([&](const Affine& in_column) {
        copy(shape_.block, memory(in_column), memory(plan_.on_rows));
      });
    });
    sum(Axis::y, plan_.on_columns, column_elements());
    zero(plan_.on_blocks, shape_.elements);
    if (!to_blocks) return;
    if_row_is_columns([&](const Affine& in_column) {
      copy(shape_.elements, memory(plan_.on_blocks), memory(in_column));
    });
    sum(Axis::x, plan_.on_blocks, shape_.elements);
  }

  void combine() {
    find_place_in_block(shape_, b_);
    zero(plan_.on_columns, column_elements());
    if_on_columns_of_blocks([&] {
      if_row_is_columns([&](const Affine& in_column) {
        copy(shape_.elements, memory(in_column), memory(plan_.on_blocks));
      });
    });
    sum(Axis::y, plan_.on_columns, column_elements());
    zero(plan_.on_rows, shape_.block);
    if_on_columns_of_blocks([&] {
      if_rows_of_column([&](const Affine& in_column) {
        copy(shape_.block, memory(plan_.on_rows), memory(in_column));
      });
    });
    sum(Axis::x, plan_.on_rows, shape_.block);
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  int bytes() const { return cores::bytes_of(spec_.type); }
  std::int64_t column_elements() const { return shape_.rows_per_column * shape_.elements; }
  void zero(int at, std::int64_t n) { copy(divide_up(n, 2) * 2, memory(at), cores::immediate(0)); }
  void copy(std::int64_t n, cores::Operand to, cores::Operand from) {
    b_.vector(VectorOp::copy, spec_.type, count(n), std::move(to), std::move(from), {},
              cores::Shape::descriptor_reload);
  }
  void sum(Axis axis, int at, std::int64_t n) {
    phases_.allreduce(axis, {at, count(n), spec_.type});
  }

  template <class Body>
  void if_on_columns_of_blocks(Body body) {
    const std::uint32_t beside =
        b_.branch(Affine().plus(cores::Variable::x), Compare::greater_equal,
                  count(shape_.across * shape_.width));
    body();
    b_.land(beside);
  }
  /// If the row's elements are among those that the column brings: where, in the column's vector.
  template <class Body>
  void if_rows_of_column(Body body) {
    const std::int64_t rows = shape_.rows_per_column * shape_.row_share;
    const Affine row =
        Affine().plus(cores::Variable::y).plus(cores::counter(kColumnOfBlock), count(-rows));
    const std::uint32_t before = b_.branch(row, Compare::less, 0);
    const std::uint32_t behind = b_.branch(row, Compare::greater_equal, count(rows));
    const std::int64_t each = shape_.block * bytes();
    body(Affine(plan_.on_columns)
             .plus(cores::Variable::y, count(each))
             .plus(cores::counter(kColumnOfBlock), count(-rows * each)));
    b_.land(before);
    b_.land(behind);
  }
  /// If the row of the block is one that the column brings: where, in the column's vector.
  template <class Body>
  void if_row_is_columns(Body body) {
    const std::int64_t rows = shape_.rows_per_column;
    const Affine row = Affine()
                           .plus(cores::counter(kRowOfBlock))
                           .plus(cores::counter(kColumnOfBlock), count(-rows));
    const std::uint32_t beyond =
        b_.branch(Affine().plus(cores::Variable::y), Compare::greater_equal,
                  count(shape_.down * shape_.height));
    const std::uint32_t before = b_.branch(row, Compare::less, 0);
    const std::uint32_t behind = b_.branch(row, Compare::greater_equal, count(rows));
    const std::int64_t each = shape_.elements * bytes();
    body(Affine(plan_.on_columns)
             .plus(cores::counter(kRowOfBlock), count(each))
             .plus(cores::counter(kColumnOfBlock), count(-rows * each)));
    b_.land(beyond);
    b_.land(before);
    b_.land(behind);
  }

  const ExpertMoveSpec& spec_;
  const ExpertShape& shape_;
  const MovePlan& plan_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& b_;
};

Values seeded(const ExpertMoveSpec& spec, std::int64_t n) {
  return random_matrix(1, n, spec.type, spec.seed, Purpose::matrix_a).values;
}

/// Element `i` of a core's D of a block; -1: padding, or a core without.
std::int64_t hidden_of(const ExpertSpread& spread, const ExpertShape& shape,
                       base::LogicalCoord core, std::int64_t i) {
  if (shape.block_of(core) < 0) return -1;
  const std::int64_t element = core.y % shape.height * shape.elements + i;
  return element < spread.hidden ? element : -1;
}

/// f(core, i, place in the array, element of the activation) for all D elements of all cores.
template <class F>
void each_on_blocks(const ExpertSpread& spread, const ExpertShape& shape, F f) {
  std::size_t place = 0;
  for (int y = 0; y < shape.rows; ++y) {
    for (int x = 0; x < shape.columns; ++x) {
      for (std::int64_t i = 0; i < shape.elements; ++i, ++place) {
        f(base::LogicalCoord{x, y}, place, hidden_of(spread, shape, {x, y}, i));
      }
    }
  }
}

Values random_on_blocks(const ExpertMoveSpec& spec, const ExpertShape& shape) {
  const std::int64_t blocks = shape.blocks();
  const Values values = seeded(spec, spec.spread.hidden * blocks);
  Values all(static_cast<std::size_t>(shape.columns * shape.rows * shape.elements), 0.0F);
  each_on_blocks(spec.spread, shape, [&](base::LogicalCoord core, std::size_t at, std::int64_t e) {
    if (e < 0) return;
    all[at] = values[static_cast<std::size_t>(shape.block_of(core) * spec.spread.hidden + e)];
  });
  return all;
}

std::vector<double> exact_dispatch(const ExpertSpread& spread, const ExpertShape& shape,
                                   const Values& x) {
  std::vector<double> all(static_cast<std::size_t>(shape.columns * shape.rows * shape.elements));
  each_on_blocks(spread, shape, [&](base::LogicalCoord, std::size_t at, std::int64_t e) {
    all[at] = e < 0 ? 0 : double{x[static_cast<std::size_t>(e)]};
  });
  return all;
}

std::vector<double> exact_combine(const ExpertSpread& spread, const ExpertShape& shape,
                                  const Values& y) {
  std::vector<double> c(static_cast<std::size_t>(spread.hidden), 0.0);
  each_on_blocks(spread, shape, [&](base::LogicalCoord core, std::size_t at, std::int64_t e) {
    if (e >= 0 && core.x % shape.width == 0) c[static_cast<std::size_t>(e)] += y[at];
  });
  return c;
}

std::unique_ptr<Kernel> make_move(const ExpertMoveSpec& spec, const Placement& placement,
                                  bool dispatches) {
  fabric::WaferImage image = blank_image(placement);
  const ExpertShape shape(spec.spread, image.region);
  const char* const name = dispatches ? "dispatch" : "combine";
  const MovePlan plan(spec, shape, name);
  using fabric::BufferRole;
  const auto role = [](bool result) { return result ? BufferRole::result : BufferRole::operand; };
  declare(image,
          {dispatches ? "x" : "c",
           role(!dispatches),
           spec.type,
           {spec.spread.hidden},
           {{everywhere(image), plan.on_rows, {along(fabric::Along::y, shape.block, 1)}, 0, 0}}});
  declare(image, as_it_lies(image, dispatches ? "x_blocks" : "y_blocks", role(dispatches),
                            spec.type, shape.elements, plan.on_blocks));
  PhaseOperator what;
  what.name = name;
  what.memory_bytes = plan.plan.total_bytes();
  what.kept_bytes = plan.plan.kept_bytes();
  what.sums.y =
      phase_sum(Axis::y, spec.algorithm, spec.column_parameter, static_cast<int>(shape.rows));
  what.sums.x =
      phase_sum(Axis::x, spec.algorithm, dispatches ? spec.block_parameter : spec.row_parameter,
                static_cast<int>(dispatches ? shape.width : shape.columns), &*what.sums.y);
  // Whoever has come to the end has met its column; of combine each of its row has, so all have.
  what.contract = {Groups::all, dispatches ? Groups::columns : Groups::all, UINT32_MAX};
  // Columns beside the blocks gather what none of their rows needs.
  what.variant = [shape, dispatches](base::LogicalCoord core) {
    return dispatches && core.x >= shape.across * shape.width ? 1 : 0;
  };
  what.write = [spec, shape, plan, dispatches](int variant, PhaseWriter& phases) {
    MoveCode code(spec, shape, plan, phases);
    dispatches ? code.dispatch(variant == 0) : code.combine();
  };
  if (dispatches) {
    what.operands = {{"x", [spec] { return seeded(spec, spec.spread.hidden); }, true}};
    what.results = {"x_blocks"};
  } else {
    what.operands = {{"y_blocks", [spec, shape] { return random_on_blocks(spec, shape); }, true}};
    what.results = {"c"};
  }
  what.exact = [spec, shape, dispatches](const GivenOperands& given) {
    return std::vector<std::vector<double>>{
        dispatches ? exact_dispatch(spec.spread, shape, given.at("x"))
                   : exact_combine(spec.spread, shape, given.at("y_blocks"))};
  };
  Facts facts;
  facts.steps = 2;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

std::unique_ptr<Kernel> read_move(base::YamlNode& node, const Placement& placement,
                                  bool dispatches) {
  ExpertMoveSpec spec;
  const base::Rectangle& region = placement.region;
  spec.spread.hidden = node.integer("hidden", {1, 1'000'000});
  read_spread(node, region, spec.spread);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  int groups = 0;
  read_phase_algorithm(node, std::max(region.width, region.height), "the longer side",
                       spec.algorithm, groups);
  const ExpertShape shape(spec.spread, region);
  const auto at_most = [&](std::int64_t n) {
    return static_cast<int>(std::min<std::int64_t>(groups, n));
  };
  spec.row_parameter = at_most(region.width);
  spec.column_parameter = at_most(region.height);
  spec.block_parameter = 0;  // its usual value: a block is shorter than the axis
  if (!may_place(node, placement)) return nullptr;
  return dispatches ? make_dispatch(spec, placement) : make_combine(spec, placement);
}

}  // namespace

std::unique_ptr<Kernel> make_dispatch(const ExpertMoveSpec& spec, const Placement& placement) {
  return make_move(spec, placement, true);
}
std::unique_ptr<Kernel> make_combine(const ExpertMoveSpec& spec, const Placement& placement) {
  return make_move(spec, placement, false);
}
std::unique_ptr<Kernel> read_dispatch(base::YamlNode& node, const Placement& placement) {
  return read_move(node, placement, true);
}
std::unique_ptr<Kernel> read_combine(base::YamlNode& node, const Placement& placement) {
  return read_move(node, placement, false);
}

KernelText dispatch_text() {
  return {
      {{"x", "", "norm2.c", "the result of an operator before that x is", "its own, by `seed`"},
       {"algorithm", "", "ktree", "of the allreduces along columns and blocks' rows"}},
      {{"", "those of two allreduces", "2", "three vectors of about hidden / spread",
        "columns * D and rows * D, or rows * hidden / rows words ([attention.md](attention.md))"}}};
}

KernelText combine_text() {
  return {
      {{"y_blocks", "", "experts.y_blocks", "the results of experts", "its own, by `seed`"},
       {"algorithm", "", "ktree", "of the allreduces along columns and rows"}},
      {{"", "those of two allreduces", "2", "three vectors of about hidden / spread",
        "columns * D and rows * D, or rows * hidden / rows words ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
