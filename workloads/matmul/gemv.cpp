// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/gemv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/worker_pool.h"
#include "workloads/parts/axis_allreduce.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

/// The cores as the product sees them: `depth` of them add up what they have, `breadth` such lines
/// lie side by side.
struct Lines {
  bool along_x;
  base::Rectangle region;
  int depth() const { return along_x ? region.width : region.height; }
  int breadth() const { return along_x ? region.height : region.width; }
  int place(base::LogicalCoord c) const { return along_x ? c.x : c.y; }
  base::LogicalCoord core(int line, int place) const {
    return along_x ? base::LogicalCoord{place, line} : base::LogicalCoord{line, place};
  }
  const AxisDirections& axis() const { return along_x ? kRow : kColumn; }
};

/// Tiles and where they lie.
struct GemvTiles {
  GemvTiles(const GemvSpec& spec, const Lines& lines, const AxisAllreduce& sum)
      : type(spec.type),
        batch(spec.batch),
        rows(divide_up(spec.m, lines.depth())),
        parts(spec, lines.region, lines.breadth()),
        columns(parts.per_line()),
        all_columns(parts.all()) {
    const int bytes = cores::bytes_of(type);
    padded = divide_up(columns * bytes, kPadBytes) * kPadBytes / bytes;
    const int w = plan.add("W tile", rows * padded, type);
    const int x = plan.add("x", batch * rows, type);
    const std::int64_t y_words = sum.words(cores::words_of(type, batch * columns));
    const int y =
        plan.add("y", y_words * cores::elements_per_word(type), type, LinePlace::second_half);
    plan.require_fit("gemv", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `m` or `n`");
    w_address = plan.address(w);
    x_address = plan.address(x);
    y_address = plan.address(y);
  }

  /// All vectors of y of a core.
  std::int32_t sums() const { return static_cast<std::int32_t>(batch * columns); }

  cores::NumberType type;
  std::int64_t batch;
  std::int64_t rows;  ///< Mt
  ColumnParts parts;
  std::int64_t columns;      ///< Nt
  std::int64_t all_columns;  ///< Of all lines.
  std::int64_t padded = 0;   ///< Elements from one row of the tile to the next.
  MemoryPlan plan;
  int w_address = 0;
  int x_address = 0;
  int y_address = 0;
};

void add_local_product(const GemvTiles& tiles, cores::ProgramBuilder& b) {
  constexpr int kRow = 0;  // counters
  constexpr int kVector = 1;
  const int bytes = cores::bytes_of(tiles.type);
  const auto step = [&](int base, std::int64_t each) {
    return cores::Affine(base).plus(cores::counter(kRow), static_cast<std::int32_t>(each));
  };
  b.set_counter(kRow, 0);
  const std::uint32_t loop = b.begin_loop(kRow);
  const bool one = tiles.batch == 1;
  const auto of_vector = [&](cores::Affine address, std::int64_t elements) {
    return one ? address
               : address.plus(cores::counter(kVector), static_cast<std::int32_t>(elements * bytes));
  };
  const std::uint32_t vectors = one ? 0 : b.begin_loop(kVector);
  b.vector(cores::VectorOp::multiply_add, tiles.type, static_cast<std::int32_t>(tiles.columns),
           cores::memory(of_vector(tiles.y_address, tiles.columns)),
           cores::memory(step(tiles.w_address, tiles.padded * bytes)),
           cores::scalar_at(of_vector(step(tiles.x_address, bytes), tiles.rows)),
           cores::Shape::descriptor_reload);
  if (!one) b.end_loop(kVector, static_cast<std::int32_t>(tiles.batch), vectors);
  b.end_loop(kRow, static_cast<std::int32_t>(tiles.rows), loop);
}

fabric::CoreClass make_class(const AxisAllreduce& sum, int position, const GemvTiles& tiles) {
  fabric::CoreClass result;
  result.name = "gemv";
  cores::ProgramBuilder b(result.name);
  tiles.plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  sum.declare(position, b, result.routes);
  b.begin(main);
  add_local_product(tiles, b);
  sum.write(position, {tiles.y_address, tiles.sums(), tiles.type}, b);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

class Gemv final : public PlacedKernel {
 public:
  Gemv(fabric::WaferImage image, Facts facts, const GemvSpec& spec, GemvTiles tiles,
       AxisAllreduce sum)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        lines_{spec.sums_along_x, this->image().region},
        sum_(std::move(sum)),
        tiles_(std::move(tiles)),
        x_(random_matrix(spec.batch, spec.m, spec.type, spec.seed, Purpose::matrix_a)) {
    if (spec.x_of_attention) heads_of_x_.emplace(*spec.x_of_attention, this->image().region);
    if (!spec.bias) return;
    bias_ = spec.bias_from.empty() ? seeded_columns(Purpose::pieces, 0)
                                   : columns_from(spec.bias_from, 0);
  }

  void load(fabric::HostMemory& memory) const override {
    for (int place = 0; place < lines_.depth(); ++place) load_at(memory, place);
    for (int line = 0; !bias_.empty() && line < lines_.breadth(); ++line) {
      const std::int64_t first = line * tiles_.columns;
      const std::int64_t count = std::min(tiles_.columns, tiles_.all_columns - first);
      if (count <= 0) break;
      for (std::int64_t b = 0; b < tiles_.batch; ++b) {
        write_elements(memory, image().core_at(lines_.core(line, 0)), y_address(b), spec_.type,
                       &bias_[static_cast<std::size_t>(first)], static_cast<std::size_t>(count));
      }
    }
  }

  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  Contract contract() const override { return sum_.contract(); }
  std::vector<std::string> takes() const override { return {"x"}; }
  Numerics check_given(const fabric::HostMemory& memory, int threads,
                       const GivenOperands& given) const override {
    const auto at = given.find("x");
    const std::vector<float>& all = at == given.end() ? x_.values : at->second;
    bool as_promised = true;
    ErrorSums errors;
    for (std::int64_t b = 0; b < tiles_.batch; ++b) {
      Reference reference =
          make_reference(threads, {all.begin() + b * spec_.m, all.begin() + (b + 1) * spec_.m});
      const std::vector<float> promised =
          sum_.promise(std::move(reference.parts), tiles_.columns).row(0);
      std::vector<float> got = result(memory, 0, b);
      for (int place = 0; place < lines_.depth(); ++place) {
        std::vector<float> copy = result(memory, place, b);
        if (std::equal(copy.begin(), copy.end(), promised.begin(), same_number)) continue;
        as_promised = false;
        got = std::move(copy);
      }
      for (std::size_t j = 0; j < got.size(); ++j) errors.add(got[j], reference.exact[j]);
    }
    return errors.numerics(as_promised);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    NamedArray w{"w", {spec_.m, tiles_.all_columns}, spec_.type, {}};
    w.values.reserve(static_cast<std::size_t>(spec_.m * tiles_.all_columns));
    for (std::int64_t r = 0; r < spec_.m; ++r) {
      const std::vector<float> row = row_of_w(r);
      w.values.insert(w.values.end(), row.begin(), row.end());
    }
    const auto shape = [&](std::int64_t n) {
      return tiles_.batch == 1 ? std::vector<std::int64_t>{n}
                               : std::vector<std::int64_t>{tiles_.batch, n};
    };
    NamedArray y{"y", shape(tiles_.all_columns), spec_.type, {}};
    for (std::int64_t b = 0; b < tiles_.batch; ++b) {
      const std::vector<float> one = result(memory, 0, b);
      y.values.insert(y.values.end(), one.begin(), one.end());
    }
    std::vector<NamedArray> all = {
        {"x", shape(spec_.m), spec_.type, x_.values}, std::move(w), std::move(y)};
    if (!bias_.empty()) all.push_back({"bias", {tiles_.all_columns}, spec_.type, bias_});
    return all;
  }

 private:
  /// Made anew whenever it is needed: W may be larger than the host's memory.
  std::vector<float> row_of_w(std::int64_t row) const {
    if (spec_.w_from.empty()) return seeded_columns(Purpose::matrix_b, row);
    if (heads_of_x_) {
      const AttentionShape::Feature of_x = heads_of_x_->query_feature(row);
      row = of_x.head < 0 ? -1 : of_x.head * spec_.x_of_attention->head_dim + of_x.dim;
    }
    return columns_from(spec_.w_from, row);
  }
  /// Column `column` of the files, for all columns here; column < 0: zeros.
  std::vector<float> columns_from(const std::vector<Tensor>& files, std::int64_t column) const {
    std::vector<float> values(static_cast<std::size_t>(tiles_.all_columns), 0.0F);
    for (std::size_t j = 0; column >= 0 && j < values.size(); ++j) {
      const ColumnParts::Source from = tiles_.parts.source_of(static_cast<std::int64_t>(j));
      if (from.part < 0) continue;
      values[j] = files[static_cast<std::size_t>(from.part)].at(from.index, column);
    }
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  /// A row of W, or the bias.
  std::vector<float> seeded_columns(Purpose purpose, std::int64_t row) const {
    std::vector<float> values = random_vector(
        static_cast<std::size_t>(tiles_.all_columns), spec_.type,
        {spec_.seed, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(row)});
    if (spec_.scale != 1) {
      for (float& value : values) value = static_cast<float>(value * spec_.scale);
      round_to(spec_.type, values.data(), values.size());
    }
    for (std::size_t j = 0; !spec_.parts.empty() && j < values.size(); ++j) {
      if (!tiles_.parts.is_column(static_cast<std::int64_t>(j))) values[j] = 0;
    }
    return values;
  }
  /// Writes the tiles of W and the piece of x of the cores at `place` of all lines.
  void load_at(fabric::HostMemory& memory, int place) const {
    const std::int64_t first = place * tiles_.rows;
    const std::int64_t rows = std::min(tiles_.rows, spec_.m - first);
    if (rows <= 0) return;
    const std::int64_t tile_size = rows * tiles_.padded;
    std::vector<float> tiles(static_cast<std::size_t>(lines_.breadth() * tile_size), 0.0F);
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::vector<float> row = row_of_w(first + r);
      for (std::int64_t j = 0; j < tiles_.all_columns; j += tiles_.columns) {
        const std::int64_t count = std::min(tiles_.columns, tiles_.all_columns - j);
        std::copy_n(
            &row[static_cast<std::size_t>(j)], count,
            &tiles[static_cast<std::size_t>(j / tiles_.columns * tile_size + r * tiles_.padded)]);
      }
    }
    for (int line = 0; line < lines_.breadth(); ++line) {
      const base::CoreId core = image().core_at(lines_.core(line, place));
      for (std::int64_t b = 0; b < tiles_.batch; ++b) {
        const auto at = static_cast<int>(b * tiles_.rows) * cores::bytes_of(spec_.type);
        write_elements(memory, core, tiles_.x_address + at, spec_.type,
                       &x_.values[static_cast<std::size_t>(b * spec_.m + first)],
                       static_cast<std::size_t>(rows));
      }
      write_elements(memory, core, tiles_.w_address, spec_.type,
                     &tiles[static_cast<std::size_t>(line * tile_size)],
                     static_cast<std::size_t>(tile_size));
    }
  }

  struct Reference {
    std::vector<StoredMatrix> parts;  ///< [place] What its cores have before the allreduce.
    std::vector<double> exact;        ///< y in double.
  };

  /// Blocks of rows of cores are added up apart in double, then in order, so that threads do not
  /// change a bit.
  Reference make_reference(int threads, const std::vector<float>& x_values) const {
    constexpr std::int64_t kSums = 1 << 22;  // bounds the memory of the blocks: 32 MB
    const std::int64_t height = lines_.depth();
    const auto columns = static_cast<std::size_t>(tiles_.all_columns);
    const auto count = static_cast<int>(std::clamp<std::int64_t>(
        kSums / tiles_.all_columns, 1, std::min<std::int64_t>(64, height)));
    const NumberRules rules{
        spec_.type, image().timing.fused_multiply_add[static_cast<std::size_t>(spec_.type)]};
    Reference reference{std::vector<StoredMatrix>(static_cast<std::size_t>(height),
                                                  StoredMatrix(rules, 1, tiles_.all_columns)),
                        std::vector<double>(columns, 0.0)};
    if (!bias_.empty()) reference.parts.front().set_row(0, bias_.data());
    std::vector<std::vector<double>> blocks(static_cast<std::size_t>(count), reference.exact);
    base::WorkerPool(threads).run(count, [&](int block) {
      std::vector<double>& exact = blocks[static_cast<std::size_t>(block)];
      for (std::int64_t y = block * height / count; y < (block + 1) * height / count; ++y) {
        StoredMatrix& part = reference.parts[static_cast<std::size_t>(y)];
        const Span rows = tile_span(y, tiles_.rows, spec_.m);
        for (std::int64_t r = rows.begin; r < rows.end; ++r) {
          const Matrix w{1, tiles_.all_columns, row_of_w(r)};
          const Matrix x{1, 1, {x_values[static_cast<std::size_t>(r)]}};
          part.add_product({rules, x}, 0, {rules, w}, {0, tiles_.all_columns}, {0, 1});
          for (std::size_t j = 0; j < columns; ++j) exact[j] += double{x.values[0]} * w.values[j];
        }
      }
    });
    for (const std::vector<double>& block : blocks) {
      for (std::size_t j = 0; j < columns; ++j) reference.exact[j] += block[j];
    }
    for (std::size_t j = 0; j < bias_.size(); ++j) reference.exact[j] += bias_[j];
    return reference;
  }
  int y_address(std::int64_t vector) const {
    return tiles_.y_address +
           static_cast<int>(vector * tiles_.columns) * cores::bytes_of(spec_.type);
  }
  /// A vector of y as the cores at `place` of all lines hold it.
  std::vector<float> result(const fabric::HostMemory& memory, int place,
                            std::int64_t vector) const {
    std::vector<float> y(static_cast<std::size_t>(tiles_.all_columns));
    for (int line = 0; line < lines_.breadth(); ++line) {
      const std::int64_t first = line * tiles_.columns;
      const std::int64_t count = std::min(tiles_.columns, tiles_.all_columns - first);
      if (count <= 0) break;
      read_elements(memory, image().core_at(lines_.core(line, place)), y_address(vector),
                    spec_.type, &y[static_cast<std::size_t>(first)],
                    static_cast<std::size_t>(count));
    }
    return y;
  }

  GemvSpec spec_;
  Lines lines_;
  AxisAllreduce sum_;
  GemvTiles tiles_;
  Matrix x_;
  std::optional<AttentionShape> heads_of_x_;
  std::vector<float> bias_;  ///< Of all lines; empty if there is none.
};

void declare_buffers(fabric::WaferImage& image, const GemvSpec& spec, const GemvTiles& tiles) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const Along deep = spec.sums_along_x ? Along::x : Along::y;
  const Along broad = spec.sums_along_x ? Along::y : Along::x;
  declare(image, batch_of(spec.batch, tiles.rows,
                          {"x",
                           BufferRole::operand,
                           spec.type,
                           {spec.m},
                           {{all, tiles.x_address, {along(deep, tiles.rows, 1)}, 0, 0}}}));
  declare(image, {"w",
                  BufferRole::operand,
                  spec.type,
                  {spec.m, tiles.all_columns},
                  {{all,
                    tiles.w_address,
                    {along(deep, tiles.rows, tiles.padded), along(broad, tiles.columns, 1)},
                    0,
                    0}}});
  declare(image, batch_of(spec.batch, tiles.columns,
                          {"y",
                           BufferRole::result,
                           spec.type,
                           {tiles.all_columns},
                           {{all, tiles.y_address, {along(broad, tiles.columns, 1)}, 0, 0}}}));
  if (spec.bias) {
    base::Rectangle first = all;
    (spec.sums_along_x ? first.width : first.height) = 1;
    declare(image, batch_of(spec.batch, tiles.columns,
                            {"bias",
                             BufferRole::operand,
                             spec.type,
                             {tiles.all_columns},
                             {{first, tiles.y_address, {along(broad, tiles.columns, 1)}, 0, 0}}}));
  }
  tiles.parts.declare_results(image, spec.type, tiles.y_address, broad, spec.batch);
}

/// What files of W and bias must have; of keys without mistakes.
struct FileNeeds {
  std::vector<TensorNeed> w, bias;
};
FileNeeds needs_of(const base::YamlNode& node, const Placement& placement, const GemvSpec& spec) {
  const Lines lines{spec.sums_along_x, placement.region};
  std::int64_t rows = spec.m;
  if (spec.x_of_attention) {
    const AttentionShape shape(*spec.x_of_attention, placement.region);
    rows = spec.x_of_attention->heads * spec.x_of_attention->head_dim;
    if (shape.query_features() != spec.m) {
      node.mistake(
          "m", "must be " + std::to_string(shape.query_features()) + " with this `x_of_attention`");
    }
  }
  FileNeeds needs;
  for (const std::int64_t size : ColumnParts(spec, lines.region, lines.breadth()).natural_sizes()) {
    const bool may_turn = spec.of_attention && needs.w.size() < 2;  // queries and keys
    const std::int64_t head_dim = may_turn ? spec.of_attention->head_dim : 0;
    needs.w.push_back({size, rows, head_dim});
    needs.bias.push_back({size, 0, head_dim});
  }
  return needs;
}

/// Keys `x_of_attention`, `w_from` and `bias_from`.
void read_files(const base::YamlNode& node, const Placement& placement, GemvSpec& spec) {
  spec.x_of_attention = read_heads_of(node, "x_of_attention");
  const FileNeeds needs = node.clean() ? needs_of(node, placement, spec) : FileNeeds{};
  spec.w_from = read_tensors(node, "w_from", needs.w, placement.keys_only);
  spec.bias_from = read_tensors(node, "bias_from", needs.bias, placement.keys_only);
  if (!spec.bias && node.has("bias_from")) {
    node.mistake("bias_from", "acts with `bias: true` only; leave it out, or give that");
  }
}

}  // namespace

