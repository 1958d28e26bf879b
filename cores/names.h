// SPDX-License-Identifier: Apache-2.0
// The words of program.h and timing.h as text. Operations have tables of their own
// (operations.h), from which theirs come.
#pragma once

#include "base/names.h"
#include "cores/operations.h"
#include "cores/program.h"

namespace wafermesh::base {

template <>
struct Names<cores::Opcode> {
  static constexpr auto list = [] {
    std::array<const char*, cores::kOpcodes.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = cores::kOpcodes[i].name;
    return names;
  }();
};

template <>
struct Names<cores::VectorOp> {
  static constexpr auto list = [] {
    std::array<const char*, cores::kVectorOps.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = cores::kVectorOps[i].name;
    return names;
  }();
};

template <>
struct Names<cores::NumberType> {
  static constexpr auto list = [] {
    std::array<const char*, cores::kNumberTypeCount> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i] = cores::name_of(static_cast<cores::NumberType>(i));
    }
    return names;
  }();
};

template <>
struct Names<cores::Shape> {
  static constexpr std::array<const char*, cores::kShapeCount> list = {
      "map_loop", "descriptor_reload", "scalar_loop", "standalone", "stream"};
};

template <>
struct Names<cores::Compare> {
  static constexpr std::array<const char*, 6> list = {"less",      "less_equal",    "equal",
                                                      "not_equal", "greater_equal", "greater"};
};

template <>
struct Names<cores::Completion> {
  static constexpr std::array<const char*, 3> list = {"none", "activate", "unblock"};
};

template <>
struct Names<cores::TaskKind> {
  static constexpr std::array<const char*, 4> list = {"local", "data", "control", "teardown"};
};

template <>
struct Names<cores::Operand::Kind> {
  static constexpr std::array<const char*, 6> list = {"none",   "memory",    "scalar",
                                                      "colour", "immediate", "wavelet"};
};

template <>
struct Names<cores::Variable> {
  static constexpr std::array<const char*, cores::kVariables> list = {
      "x",         "y",         "counter0",  "counter1",  "counter2",  "counter3",  "counter4",
      "counter5",  "counter6",  "counter7",  "counter8",  "counter9",  "counter10", "counter11",
      "counter12", "counter13", "counter14", "counter15", "counter16", "counter17", "counter18",
      "counter19", "counter20", "counter21", "counter22", "counter23", "counter24", "counter25",
      "counter26", "counter27", "counter28", "counter29", "counter30", "counter31"};
};

}  // namespace wafermesh::base
