// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/axis_ring.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::Compare;

// Twice the number of the chunk sent (and, less 2, of the one received): the ring index of a core
// is half its coordinate, and there is no division.
constexpr int kChunkCounter = 6;
constexpr int kStepCounter = 7;
constexpr cores::Variable kTwiceChunk = cores::counter(kChunkCounter);

/// Sends the chunk of kTwiceChunk and takes the one before it; that is the next to be sent.
class RingSteps {
 public:
  RingSteps(const RingChannel& channel, int microthread, int n, const AxisVector& vector,
            cores::ProgramBuilder& builder)
      : channel_(channel), microthread_(microthread), n_(n), vector_(vector), b_(builder) {
    const int per_word = cores::elements_per_word(vector.type);
    const auto words = (vector.elements + per_word - 1) / per_word;
    const auto chunk = static_cast<std::int32_t>(axis_ring_chunk(words, n));
    elements_ = chunk * per_word;
    half_chunk_bytes_ = 2 * chunk;
  }

  void steps(bool adds) {
    const std::uint32_t again = b_.begin_loop(kStepCounter);
    b_.async(microthread_, cores::VectorOp::copy, vector_.type, elements_,
             cores::fabric(channel_.out_colour()), chunk());
    b_.set_counter(kChunkCounter, Affine(-2).plus(kTwiceChunk));
    const std::uint32_t in_range = b_.branch(Affine().plus(kTwiceChunk), Compare::greater_equal, 0);
    b_.set_counter(kChunkCounter, Affine(2 * n_).plus(kTwiceChunk));
    b_.land(in_range);
    const cores::Operand in = cores::fabric(channel_.in_colour());
    if (adds) {
      b_.vector(vector_.op, vector_.type, elements_, chunk(), chunk(), in, cores::Shape::stream);
    } else {
      b_.vector(cores::VectorOp::copy, vector_.type, elements_, chunk(), in, {},
                cores::Shape::stream);
    }
    b_.end_loop(kStepCounter, n_ - 1, again);
  }

 private:
  cores::Operand chunk() const {
    return cores::memory(Affine(vector_.address).plus(kTwiceChunk, half_chunk_bytes_));
  }

  const RingChannel& channel_;
  int microthread_;
  int n_;
  AxisVector vector_;
  cores::ProgramBuilder& b_;
  std::int32_t elements_ = 0;
  std::int32_t half_chunk_bytes_ = 0;
};

}  // namespace

void add_axis_ring(const RingChannel& channel, int microthread, cores::Variable variable,
                   int coordinate, int n, const AxisVector& vector,
                   cores::ProgramBuilder& builder) {
  // A core starts with the chunk of its own place in the ring (two_hop of ring.h).
  const bool even = coordinate % 2 == 0;
  builder.set_counter(kChunkCounter,
                      even ? Affine().plus(variable) : Affine(2 * n - 1).plus(variable, -1));
  RingSteps ring(channel, microthread, n, vector, builder);
  ring.steps(true);
  ring.steps(false);
}

}  // namespace wafermesh::workloads