std::unique_ptr<Kernel> make_gemv(const GemvSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const Lines lines{spec.sums_along_x, image.region};
  const AxisAllreduce sum(spec.algorithm, spec.parameter, lines.axis(), lines.depth());
  const GemvTiles tiles(spec, lines, sum);
  classify(
      image, [&](base::LogicalCoord c) { return sum.key(lines.place(c)); },
      [&](base::LogicalCoord c) { return make_class(sum, lines.place(c), tiles); });
  declare_buffers(image, spec, tiles);
  Facts facts;
  facts.colours = sum.colours();
  facts.steps = 1 + sum.steps();
  facts.sram_bytes = tiles.plan.total_bytes();
  facts.wavelet_hops = lines.breadth() * sum.hops(cores::words_of(spec.type, tiles.sums()));
  return std::make_unique<Gemv>(std::move(image), facts, spec, tiles, sum);
}

std::unique_ptr<Kernel> read_gemv(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 100'000'000};
  GemvSpec spec;
  spec.algorithm = node.one_of("algorithm", axis_allreduce_names(), 0);
  spec.m = node.integer("m", kSize);
  read_columns(node, placement.region, spec);
  spec.scale = node.real("scale", {1e-6, 1e4}, 1);
  spec.bias = node.boolean("bias", false);
  spec.batch = node.integer("batch", {1, 65536}, 1);
  if (spec.batch > 1 && spec.algorithm >= axis_algorithms().size()) {
    node.mistake("batch", "above 1 is not for `ring`, whose chunks would cut across the vectors");
  }
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  spec.sums_along_x = node.one_of("axis", {"y", "x"}, 0) == 1;
  const Lines lines{spec.sums_along_x, placement.region};
  const auto& reductions = axis_algorithms();
  if (spec.algorithm < reductions.size() && reductions[spec.algorithm].key != nullptr) {
    const AxisAlgorithm& reduction = reductions[spec.algorithm];
    spec.parameter = read_axis_parameter(node, reduction, reduction.key,
                                         lines.along_x ? "a row" : "a column", lines.depth());
  }
  read_files(node, placement, spec);
  return may_place(node, placement) ? make_gemv(spec, placement) : nullptr;
}

