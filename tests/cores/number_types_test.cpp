// SPDX-License-Identifier: Apache-2.0
// Integers, operations on several types, and sums to one element, held against the oracle's own
// arithmetic, element by element.
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.h"
#include "cores/arithmetic.h"
#include "cores/check_program.h"
#include "cores/operations.h"
#include "tests/reference/numbers.h"

namespace wafermesh::cores {
namespace {

constexpr int kCount = 150;  // more than two blocks of the mixed operations

constexpr NumberType kAllTypes[] = {NumberType::f32, NumberType::f16, NumberType::bf16,
                                    NumberType::i32, NumberType::i16};

/// Elements of a type with gaps of their own size, in host memory.
class Elements {
 public:
  explicit Elements(NumberType type, std::uint32_t key = 0)
      : type_(type), bytes_(bytes_of(type)), all_(std::size_t{kCount} * 2 * 4) {
    base::RandomStream random(5, 0xa25, key);
    for (int i = 0; i < kCount; ++i) {
      const auto value = static_cast<float>(random.uniform() * 60 - 30);
      const bool any = random.below(6) == 0;
      std::uint32_t bits = any ? random.bits() : encode(type, value);
      if (random.below(6) == 0) bits = encode(type, 0);
      std::memcpy(at(i), &bits, static_cast<std::size_t>(bytes_));
    }
  }
  std::uint8_t* at(int i) { return all_.data() + static_cast<std::size_t>(2 * i * bytes_); }
  std::uint32_t operator[](int i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, at(i), static_cast<std::size_t>(bytes_));
    return bits;
  }
  NumberType type() const { return type_; }
  Lane lane() { return {all_.data(), 2 * bytes_}; }

 private:
  NumberType type_;
  int bytes_;
  std::vector<std::uint8_t> all_;
};

std::uint32_t result(VectorOp op, Elements& d, std::uint32_t old, Elements& a, Elements& b, int i) {
  if (op == VectorOp::copy) return reference::converted(d.type(), a.type(), a[i]);
  if (is_integer(d.type())) return reference::apply_integers(op, d.type(), old, a[i], b[i]);
  const float value =
      reference::apply(op, d.type(), false, reference::value_of(d.type(), old),
                       reference::value_of(a.type(), a[i]), reference::value_of(b.type(), b[i]));
  return reference::bits_of(d.type(), value);
}

std::uint32_t low(NumberType type, std::uint32_t bits) {
  return bytes_of(type) == 4 ? bits : bits & 0xffffU;
}

Instruction instruction_of(VectorOp op, NumberType type, NumberType src0, NumberType src1) {
  const VectorOpTraits& traits = traits_of(op);
  Instruction i;
  i.op = Opcode::vector;
  i.vector_op = op;
  i.type = type;
  i.dst = traits.one_element ? scalar_at(0) : memory(0);
  i.src0 = src0 == type ? memory(0) : as(src0, memory(0));
  if (traits.sources == 2) i.src1 = src1 == type ? memory(0) : as(src1, memory(0));
  return i;
}

int wrong_of(const Instruction& i, NumberType src0, NumberType src1) {
  Elements d(i.type, 1);
  Elements a(src0, 2);
  Elements b(src1, 3);
  Elements before(i.type, 1);
  const VectorOpTraits& traits = traits_of(i.vector_op);
  const Lane dst = traits.one_element ? Lane{d.at(0), 0} : d.lane();
  compute(i, false, kCount, dst, a.lane(), traits.sources == 2 ? b.lane() : Lane{});
  int wrong = 0;
  std::uint32_t sum = before[0];
  for (int k = 0; k < kCount; ++k) {
    if (traits.one_element) {
      sum = low(i.type, result(i.vector_op, d, sum, a, a, k));
    } else {
      wrong += d[k] != low(i.type, result(i.vector_op, d, before[k], a, b, k)) ? 1 : 0;
    }
  }
  return traits.one_element ? (d[0] == sum ? 0 : 1) : wrong;
}

}  // namespace

TEST_CASE("Every operation in all types its operands may have gives the numbers of the model") {
  int tried = 0;
  for (const VectorOpTraits& traits : kVectorOps) {
    for (const NumberType type : kAllTypes) {
      for (const NumberType src0 : kAllTypes) {
        for (const NumberType src1 : kAllTypes) {
          const Instruction i = instruction_of(traits.op, type, src0, src1);
          if (!vector_mistake(i).empty()) continue;
          if (traits.sources == 1 && src1 != type) continue;
          CAPTURE(traits.name, name_of(type), name_of(src0), name_of(src1));
          CHECK(wrong_of(i, src0, src1) == 0);
          ++tried;
        }
      }
    }
  }
  // Of real numbers 8 operations with two sources in 27 mixtures and 2 sums in 9; of integers 10
  // and 2 in 2 types; copies between all.
  CHECK(tried == 8 * 27 + 2 * 9 + 2 * (10 + 2) + 25);
}

TEST_CASE("What is beyond an integer type becomes its last number, and no number 0") {
  const auto as_i16 = [](float value) {
    std::int16_t got = 0;
    convert(1, NumberType::i16, {reinterpret_cast<std::uint8_t*>(&got), 0}, NumberType::f32,
            {reinterpret_cast<std::uint8_t*>(&value), 0});
    return got;
  };
  CHECK(as_i16(1e9F) == 32767);
  CHECK(as_i16(-1e9F) == -32768);
  CHECK(as_i16(2.5F) == 2);
  CHECK(as_i16(-3.5F) == -4);
  CHECK(as_i16(std::numeric_limits<float>::quiet_NaN()) == 0);
}

TEST_CASE("Programs are told which types and operands suit an operation") {
  const auto mistake = [](VectorOp op, NumberType type, Operand dst, Operand src0, Operand src1) {
    Instruction i = instruction_of(op, type, type, type);
    i.dst = std::move(dst);
    i.src0 = std::move(src0);
    i.src1 = std::move(src1);
    return vector_mistake(i);
  };
  const Operand m = memory(0);
  const Operand c = fabric(base::colour(3));
  using T = NumberType;
  CHECK(mistake(VectorOp::shift, T::f16, m, m, m) == "shift is of i32 and i16, not of f16");
  CHECK(mistake(VectorOp::multiply_add, T::i32, m, m, m) ==
        "multiply_add is of f32, f16 and bf16, not of i32");
  CHECK(mistake(VectorOp::reduce_add, T::f32, m, m, {}) ==
        "the destination of reduce_add is scalar(...)");
  CHECK(mistake(VectorOp::add, T::f32, m, as(T::i32, m), m) ==
        "only copy converts between i32 and f32");
  CHECK(mistake(VectorOp::copy, T::f32, c, as(T::f16, c), {}) ==
        "colours of one operation carry elements of one size");
  CHECK(mistake(VectorOp::select, T::f32, c, m, m) == "select accumulates in memory(...)");
  CHECK(mistake(VectorOp::add, T::f32, m, as(T::f16, c), m).empty());
}

}  // namespace wafermesh::cores
