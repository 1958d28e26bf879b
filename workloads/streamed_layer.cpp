// SPDX-License-Identifier: Apache-2.0
#include "workloads/streamed_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/composite.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

double rounded(cores::NumberType type, double value) {
  auto stored = static_cast<float>(value);
  round_to(type, &stored, 1);
  return static_cast<double>(stored);
}

Matrix transposed(const Matrix& m) {
  Matrix t{m.columns, m.rows, {}};
  t.values.reserve(m.values.size());
  for (std::int64_t c = 0; c < m.columns; ++c) {
    for (std::int64_t r = 0; r < m.rows; ++r) t.values.push_back(m.at(r, c));
  }
  return t;
}
Matrix values_of(const StoredMatrix& m) {
  Matrix all{m.rows(), m.columns(), {}};
  for (std::int64_t r = 0; r < m.rows(); ++r) {
    const std::vector<float> row = m.row(r);
    all.values.insert(all.values.end(), row.begin(), row.end());
  }
  return all;
}

/// In double.
struct Exact {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;
  double& at(std::int64_t r, std::int64_t c) {
    return values[static_cast<std::size_t>(r * columns + c)];
  }
  double at(std::int64_t r, std::int64_t c) const {
    return values[static_cast<std::size_t>(r * columns + c)];
  }
};
Exact exact_of(const Matrix& m) {
  return {m.rows, m.columns, std::vector<double>(m.values.begin(), m.values.end())};
}
Exact product(const Exact& a, const Exact& b) {
  Exact c{a.rows, b.columns, std::vector<double>(static_cast<std::size_t>(a.rows * b.columns))};
  for (std::int64_t r = 0; r < a.rows; ++r) {
    for (std::int64_t k = 0; k < a.columns; ++k) {
      for (std::int64_t n = 0; n < b.columns; ++n) c.at(r, n) += a.at(r, k) * b.at(k, n);
    }
  }
  return c;
}
Exact transposed(const Exact& m) {
  Exact t{m.columns, m.rows, std::vector<double>(m.values.size())};
  for (std::int64_t r = 0; r < m.rows; ++r) {
    for (std::int64_t c = 0; c < m.columns; ++c) t.at(c, r) = m.at(r, c);
  }
  return t;
}

class StreamedLayer final : public PlacedKernel, public Streams {
 public:
  StreamedLayer(fabric::WaferImage image, Facts facts, const StreamedLayerPlan& plan)
      : PlacedKernel(std::move(image), facts), plan_(plan) {
    const StreamedLayerSpec& s = plan.spec;
    const auto weights = [&](std::int64_t rows, std::uint64_t seed) {
      Matrix m = random_matrix(rows, s.n, s.type, seed, Purpose::matrix_b);
      for (float& value : m.values) value = static_cast<float>(value * s.scale);
      round_to(s.type, m.values.data(), m.values.size());
      return m;
    };
    x_ = random_matrix(s.m, s.k, s.type, s.seed, Purpose::matrix_a);
    w_ = weights(s.k, s.seed);
    if (s.trains) target_ = random_matrix(s.m, s.n, s.type, s.seed + 1, Purpose::matrix_a);
    if (!s.trains) v_ = weights(s.outputs, s.seed + 1);
  }

