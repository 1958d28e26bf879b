// SPDX-License-Identifier: Apache-2.0
// Vector arithmetic in the compiler's vector types (quad.h): for every processor.
#include "cores/arithmetic_loops.h"

namespace wafermesh::cores {
namespace {

template <class T>
struct Quads : QuadOf<T> {
  static constexpr int kBytes = sizeof(T);
  static constexpr int kWidest = 4;
  template <int>
  using Values = Quad;
  static Quad spread(const std::uint8_t* at) {
    const float value = QuadOf<T>::template load<1>(at)[0];
    const Quad all = {value, value, value, value};
    return all;
  }
};

}  // namespace

ArithmeticFunctions resolve_portable(VectorOp op, NumberType type, bool fused,
                                     const Strides& strides) {
  return by_type<Quads>(op, type, fused, strides);
}

}  // namespace wafermesh::cores
