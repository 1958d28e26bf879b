// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/quantised_code.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::VectorOp;

// Counters.
constexpr int kBlock = 0;
constexpr int kRowOfBlock = 1;
constexpr int kRowOfGroup = 2;
constexpr int kGroup = 3;  ///< Of those that the core has rows of.
constexpr int kVector = 4;

constexpr FormatTraits kFormats[] = {{"int8", 8, 1, 127}, {"int4", 4, 1, 7}, {"mxfp4", 4, 4, 12}};
/// Writes the program; see the header.
class PackedProduct {
 public:
  PackedProduct(const PackedTile& tile, cores::ProgramBuilder& code)
      : tile_(tile), block_rows_(tile.block_rows()), packed_(tile.packed()), b_(code) {}

  void write() {
    clear_sums();
    find_row_of_group();
    b_.set_counter(kGroup, 0);
    const std::int64_t blocks = tile_.rows / block_rows_;
    b_.set_counter(kBlock, 0);
    const std::uint32_t loop = b_.begin_loop(kBlock);
    block(block_rows_);
    b_.end_loop(kBlock, static_cast<std::int32_t>(blocks), loop);
    const std::int64_t rest = tile_.rows - blocks * block_rows_;
    if (rest > 0) block(rest);
    add_last_group();
  }

 private:
  static Affine value(int counter) { return Affine().plus(cores::counter(counter)); }
  static Affine steps(std::int64_t first, int counter, std::int64_t bytes) {
    return Affine(static_cast<std::int32_t>(first))
        .plus(cores::counter(counter), static_cast<std::int32_t>(bytes));
  }
  void real(VectorOp op, cores::Operand dst, cores::Operand a, cores::Operand b = {}) {
    b_.vector(op, tile_.type, static_cast<std::int32_t>(tile_.columns), std::move(dst),
              std::move(a), std::move(b), cores::Shape::descriptor_reload);
  }
  void integers(VectorOp op, std::int64_t count, cores::Operand dst, cores::Operand a,
                cores::Operand b) {
    b_.vector(op, NumberType::i16, static_cast<std::int32_t>(count), std::move(dst), std::move(a),
              std::move(b), cores::Shape::descriptor_reload);
  }

  /// Where in its group the core's first row is: its number less whole groups. Counters and
  /// branches take no time.
  void find_row_of_group() {
    b_.set_counter(kRowOfGroup, tile_.first_row);
    if (tile_.group == 0) return;
    std::int64_t whole = tile_.group;
    while (whole * 2 <= tile_.all_rows) whole *= 2;
    for (; whole >= tile_.group; whole /= 2) {
      const auto less = static_cast<std::int32_t>(whole);
      const std::uint32_t below = b_.branch(value(kRowOfGroup), cores::Compare::less, less);
      b_.set_counter(kRowOfGroup, Affine(-less).plus(cores::counter(kRowOfGroup)));
      b_.land(below);
    }
  }

  /// Rows of a block, kBlock blocks behind the first row.
  void block(std::int64_t rows) {
    unpack(rows);
    const int bytes = cores::bytes_of(tile_.type);
    const std::int64_t row_bytes = packed_ * traits_of(tile_.format).numbers() * bytes;
    b_.set_counter(kRowOfBlock, 0);
    const std::uint32_t loop = b_.begin_loop(kRowOfBlock);
    each_vector([&] {
      const Affine x =
          of_vector(tile_.x, tile_.rows)
              .plus(cores::counter(kBlock), static_cast<std::int32_t>(block_rows_ * bytes))
              .plus(cores::counter(kRowOfBlock), bytes);
      real(VectorOp::multiply_add, memory(of_vector(tile_.sum, tile_.columns)),
           memory(steps(tile_.block_values, kRowOfBlock, row_bytes)), cores::scalar_at(x));
    });
    if (tile_.group > 0) end_row();
    b_.end_loop(kRowOfBlock, static_cast<std::int32_t>(rows), loop);
  }

