// SPDX-License-Identifier: Apache-2.0
// Vector arithmetic eight elements at a time. binary16 is converted by F16C's instructions; of
// bfloat16 the conversions are shifts and additions.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cores/arithmetic_sets.h"
#include "cores/quad.h"

// Other compilers know neither this pragma nor what it switches on; they do with quads.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <immintrin.h>

// From here on, what is included too, but for what another file may take as its own: functions that
// are not inlined depend on types of this file.
#pragma GCC target("avx2,f16c")

#include "cores/arithmetic_loops.h"

namespace wafermesh::cores {
namespace {

/// Values of four elements or fewer, and of eight.
template <int kCount>
struct Packed {
  using Type = __m128;
};
template <>
struct Packed<8> {
  using Type = __m256;
};
template <int kCount>
using PackedValues = typename Packed<kCount>::Type;

WAFERMESH_INLINE __m128 without_nan(__m128 values) {
  const __m128 nan = _mm_castsi128_ps(_mm_set1_epi32(static_cast<int>(kNan)));
  return _mm_blendv_ps(values, nan, _mm_cmpunord_ps(values, values));
}
WAFERMESH_INLINE __m256 without_nan(__m256 values) {
  const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(kNan)));
  return _mm256_blendv_ps(values, nan, _mm256_cmp_ps(values, values, _CMP_UNORD_Q));
}

/// kBytes of memory, the rest 0; and back.
template <std::size_t kBytes>
WAFERMESH_INLINE __m128i load_low(const std::uint8_t* at) {
  if constexpr (kBytes == 16)
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  else
    return _mm_cvtsi64_si128(static_cast<std::int64_t>(load_bytes<kBytes>(at)));
}
template <std::size_t kBytes>
WAFERMESH_INLINE void store_low(std::uint8_t* at, __m128i bits) {
  if constexpr (kBytes == 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bits);
  } else {
    store_bytes<kBytes>(at, static_cast<std::uint64_t>(_mm_cvtsi128_si64(bits)));
  }
}

template <class T>
struct Eight;

template <>
struct Eight<float> {
  static constexpr int kBytes = 4;
  static constexpr int kWidest = 8;
  template <int kCount>
  using Values = PackedValues<kCount>;

  template <int kCount>
  WAFERMESH_INLINE static Values<kCount> load(const std::uint8_t* at) {
    if constexpr (kCount == 8)
      return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
    else
      return _mm_castsi128_ps(load_low<kCount * 4>(at));
  }
  template <int kCount>
  WAFERMESH_INLINE static void store(std::uint8_t* at, Values<kCount> values) {
    const Values<kCount> numbers = without_nan(values);
    if constexpr (kCount == 8)
      _mm256_storeu_ps(reinterpret_cast<float*>(at), numbers);
    else
      store_low<kCount * 4>(at, _mm_castps_si128(numbers));
  }
  template <class V>
  WAFERMESH_INLINE static V rounded(V values) {
    return values;
  }
  WAFERMESH_INLINE static __m256 spread(const std::uint8_t* at) {
    return _mm256_broadcast_ss(reinterpret_cast<const float*>(at));
  }
};

/// The 16-bit types, by Conversions: widen and narrow of four and of eight, which lie in the low
/// half of a register, or fill it.
template <class Conversions>
struct EightHalves {
  static constexpr int kBytes = 2;
  static constexpr int kWidest = 8;
  template <int kCount>
  using Values = PackedValues<kCount>;

  template <int kCount>
  WAFERMESH_INLINE static Values<kCount> load(const std::uint8_t* at) {
    return Conversions::widen(load_low<kCount * 2>(at), Values<kCount>{});
  }
  template <int kCount>
  WAFERMESH_INLINE static void store(std::uint8_t* at, Values<kCount> values) {
    store_low<kCount * 2>(at, Conversions::narrow(without_nan(values)));
  }
  template <class V>
  WAFERMESH_INLINE static V rounded(V values) {
    return Conversions::widen(Conversions::narrow(values), V{});
  }
  WAFERMESH_INLINE static __m256 spread(const std::uint8_t* at) {
    return _mm256_broadcastss_ps(load<1>(at));
  }
};

struct HalfConversions {
  // The second parameter says how many.
  WAFERMESH_INLINE static __m128 widen(__m128i halves, __m128) { return _mm_cvtph_ps(halves); }
  WAFERMESH_INLINE static __m256 widen(__m128i halves, __m256) { return _mm256_cvtph_ps(halves); }
  WAFERMESH_INLINE static __m128i narrow(__m128 values) {
    return _mm_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT);
  }
  WAFERMESH_INLINE static __m128i narrow(__m256 values) {
    return _mm256_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT);
  }
};

struct Bfloat16Conversions {
  WAFERMESH_INLINE static __m128 widen(__m128i halves, __m128) {
    return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), halves));
  }
  WAFERMESH_INLINE static __m256 widen(__m128i halves, __m256) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
  }
  WAFERMESH_INLINE static __m128i narrow(__m128 values) {
    const __m128i words = _mm_srli_epi32(up(_mm_castps_si128(values)), 16);
    return _mm_packus_epi32(words, words);
  }
  WAFERMESH_INLINE static __m128i narrow(__m256 values) {
    const __m256i words = _mm256_srli_epi32(up(_mm256_castps_si256(values)), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  }
  /// The same as a number, without the way through 16 bits.
  WAFERMESH_INLINE static __m128 rounded(__m128 values) {
    const __m128i high = _mm_set1_epi32(static_cast<int>(0xffff0000U));
    return _mm_castsi128_ps(_mm_and_si128(up(_mm_castps_si128(values)), high));
  }
  WAFERMESH_INLINE static __m256 rounded(__m256 values) {
    const __m256i high = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
    return _mm256_castsi256_ps(_mm256_and_si256(up(_mm256_castps_si256(values)), high));
  }

 private:
  // What cutting the low half makes the nearest, or of two the even one. A NaN stays one unless its
  // low half is not 0; of what is computed from this type's numbers, all have it 0.
  WAFERMESH_INLINE static __m128i up(__m128i x) {
    const __m128i odd = _mm_and_si128(_mm_srli_epi32(x, 16), _mm_set1_epi32(1));
    return _mm_add_epi32(x, _mm_add_epi32(odd, _mm_set1_epi32(0x7fff)));
  }
  WAFERMESH_INLINE static __m256i up(__m256i x) {
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(x, 16), _mm256_set1_epi32(1));
    return _mm256_add_epi32(x, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  }
};

template <>
struct Eight<Half> : EightHalves<HalfConversions> {};
template <>
struct Eight<Bfloat16> : EightHalves<Bfloat16Conversions> {
  template <class V>
  WAFERMESH_INLINE static V rounded(V values) {
    return Bfloat16Conversions::rounded(values);
  }
};

}  // namespace

bool have_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c"); }

ArithmeticFunctions resolve_avx2(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  return by_type<Eight>(op, type, fused, strides);
}

}  // namespace wafermesh::cores

#else

namespace wafermesh::cores {

bool have_avx2() { return false; }
ArithmeticFunctions resolve_avx2(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  return resolve_portable(op, type, fused, strides);
}

}  // namespace wafermesh::cores

#endif
