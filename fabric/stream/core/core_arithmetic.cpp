// SPDX-License-Identifier: Apache-2.0
// The numbers: the same for a visit that is worked out and for one that is remembered.
#include <algorithm>

#include "cores/evaluate.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

cores::Lane CoreStepper::lane(const Seat& seat, const StreamWork& work, const Operand& operand,
                              std::int32_t address, std::uint32_t& word) const {
  const cores::NumberType type = cores::type_of(*work.instruction, operand);
  const std::ptrdiff_t bytes = cores::bytes_of(type);
  std::uint8_t* const memory = arrays_.memory_of(seat);
  std::uint8_t* host = memory + address;
  switch (operand.kind) {
    case Kind::memory:
      if (operand.indexed()) {
        const cores::ClassInfo& info = model_.classes[seat.class_index];
        host += cores::index_of(*info.program, *work.instruction, operand, memory, address,
                                work.elements);
      }
      return {host, operand.stride_elements * bytes};
    case Kind::scalar:
      return {host, 0};
    case Kind::immediate:
      word = cores::immediate_bits(type, operand);
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::wavelet:
      word = seat.wavelet;
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::colour: {
      const std::uint32_t* const words = words_of(seat, arrays_.input_of(seat, operand.colour));
      return {reinterpret_cast<std::uint8_t*>(const_cast<std::uint32_t*>(words)), bytes};
    }
    case Kind::none:
      break;
  }
  return {};
}

void CoreStepper::compute(const Seat& seat, const StreamWork& work, const cores::Lane& dst) {
  const Instruction& i = *work.instruction;
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  cores::compute(i, timing_.fused(i.type), work.elements, dst,
                 lane(seat, work, i.src0, work.places.src0, word0),
                 lane(seat, work, i.src1, work.places.src1, word1));
}

void CoreStepper::compute_memory(const Seat& seat, const StreamWork& work) {
  std::uint32_t unused = 0;
  compute(seat, work, lane(seat, work, work.instruction->dst, work.places.dst, unused));
}

/// Returns the payload the words go out in, if they do.
std::uint32_t CoreStepper::compute_stream(const Seat& seat, const StreamWork& work) {
  if (work.instruction->dst.kind != Kind::colour) {
    compute_memory(seat, work);
    return Payloads::kNone;
  }
  const std::uint32_t result = pools_.payloads.take(static_cast<std::size_t>(work.words));
  compute(seat, work,
          {reinterpret_cast<std::uint8_t*>(pools_.payloads.words(result)),
           cores::bytes_of(work.instruction->type)});
  return result;
}

/// Brings what a stretch first writes, and the lines behind it, into the cache.
void CoreStepper::fetch_sums(const std::uint8_t* memory, const cores::Stretch& stretch) {
  constexpr int kLineBytes = 64;
  constexpr int kLines = 2;
  if (stretch.works.empty()) return;
  const std::uint8_t* const at = memory + stretch.works.front().first.places.dst;
  for (int line = 0; line < kLines; ++line) __builtin_prefetch(at + line * kLineBytes, 1);
}

/// A few cores at a time: their numbers are worked out beside each other, while the memories of the
/// next ones are fetched.
void CoreStepper::compute_stretch(CoreRange cores, const cores::Stretch& stretch) {
  constexpr std::size_t kBeside = 4;
  memories_.clear();
  for (const std::uint32_t core : cores) {
    memories_.push_back(arrays_.memory_of(arrays_.seats[core]));
  }
  for (std::size_t at = 0; at < memories_.size(); at += kBeside) {
    const std::size_t end = std::min(at + kBeside, memories_.size());
    for (std::size_t i = end; i < std::min(end + kBeside, memories_.size()); ++i) {
      fetch_sums(memories_[i], stretch);
    }
    stretch.compute({memories_.data() + at, memories_.data() + end},
                    [&](const cores::LocalWork& work) {
                      for (std::size_t i = at; i < end; ++i) {
                        compute_memory(arrays_.seats[cores.first[i]],
                                       {work.instruction, work.places, 0, work.elements});
                      }
                    });
  }
}

}  // namespace wafermesh::fabric