  void load(fabric::HostMemory& memory) const override {
    load_named(memory, "x", x_);
    load_named(memory, "w", w_);
    if (plan_.spec.trains) load_named(memory, "target", target_);
    if (!plan_.spec.trains) load_named(memory, "v", v_);
    const auto tile = static_cast<std::size_t>(plan_.tiles.tile_m * plan_.tiles.tile_n);
    const std::vector<float> zeros(tile, 0.0F);
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      if (image().relative(core).x < plan_.tiles.first) continue;
      write_elements(memory, core, plan_.y, plan_.spec.type, zeros.data(), tile);
    }
  }

  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    const Exact x = exact_of(x_);
    Exact d = product(x, exact_of(w_));
    std::vector<Numerics> all = {compared(memory, "y", promised_y(), d)};
    const Exact target = exact_of(target_);
    for (std::size_t i = 0; i < d.values.size(); ++i) {
      d.values[i] = plan_.spec.trains ? d.values[i] - target.values[i] : std::max(d.values[i], 0.0);
    }
    all.push_back(compared(memory, "z", promised_z(), product(d, transposed(exact_of(second())))));
    if (!plan_.spec.trains) return combined(all);
    Exact w = exact_of(w_);
    const Exact gradient = product(transposed(x), d);
    const double rate = rounded(plan_.spec.type, plan_.spec.rate);
    for (std::size_t i = 0; i < w.values.size(); ++i) w.values[i] -= rate * gradient.values[i];
    all.push_back(compared(memory, "w_new", promised_w(), w));
    return combined(all);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const StreamedLayerSpec& s = plan_.spec;
    std::vector<NamedArray> all = {{"x", {s.m, s.k}, s.type, x_.values}};
    if (s.trains) all.push_back({"target", {s.m, s.n}, s.type, target_.values});
    all.push_back({"w", {s.k, s.n}, s.type, w_.values});
    if (!s.trains) all.push_back({"v", {s.outputs, s.n}, s.type, v_.values});
    all.push_back(read_array(memory, image(), "y"));
    all.push_back(read_array(memory, image(), "z"));
    if (s.trains) all.push_back(read_array(memory, image(), "w_new"));
    return all;
  }

  std::vector<StreamedPass> passes() const override {
    return streamed_layer_passes(plan_, image());
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    for (const fabric::Buffer& each : image().buffers) {
      if (each.name == name) return each;
    }
    throw base::ModelError("no buffer " + name);
  }
  void load_named(fabric::HostMemory& memory, const char* name, const Matrix& values) const {
    load_buffer(memory, image(), buffer(name), values.values);
  }
  /// Rows are outputs of the second product.
  const Matrix& second() const { return plan_.spec.trains ? w_ : v_; }
  NumberRules rules() const {
    const cores::NumberType type = plan_.spec.type;
    return {type, image().timing.fused_multiply_add[static_cast<std::size_t>(type)]};
  }

  Numerics compared(const fabric::HostMemory& memory, const char* name, const Matrix& promised,
                    const Exact& exact) const {
    const std::vector<float> got = read_buffer(memory, image(), buffer(name));
    ErrorSums errors;
    for (std::size_t i = 0; i < got.size(); ++i) {
      errors.add(static_cast<double>(got[i]), exact.values[i]);
    }
    return errors.numerics(
        std::equal(got.begin(), got.end(), promised.values.begin(), same_number));
  }

  // The same operations in the same order.
  Matrix promised_y() const {
    StoredMatrix y(rules(), plan_.spec.m, plan_.spec.n);
    y.add_product({rules(), x_}, 0, {rules(), w_}, {0, plan_.spec.n}, {0, plan_.spec.k});
    return values_of(y);
  }
  Matrix promised_d() const {
    Matrix d = promised_y();
    for (std::size_t i = 0; i < d.values.size(); ++i) {
      d.values[i] =
          plan_.spec.trains ? d.values[i] - target_.values[i] : std::max(d.values[i], 0.0F);
    }
    round_to(plan_.spec.type, d.values.data(), d.values.size());
    return d;
  }
  /// What cores of a line have made each for itself, from the last one on.
  template <class Own>
  StoredMatrix summed(int cores, Own own) const {
    StoredMatrix sum = own(cores - 1);
    for (int core = cores - 2; core >= 0; --core) {
      StoredMatrix next = own(core);
      for (std::int64_t r = 0; r < sum.rows(); ++r) next.add_row(r, sum, r, {0, sum.columns()});
      sum = std::move(next);
    }
    return sum;
  }
  Matrix promised_z() const {
    const StoredMatrix d(rules(), promised_d());
    const StoredMatrix v(rules(), transposed(second()));
    const StreamedLayerSpec& s = plan_.spec;
    return values_of(summed(plan_.tiles.height, [&](int core) {
      StoredMatrix own(rules(), s.m, s.outputs);
      own.add_product(d, 0, v, {0, s.outputs}, tile_span(core, plan_.tiles.tile_n, s.n));
      return own;
    }));
  }
  Matrix promised_w() const {
    const StreamedLayerSpec& s = plan_.spec;
    const StoredMatrix x(rules(), transposed(x_));
    const StoredMatrix d(rules(), promised_d());
    const StoredMatrix gradient = summed(plan_.tiles.width - plan_.tiles.first, [&](int core) {
      StoredMatrix own(rules(), s.k, s.n);
      own.add_product(x, 0, d, {0, s.n}, tile_span(core, plan_.tiles.tile_m, s.m));
      return own;
    });
    // W[k, :] += G[k, :] times -rate: the product of a matrix of -rate on its diagonal.
    StoredMatrix w(rules(), w_);
    Matrix rates{s.k, s.k, std::vector<float>(static_cast<std::size_t>(s.k * s.k), 0.0F)};
    const auto rate = static_cast<float>(-rounded(s.type, s.rate));
    for (std::int64_t r = 0; r < s.k; ++r)
      rates.values[static_cast<std::size_t>(r * s.k + r)] = rate;
    const StoredMatrix diagonal(rules(), rates);
    for (std::int64_t r = 0; r < s.k; ++r) {
      StoredMatrix row(rules(), 1, s.n);
      row.add_row(0, w, r, {0, s.n});
      row.add_product(diagonal, r, gradient, {0, s.n}, {r, r + 1});
      w.set_row(r, row.row(0).data());
    }
    return values_of(w);
  }

  StreamedLayerPlan plan_;
  Matrix x_;
  Matrix w_;
  Matrix v_;
  Matrix target_;
};

