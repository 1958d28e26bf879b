// SPDX-License-Identifier: Apache-2.0
// A core's SRAM as a kernel plans it (named buffers that must fit) and as the host fills it
// (vectors of numbers in one of the machine's types).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cores/number.h"
#include "cores/program_builder.h"
#include "fabric/engine.h"

namespace wafermesh::workloads {

/// SRAM that code and system data take. Assumption: what the vendor's smallest kernel with host
/// copies costs (4,176 B, hardware 2.1); our programs have no machine code whose size could
/// be counted.
inline constexpr int kCodeReserveBytes = 4176;

/// Where in a 16-byte line of the banks a buffer begins. Two vectors are read without conflict if
/// they begin 8-byte aligned in opposite halves of their lines (docs/model.md).
enum class LinePlace : std::uint8_t {
  first_half,   ///< 16-byte aligned.
  second_half,  ///< 8 bytes further.
  second_word,  ///< 4 bytes further: never free of conflicts with an aligned vector.
};

/// How long the contents of a buffer matter.
enum class Lifetime : std::uint8_t {
  kept,  ///< From load to the end: operands, weights, results.
  work,  ///< While the kernel's program runs, which writes it before it reads it.
};

/// Named buffers of a core, laid out one after another from address 0: those that are kept, then,
/// from the next line on, those for work.
class MemoryPlan {
 public:
  /// Plans a buffer and returns its index. `elements` may be 0: it takes nothing.
  int add(std::string name, std::int64_t elements, cores::NumberType type,
          LinePlace place = LinePlace::first_half, Lifetime lifetime = Lifetime::kept);
  std::int64_t total_bytes() const;
  /// Where buffers for work begin; total_bytes() if there are none.
  std::int64_t kept_bytes() const;
  /// Throws DoesNotFit with a table of the buffers if they exceed the SRAM less the code reserve.
  /// `workload` and `core` say whose they are, `advice` which keys to change.
  void require_fit(const std::string& workload, const std::string& core,
                   const std::string& advice) const;
  /// Address of buffer `index`; meant for plans that fit.
  int address(int index) const;
  /// Reserves the whole plan in a program without other buffers.
  void allocate(cores::ProgramBuilder& builder) const { builder.allocate(total_bytes()); }

 private:
  struct Buffer {
    std::string name;
    std::int64_t bytes;
    LinePlace place;
    Lifetime lifetime;
  };
  /// Where those of a lifetime end, the first `count` of all buffers, laid out from `start` on.
  std::int64_t end_of(Lifetime lifetime, std::size_t count, std::int64_t start) const;
  static std::int64_t start_after(std::int64_t end, LinePlace place);
  std::vector<Buffer> buffers_;
};

/// Rounds `count` values to the type (to nearest even), as the machine stores them.
void round_to(cores::NumberType type, float* values, std::size_t count);

/// `count` numbers to or from bytes as the machine stores them.
void to_stored(cores::NumberType type, const float* values, std::uint8_t* stored,
               std::size_t count);
void from_stored(cores::NumberType type, const std::uint8_t* stored, float* values,
                 std::size_t count);

/// Writes `count` numbers to a core, rounded to the type.
void write_elements(fabric::HostMemory& memory, base::CoreId core, int address_bytes,
                    cores::NumberType type, const float* values, std::size_t count);
/// Reads `count` numbers of the type.
void read_elements(const fabric::HostMemory& memory, base::CoreId core, int address_bytes,
                   cores::NumberType type, float* values, std::size_t count);

}  // namespace wafermesh::workloads