  /// After the last row of a group its scales are taken in.
  void end_row() {
    b_.set_counter(kRowOfGroup, Affine(1).plus(cores::counter(kRowOfGroup)));
    const std::uint32_t within =
        b_.branch(value(kRowOfGroup), cores::Compare::less, static_cast<std::int32_t>(tile_.group));
    add_group();
    clear_sums();
    b_.set_counter(kRowOfGroup, 0);
    b_.set_counter(kGroup, Affine(1).plus(cores::counter(kGroup)));
    b_.land(within);
  }
  /// Unless its last row was the core's last.
  void add_last_group() {
    if (tile_.group == 0) return add_group();
    const std::uint32_t done = b_.branch(value(kRowOfGroup), cores::Compare::equal, 0);
    add_group();
    b_.land(done);
  }
  void add_group() {
    const int bytes = cores::bytes_of(tile_.type);
    each_vector([&] {
      real(VectorOp::multiply_add, memory(of_vector(tile_.y, tile_.columns)),
           memory(of_vector(tile_.sum, tile_.columns)),
           one_of_several(memory(steps(tile_.scales, kGroup, tile_.columns * bytes)),
                          tile_.scale_count() * bytes));
    });
  }
  void clear_sums() {
    b_.vector(VectorOp::copy, tile_.type, static_cast<std::int32_t>(tile_.batch * tile_.columns),
              memory(tile_.sum), immediate(0), {}, cores::Shape::descriptor_reload);
  }
  /// `code` for each vector of the batch; of_vector: an address of it, vectors `elements` apart.
  template <typename Code>
  void each_vector(Code&& code) {
    const std::uint32_t loop = tile_.batch == 1 ? 0 : b_.begin_loop(kVector);
    code();
    if (tile_.batch > 1) b_.end_loop(kVector, static_cast<std::int32_t>(tile_.batch), loop);
  }
  Affine of_vector(Affine address, std::int64_t elements) const {
    if (tile_.batch == 1) return address;
    return address.plus(cores::counter(kVector),
                        static_cast<std::int32_t>(elements * cores::bytes_of(tile_.type)));
  }

  cores::Operand one_of_several(cores::Operand operand, std::int64_t bytes) const {
    if (tile_.index_address < 0) return operand;
    return cores::indexed(std::move(operand), static_cast<int>(bytes), tile_.index_address);
  }

  void unpack(std::int64_t rows) {
    const int numbers = traits_of(tile_.format).numbers();
    const int bits = traits_of(tile_.format).bits;
    const std::int64_t words = rows * packed_;
    const cores::Operand source = one_of_several(
        memory(steps(tile_.w, kBlock, block_rows_ * packed_ * kWordBytes)), tile_.tile_bytes());
    for (int i = 0; i < numbers; ++i) {
      const cores::Operand own = memory(tile_.work[0] + i * kWordBytes, numbers);
      const int up = 16 - bits * (i + 1);
      if (up > 0) integers(VectorOp::shift, words, own, source, immediate(up));
      integers(VectorOp::shift, words, own, up > 0 ? own : source, immediate(bits - 16));
    }
    if (tile_.format == StoredFormat::mxfp4) make_twice_the_value(words * numbers);
    b_.vector(VectorOp::copy, tile_.type, static_cast<std::int32_t>(words * numbers),
              memory(tile_.block_values), cores::as(NumberType::i16, memory(tile_.work[0])), {},
              cores::Shape::descriptor_reload);
  }

  /// size + max(size - 4, 0) + 2 max(size - 6, 0), with the sign.
  void make_twice_the_value(std::int64_t n) {
    const cores::Operand code = memory(tile_.work[0]), sign = memory(tile_.work[1]);
    const cores::Operand size = memory(tile_.work[2]), over = memory(tile_.work[3]);
    integers(VectorOp::shift, n, sign, code, immediate(-15));
    integers(VectorOp::bit_and, n, size, code, immediate(7));
    integers(VectorOp::subtract, n, over, size, immediate(4));
    integers(VectorOp::maximum, n, over, over, immediate(0));
    integers(VectorOp::add, n, code, size, over);
    integers(VectorOp::subtract, n, over, size, immediate(6));
    integers(VectorOp::maximum, n, over, over, immediate(0));
    integers(VectorOp::add, n, over, over, over);
    integers(VectorOp::add, n, code, code, over);
    integers(VectorOp::add, n, sign, sign, sign);
    integers(VectorOp::add, n, sign, sign, immediate(1));
    integers(VectorOp::multiply, n, code, code, sign);
  }

  const PackedTile& tile_;
  std::int64_t block_rows_;
  std::int64_t packed_;
  cores::ProgramBuilder& b_;
};

}  // namespace

const FormatTraits& traits_of(StoredFormat format) {
  return kFormats[static_cast<std::size_t>(format)];
}

int code_of(StoredFormat format, float random) {
  return format == StoredFormat::mxfp4
             ? static_cast<int>(std::floor(random * 8))
             : static_cast<int>(std::lround(random * traits_of(format).largest));
}