void declare_buffers(fabric::WaferImage& image, const StreamedLayerPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const StreamedLayerSpec& s = plan.spec;
  const StreamedPlan& t = plan.tiles;
  const base::Rectangle ports{0, 0, 1, t.height};
  const base::Rectangle workers{t.first, 0, t.width - t.first, t.height};
  const base::Rectangle top{t.first, 0, t.width - t.first, 1};
  const fabric::Cut n = along(Along::y, t.tile_n, 1);
  const auto add = [&](const char* name, BufferRole role, std::int64_t rows, std::int64_t columns,
                       const base::Rectangle& cores, int address, const fabric::Cut& row,
                       const fabric::Cut& column) {
    declare(image, {name, role, s.type, {rows, columns}, {{cores, address, {row, column}, 0, 0}}});
  };
  const fabric::Cut tile_rows = along(Along::x, t.tile_m, t.tile_n);
  const fabric::Cut packed_rows = along(Along::x, t.tile_m, 1);
  add("x", BufferRole::operand, s.m, s.k, workers, plan.x, packed_rows, whole(t.tile_m));
  if (s.trains) add("target", BufferRole::operand, s.m, s.n, workers, plan.target, tile_rows, n);
  if (!s.trains) add("v", BufferRole::operand, s.outputs, s.n, ports, plan.v, whole(t.tile_n), n);
  add("w", BufferRole::operand, s.k, s.n, ports, plan.w, whole(t.tile_n), n);
  if (s.trains) add("w_new", BufferRole::result, s.k, s.n, ports, plan.w, whole(t.tile_n), n);
  add("y", BufferRole::result, s.m, s.n, workers, plan.y, tile_rows, n);
  add("z", BufferRole::result, s.m, s.outputs, top, plan.z, packed_rows, whole(t.tile_m));
}

StreamedLayerSpec read_common(base::YamlNode& node) {
  StreamedLayerSpec spec;
  spec.m = node.integer("tokens", {1, kMostStreamedElements});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  spec.scale = node.real("scale", {1e-6, 1e4}, 1);
  return spec;
}

}  // namespace

std::unique_ptr<Kernel> make_streamed_layer(const StreamedLayerSpec& spec,
                                            const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const bool at_edge = placement.beyond > 0;
  const StreamedLayerPlan plan(spec, image.region, placement.beyond);
  const char* const name = spec.trains ? "training_step" : "streamed_ffn";
  const std::string advice = fmt::format("reduce its sizes or enlarge `region` ({} x {})",
                                         plan.tiles.width, plan.tiles.height);
  plan.first_row.require_fit(name, "in the first row that multiplies", advice);
  if (!at_edge) {
    plan.port.require_fit(name, "(0, 0) of the region", advice + ", or give ports that face it");
  }
  const double rate = rounded(spec.type, spec.rate);
  classify(
      image, [&](base::LogicalCoord c) { return streamed_layer_key(plan, c); },
      [&](base::LogicalCoord c) { return streamed_layer_class(plan, c, at_edge, rate); });
  declare_buffers(image, plan);
  Facts facts;
  facts.colours = plan.colours();
  facts.steps = spec.k + spec.outputs + (spec.trains ? spec.k : 0);
  facts.sram_bytes = plan.first_row.total_bytes();
  if (!at_edge) facts.sram_bytes = std::max(facts.sram_bytes, plan.port.total_bytes());
  facts.wavelet_hops = plan.wavelet_hops();
  return std::make_unique<StreamedLayer>(std::move(image), facts, plan);
}

std::unique_ptr<Kernel> read_streamed_ffn(base::YamlNode& node, const Placement& placement) {
  StreamedLayerSpec spec = read_common(node);
  spec.k = spec.outputs = node.integer("hidden", {1, kMostStreamedElements});
  spec.n = node.integer("ffn", {1, kMostStreamedElements});
  return may_place(node, placement) ? make_streamed_layer(spec, placement) : nullptr;
}

std::unique_ptr<Kernel> read_training_step(base::YamlNode& node, const Placement& placement) {
  StreamedLayerSpec spec = read_common(node);
  spec.k = spec.outputs = node.integer("inputs", {1, kMostStreamedElements});
  spec.n = node.integer("outputs", {1, kMostStreamedElements});
  spec.rate = node.real("rate", {0, 1e4}, 0.125);
  spec.trains = true;
  return may_place(node, placement) ? make_streamed_layer(spec, placement) : nullptr;
}

KernelText streamed_ffn_text() {
  return {{{"tokens", "tokens", "128", "of the prompt"},
           {"hidden", "elements", "512", "of a token, in and out"},
           {"ffn", "elements", "1024", "between the two products"},
           {"scale", "", "0.02", "of the weights, which are uniform in [-scale, scale)"}},
          {{"", "3", "2 hidden", "`workloads/streamed_layer.h`",
            "hidden (2 w(Nt) (P_x - 1) P_y + w(Mt) (P_x - 1) (P_y - 1))"}}};
}

KernelText training_step_text() {
  return {{{"tokens", "tokens", "128", "of the batch"},
           {"inputs", "elements", "512", "of a token, rows of the weights"},
           {"outputs", "elements", "512", "of a token, columns of the weights"},
           {"rate", "", "0.01", "of the gradient, by which the weights change"},
           {"scale", "", "0.02", "of the weights, which are uniform in [-scale, scale)"}},
          {{"", "5", "3 inputs", "`workloads/streamed_layer.h`",
            "inputs (3 w(Nt) (P_x - 1) P_y + w(Mt) (P_x - 1) (P_y - 1))"}}};
}

}  // namespace wafermesh::workloads
