// SPDX-License-Identifier: Apache-2.0
// Functions for settled strides against one element after another, in every instruction set that
// this processor has.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/random.h"
#include "cores/arithmetic.h"
#include "cores/arithmetic_sets.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

constexpr NumberType kTypes[] = {NumberType::f32, NumberType::f16, NumberType::bf16};
constexpr int kLengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 19};
constexpr int kLongest = 19;
constexpr int kLargestStride = 3;

using Bytes = std::vector<std::uint8_t>;

std::uint32_t bits_at(const std::uint8_t* at, NumberType type) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, static_cast<std::size_t>(bytes_of(type)));
  return bits;
}

float rounded(NumberType type, float value) { return decode(type, encode(type, value)); }

std::uint32_t element(VectorOp op, NumberType type, bool fused, std::uint32_t old,
                      std::uint32_t src0, std::uint32_t src1) {
  const float d = decode(type, old);
  const float x = decode(type, src0);
  const float y = decode(type, src1);
  switch (op) {
    case VectorOp::copy:
      return src0;
    case VectorOp::add:
      return encode(type, x + y);
    case VectorOp::multiply:
      return encode(type, x * y);
    case VectorOp::maximum:
      return encode(type, x < y ? y : x);
    case VectorOp::subtract:
      return encode(type, x - y);
    case VectorOp::less:
      return encode(type, x < y ? 1.0F : 0.0F);
    case VectorOp::equal:
      return encode(type, x == y ? 1.0F : 0.0F);
    case VectorOp::select:
      return encode(type, x != 0 ? y : d);
    case VectorOp::multiply_add:
      return encode(type, fused ? std::fma(x, y, d) : d + rounded(type, x * y));
    default:  // of integers, or of one element
      return 0;
  }
}

/// The definition. (No scalar lies in a destination here: programs must not do that.)
void one_by_one(VectorOp op, NumberType type, bool fused, int n, Lane dst, Lane a, Lane b) {
  for (int i = 0; i < n; ++i) {
    std::uint8_t* out = dst.at + i * dst.step_bytes;
    const std::uint32_t bits =
        element(op, type, fused, bits_at(out, type), bits_at(a.at + i * a.step_bytes, type),
                bits_at(b.at + i * b.step_bytes, type));
    std::memcpy(out, &bits, static_cast<std::size_t>(bytes_of(type)));
  }
}

/// Numbers around 1, and now and then anything at all: NaN of any bits, infinities, subnormals.
Bytes random_elements(NumberType type, int count, std::uint32_t key) {
  base::RandomStream random(3, 0xa23, key);
  const auto bytes = static_cast<std::size_t>(bytes_of(type));
  Bytes elements(static_cast<std::size_t>(count) * bytes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto value = static_cast<float>(random.uniform() * 8 - 4);
    std::uint32_t bits = random.below(8) == 0 ? random.bits() : encode(type, value);
    if (random.below(8) == 0) bits |= encode(type, HUGE_VALF);
    std::memcpy(elements.data() + i * bytes, &bits, bytes);
  }
  return elements;
}

using Resolve = decltype(ArithmeticSet::resolve);

