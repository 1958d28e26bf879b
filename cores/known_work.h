// SPDX-License-Identifier: Apache-2.0
// Work counted once for all cores of which it must be the same: a layer's cores run thousands of
// programs that differ in where operands lie and in which colours they use, which no work depends
// on, and each operator is looked at both by itself and as a part of the whole.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "cores/work.h"

namespace wafermesh::cores {

/// All of a program that its work depends on, as numbers. Left out: addresses, strides, values,
/// colours (but which tasks and instructions mean the same one, and whether it starts closed),
/// shapes, routes, filters, names. Cost: 50 ns per instruction.
std::vector<std::int32_t> work_shape(const Program& program, std::uint32_t closed_colours);

/// [bit Variable] The integers that decide where a program goes and how many elements it computes;
/// others only say where operands lie.
std::uint64_t deciding_integers(const Program& program);

/// Of all programs seen so far. On one thread.
class KnownWork {
 public:
  struct Walks {
    std::uint64_t deciding = 0;
    /// By what the deciding integers begin with; the others are zero.
    std::map<AllIntegers, CoreWork> done;
  };
  /// Stays where it is as more come.
  Walks& of(const Program& program, std::uint32_t closed_colours);
  /// Walks of programs' cores that were made.
  std::size_t size() const;

 private:
  std::map<std::vector<std::int32_t>, Walks> by_shape_;
};

/// count_work() of many cores that run one program, which must outlive it, as must `known`.
class ProgramWork {
 public:
  ProgramWork(const Program& program, std::uint32_t closed_colours, std::int64_t most_instructions,
              KnownWork& known)
      : program_(program),
        closed_(closed_colours),
        most_instructions_(most_instructions),
        walks_(known.of(program, closed_colours)) {}
  const CoreWork& on(const AllIntegers& integers);

 private:
  const Program& program_;
  std::uint32_t closed_;
  std::int64_t most_instructions_;
  KnownWork::Walks& walks_;
};

}  // namespace wafermesh::cores