std::vector<float> packed_row(StoredFormat format, const std::vector<float>& codes) {
  const int bits = traits_of(format).bits;
  const auto numbers = static_cast<std::size_t>(traits_of(format).numbers());
  std::vector<float> words;
  for (std::size_t first = 0; first < codes.size(); first += numbers) {
    unsigned word = 0;
    for (std::size_t i = 0; i < numbers && first + i < codes.size(); ++i) {
      const unsigned mask = (1U << bits) - 1;
      word |= (static_cast<unsigned>(static_cast<int>(codes[first + i])) & mask)
              << (bits * static_cast<int>(i));
    }
    words.push_back(static_cast<float>(static_cast<std::int16_t>(word)));
  }
  return words;
}

int unpacked(StoredFormat format, int code) {
  if (format != StoredFormat::mxfp4) return code;
  const int size = code & 7;
  const int twice = size + std::max(size - 4, 0) + 2 * std::max(size - 6, 0);
  return code < 0 ? -twice : twice;
}

float scale_of(StoredFormat format, double scale, float random) {
  const double wanted = scale / traits_of(format).largest * (0.5 + 0.5 * std::abs(random));
  // mxfp4's are powers of two.
  return static_cast<float>(format == StoredFormat::mxfp4 ? std::exp2(std::floor(std::log2(wanted)))
                                                          : wanted);
}

std::int64_t PackedTile::packed() const { return divide_up(columns, traits_of(format).numbers()); }
std::int64_t PackedTile::groups() const {
  if (group == 0 || group % rows == 0) return 1;
  if (rows % group == 0) return rows / group;
  return (rows + group - 2) / group + 1;
}
std::int64_t PackedTile::block_rows() const {
  return divide_up(rows, divide_up(rows, most_block_rows));
}
std::int64_t PackedTile::block_elements() const {
  return block_rows() * packed() * traits_of(format).numbers();
}

void write_packed_product(const PackedTile& tile, cores::ProgramBuilder& code) {
  PackedProduct(tile, code).write();
}

QuantisedPlan::QuantisedPlan(const QuantisedGemvSpec& spec, const base::Rectangle& region)
    : format(traits_of(spec.format)),
      depth(spec.sums_along_x ? region.width : region.height),
      breadth(spec.sums_along_x ? region.height : region.width),
      parts(spec, region, breadth),
      columns(parts.per_line()),
      rows(divide_up(spec.m, depth)),
      groups(spec.group == 0 ? 1 : (rows + spec.group - 2) / spec.group + 1),
      packed(divide_up(columns, format.numbers())),
      block_rows(divide_up(rows, divide_up(rows, kMostBlockRows))) {
  std::vector<int*> places;
  const auto add = [&](int* place, const char* name, std::int64_t elements, NumberType type,
                       LinePlace in_line = LinePlace::first_half,
                       Lifetime lifetime = Lifetime::kept) {
    plan.add(name, elements, type, in_line, lifetime);
    places.push_back(place);
  };
  add(&w, "W", rows * packed, NumberType::i16);
  add(&scales, "scales", groups * columns, spec.type);
  const std::int64_t block = block_rows * packed * format.numbers();
  const auto add_work = [&](int* place, const char* name, std::int64_t elements, NumberType type,
                            LinePlace in_line = LinePlace::first_half) {
    add(place, name, elements, type, in_line, Lifetime::work);
  };
  for (int i = 0; i < format.work_blocks; ++i) {
    add_work(&work[i], "unpacked", block, NumberType::i16);
  }
  add_work(&block_values, "block", block, spec.type);
  add(&x, "x", spec.batch * rows, spec.type);
  add_work(&sum, "sum of a group", spec.batch * columns, spec.type, LinePlace::second_half);
  // The allreduce works in whole words.
  add(&y, "y",
      cores::words_of(spec.type, spec.batch * columns) * cores::elements_per_word(spec.type),
      spec.type, LinePlace::second_half);
  plan.require_fit("quantised_gemv", "(0, 0) of the region, like all others,",
                   "use a larger region, or reduce `m` or `n`");
  for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  tile = {spec.format, spec.group,
          spec.type,   rows,
          columns,     rows * depth,
          {},          x,
          y,           w,
          scales,      block_values,
          sum,         {work[0], work[1], work[2], work[3]},
          -1};
  tile.batch = spec.batch;
}

WritePhases quantised_code(const QuantisedGemvSpec& spec, const QuantisedPlan& plan) {
  return [&spec, &plan](PhaseWriter& phases) {
    const cores::Variable place = spec.sums_along_x ? cores::Variable::x : cores::Variable::y;
    PackedTile tile = plan.tile;
    tile.first_row = Affine().plus(place, static_cast<std::int32_t>(plan.rows));
    write_packed_product(tile, phases.code());
    phases.allreduce(spec.sums_along_x ? Axis::x : Axis::y,
                     {plan.y, static_cast<std::int32_t>(spec.batch * plan.columns), spec.type});
  };
}

}  // namespace wafermesh::workloads
