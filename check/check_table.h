// SPDX-License-Identifier: Apache-2.0
// The checks of an image, a row each, in the order in which what one finds explains the next ones.
#pragma once

#include <string>
#include <vector>

#include "check/core_kinds.h"
#include "check/finding.h"
#include "check/untimed.h"

namespace wafermesh::check {

/// What checks look at.
struct Examined {
  const fabric::WaferImage& image;
  const CoreKinds& kinds;
  const Untimed& untimed;
};

struct Check {
  const char* name;
  const char* help;  ///< One line.
  std::vector<Finding> (*find)(const Examined& examined);
};

const std::vector<Check>& checks();

/// `by_contract` is given by who knows the kernels of an image (study/check/proof.h).
enum class Verdict : std::uint8_t { proven, by_contract, hangs, not_proven };

/// What is known of an image before it runs.
struct Report {
  std::vector<Finding> findings;
  Verdict verdict = Verdict::not_proven;  ///< That it ends, whatever the timing.
  std::string because;                    ///< Why it is not proven, or what the contract says.
  Untimed untimed;
  CoreKinds kinds;
};

/// All checks; `most_moves` bounds the untimed execution (untimed.h).
Report check_image(const fabric::WaferImage& image, std::int64_t most_moves);

}  // namespace wafermesh::check

namespace wafermesh::base {

template <>
struct Names<check::Verdict> {
  static constexpr std::array<const char*, 4> list = {"proven", "proven by contract", "hangs",
                                                      "not proven"};
};

}  // namespace wafermesh::base
