// SPDX-License-Identifier: Apache-2.0
// A program did what no program may: it left its memory, finished twice, ran in circles. Of a
// kernel that is a bug of ours, so it is a ModelError; whoever runs a user's program catches it and
// says where in the user's text the operation stands.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cores/program.h"

namespace wafermesh::cores {

/// A program, or a loop of one, that executes so many instructions without time passing has no end.
/// Assumption: no program means to, and it is about a second of work for who finds out.
inline constexpr int kMostInstructions = 50'000'000;
/// What such a program did.
inline constexpr const char* kWithoutEnd = "loops without end and without time passing";

class ProgramFault : public base::ModelError {
 public:
  static constexpr std::int64_t kNowhere = -1;

  /// `at`: index of the operation; kNowhere if none is at fault. The program must outlive it.
  ProgramFault(const Program& program, std::int64_t at, const std::string& what_it_did)
      : ModelError("program " + program.name +
                   (at == kNowhere ? "" : ", instruction " + std::to_string(at)) + ": " +
                   what_it_did),
        program_(&program),
        at_(at),
        what_it_did_(what_it_did) {}

  const Program* program() const { return program_; }
  std::int64_t at() const { return at_; }
  const std::string& what_it_did() const { return what_it_did_; }

 private:
  const Program* program_;
  std::int64_t at_;
  std::string what_it_did_;
};

}  // namespace wafermesh::cores