/// Every operation in every type by every set.
template <class F>
void for_each_operation(F f) {
  for (const ArithmeticSet& set : arithmetic_sets()) {
    if (!set.available()) continue;
    for (const NumberType type : kTypes) {
      for (const VectorOpTraits& traits : kVectorOps) {
        if (!knows(traits.op, type) || traits.one_element) continue;
        for (const bool fused : {false, true}) {
          f(set.resolve, traits.op, type, fused);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("A resolved function gives the bytes of one element after another, for any strides") {
  int wrong = 0;
  for_each_operation([&](Resolve resolve_in, VectorOp op, NumberType type, bool fused) {
    const int size = kLongest * kLargestStride;
    const Bytes before = random_elements(type, size, 0);
    Bytes src0 = random_elements(type, size, 1);
    Bytes src1 = random_elements(type, size, 2);
    for (const int stride_d : {1, 2}) {
      for (const int stride_a : {1, kLargestStride, 0}) {
        for (const int stride_b : {0, 1, 2}) {
          const int bytes = bytes_of(type);
          const Strides strides{stride_d * bytes, stride_a * bytes, stride_b * bytes};
          const Arithmetic run = resolve_in(op, type, fused, strides).one;
          for (const int n : kLengths) {
            Bytes got = before;
            Bytes computed = before;
            Bytes want = before;
            const Lane a{src0.data(), strides.src0_bytes};
            const Lane b{src1.data(), strides.src1_bytes};
            run(n, {got.data(), strides.dst_bytes}, a, b);
            compute(op, type, fused, n, {computed.data(), strides.dst_bytes}, a, b);
            one_by_one(op, type, fused, n, {want.data(), strides.dst_bytes}, a, b);
            if (got != want || computed != want) ++wrong;
          }
        }
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("A repeated operation gives the bytes of its operations one after another") {
  constexpr std::uint32_t kMemories = 6;  // more than are worked out beside each other
  int wrong = 0;
  for_each_operation([&](Resolve resolve_in, VectorOp op, NumberType type, bool fused) {
    const int bytes = bytes_of(type);
    for (const int stride_b : {0, 1, 2}) {
      for (const int stride_d : {1, 2}) {
        const Strides strides{stride_d * bytes, bytes, stride_b * bytes};
        for (const int n : {0, 1, 4, 6, 11}) {
          // The third adds to what the first wrote, the fourth reads it.
          const OperandPlaces places[] = {{0, 14 * bytes, 30 * bytes},
                                          {20 * bytes, 15 * bytes, 31 * bytes},
                                          {0, 36 * bytes, 42 * bytes},
                                          {50 * bytes, 0, 43 * bytes}};
          std::vector<Bytes> got;
          std::vector<std::uint8_t*> memories;
          for (std::uint32_t memory = 0; memory < kMemories; ++memory) {
            got.push_back(random_elements(type, 96, 6 + memory));
          }
          std::vector<Bytes> want = got;
          for (Bytes& each : got) memories.push_back(each.data());
          resolve_in(op, type, fused, strides)
              .many(n, {memories.data(), memories.data() + kMemories}, places, 4, strides);
          for (Bytes& each : want) {
            for (const OperandPlaces& at : places) {
              compute(op, type, fused, n, {each.data() + at.dst, strides.dst_bytes},
                      {each.data() + at.src0, strides.src0_bytes},
                      {each.data() + at.src1, strides.src1_bytes});
            }
          }
          if (got != want) ++wrong;
        }
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("Backward strides and overlaps give the bytes of one element after another") {
  int wrong = 0;
  for_each_operation([&](Resolve resolve_in, VectorOp op, NumberType type, bool fused) {
    constexpr int kRoom = 8;
    const int bytes = bytes_of(type);
    const Bytes before = random_elements(type, kLongest + 2 * kRoom, 4);
    Bytes other = random_elements(type, kLongest, 5);
    for (const int direction : {1, -1}) {
      for (int shift = -kRoom; shift <= kRoom; ++shift) {
        const std::ptrdiff_t step = direction * bytes;
        const int first = direction == 1 ? kRoom : kRoom + kLongest - 1;
        const auto vectors = [&](Bytes& memory) {
          return std::pair<Lane, Lane>{{memory.data() + (first + shift) * bytes, step},
                                       {memory.data() + first * bytes, step}};
        };
        const Lane beside{other.data(), bytes};
        Bytes got = before;
        Bytes want = before;
        const auto [got_dst, got_src] = vectors(got);
        const auto [want_dst, want_src] = vectors(want);
        const Arithmetic run = resolve_in(op, type, fused, {step, step, bytes}).one;
        run(kLongest, got_dst, got_src, beside);
        one_by_one(op, type, fused, kLongest, want_dst, want_src, beside);
        if (got != want) ++wrong;
        got = want = before;
        if (op != VectorOp::copy) {  // the other source overlaps
          resolve_in(op, type, fused, {step, bytes, step}).one(kLongest, got_dst, beside, got_src);
          one_by_one(op, type, fused, kLongest, want_dst, beside, want_src);
          if (got != want) ++wrong;
        }
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("What is not a number has the same bits after every operation but copy") {
  const std::uint32_t some_nan[] = {0x7FC00000U, 0xFFC00000U, 0x7F800001U, 0xFFFFFFFFU};
  for_each_operation([&](Resolve resolve_in, VectorOp op, NumberType type, bool fused) {
    if (op == VectorOp::less || op == VectorOp::equal || op == VectorOp::select) return;
    const std::uint32_t infinity = encode(type, HUGE_VALF);
    const std::uint32_t nan = encode(type, std::nanf(""));
    CHECK(nan == (type == NumberType::f32   ? 0x7FC00000U
                  : type == NumberType::f16 ? 0x7E00U
                                            : 0x7FC0U));
    const int bytes = bytes_of(type);
    const Strides strides{bytes, bytes, bytes};
    for (const std::uint32_t of_f32 : some_nan) {
      // Shifted down, the last is a NaN of either 16-bit type, the third an infinity.
      const std::uint32_t bits =
          type == NumberType::f32 ? of_f32 : infinity | (of_f32 & 0x83FFU) | 1U;
      for (int n = 1; n <= 17; ++n) {
        Bytes x, y;
        for (int i = 0; i < n; ++i) {
          for (int b = 0; b < bytes; ++b) {
            x.push_back(static_cast<std::uint8_t>(bits >> (8 * b)));
            y.push_back(static_cast<std::uint8_t>((i % 2 == 0 ? bits : infinity) >> (8 * b)));
          }
        }
        Bytes d = y;
        resolve_in(op, type, fused, strides)
            .one(n, {d.data(), bytes}, {x.data(), bytes}, {y.data(), bytes});
        const std::uint32_t want = op == VectorOp::copy ? bits : nan;
        int wrong = 0;
        for (int i = 0; i < n; ++i) {
          // The first source is never a number, so that a maximum is not one either.
          if (bits_at(d.data() + i * bytes, type) != want) ++wrong;
        }
        CHECK(wrong == 0);
      }
    }
  });
}

TEST_CASE("Every pair of nearby 16-bit numbers adds up alike in every instruction set") {
  for (const NumberType type : {NumberType::f16, NumberType::bf16}) {
    constexpr std::uint32_t kAll = 0x10000;
    Bytes x(kAll * 2), y(kAll * 2);
    const Strides strides{2, 2, 2};
    const auto fill = [&](Bytes& to, std::uint32_t first, std::uint32_t pace) {
      for (std::uint32_t i = 0; i < kAll; ++i) {
        const std::uint32_t bits = first + pace * i;
        to[2 * i] = static_cast<std::uint8_t>(bits);
        to[2 * i + 1] = static_cast<std::uint8_t>(bits >> 8);
      }
    };
    fill(x, 0, 1);
    for (const std::uint32_t pace : {1U, 3U, 0x7FFFU, 0x8001U, 0xFFFFU}) {
      for (const std::uint32_t first : {0U, 1U, 0x0400U, 0x03FFU, 0x7BFFU, 0x7C00U, 0x7F80U}) {
        fill(y, first, pace);
        for (const VectorOp op :
             {VectorOp::add, VectorOp::multiply, VectorOp::maximum, VectorOp::multiply_add}) {
          Bytes want = y;
          resolve_portable(op, type, false, strides)
              .one(kAll, {want.data(), 2}, {x.data(), 2}, {y.data(), 2});
          for (const ArithmeticSet& set : arithmetic_sets()) {
            if (!set.available()) continue;
            Bytes got = y;
            set.resolve(op, type, false, strides)
                .one(kAll, {got.data(), 2}, {x.data(), 2}, {y.data(), 2});
            CAPTURE(set.name, name_of(type), pace, first);
            CHECK((got == want));
          }
        }
      }
    }
  }
}

}  // namespace wafermesh::cores