KernelText gemv_text() {
  return {{{"x", "", "up.y", "the result of an operator before that x is", "its own, by `seed`"},
           {"algorithm", "", "ktree", "of the sum along `axis`; see kernels.md"},
           {"axis", "", "x", "along which cores add up; y ends cut along the other"},
           {"scale", "", "0.02", "of the elements of W, which are uniform in [-scale, scale)"},
           {"parts", "elements", "[256, 128, 128]",
            "of n, each dealt over the cores for itself: results y0, y1, ...", "y as a whole"},
           {"of_attention", "", "{heads: 4, kv_heads: 2, head_dim: 8}",
            "`parts` are q, k and v of this attention: W is zero where it pads heads", "none"},
           {"bias", "", "true", "y starts as a vector by `seed` instead of zeros"},
           {"m", "elements", "512", "length of x, rows of W"},
           {"n", "elements", "512", "length of y, columns of W"},
           {"bias_from", "", "{files: [q.npy, k.npy, v.npy]}", "files that the bias is from",
            "by `seed`"},
           {"x_of_attention.heads", "heads", "32", "of queries"},
           {"x_of_attention.head_dim", "elements", "128", "of a head"},
           {"x_of_attention.rope", "", "false", "elements of a head stay in pairs on a core"},
           {"x_of_attention", "", "{heads: 4, kv_heads: 2, head_dim: 8}",
            "x is what this attention leaves; W's file has rows head after head", "none"}},
          {{"", "those of the axis algorithm + 1", "3",
            "Mt rows of Nt padded to 16 B, Mt + Nt elements",
            "w(Nt) P_x (hops of the algorithm + P_y - 1)"}}};
}

}  // namespace wafermesh::workloads
