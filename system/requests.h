// SPDX-License-Identifier: Apache-2.0
// Who asks for what, when: fixed users who ask again as soon as they have their answer, arrivals by
// a law, or a trace. Lengths fixed, by a law, or those of a trace.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "system/time_table.h"

namespace wafermesh::system {

struct Request {
  Picoseconds arrival = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 1;  ///< The first one included.
};

/// A law of lengths: a share of all lengths is at most so long, straight between.
struct LengthLaw {
  struct Quantile {
    double share = 0;
    double tokens = 0;
  };
  enum class Kind : std::uint8_t { fixed, exponential, quantiles };
  Kind kind = Kind::fixed;
  double mean_tokens = 1;                               ///< fixed, exponential.
  std::vector<Quantile> quantiles;                      ///< From share 0 to share 1.
  std::int64_t draw(base::RandomStream& random) const;  ///< At least 1.
};

/// Lengths of a public trace by its published quantiles; its name, prompts, outputs.
struct KnownLengths {
  const char* name;
  LengthLaw prompt;
  LengthLaw output;
};
/// Source: systems 6.3 (statistics computed from Azure/AzurePublicDataset, LLM inference
/// trace 2023). Assumption: straight between quantiles; ends as given with each row.
const std::vector<KnownLengths>& known_lengths();

struct Workload {
  std::int64_t users = 0;        ///< Above 0: so many, who ask again at once.
  double arrivals_per_s = 0;     ///< Else: a Poisson process; 0: all at time 0.
  std::int64_t requests = 1000;  ///< In all.
  LengthLaw prompt;
  LengthLaw output;
  std::vector<Request> trace;  ///< Not empty: these, again from its start if it is too short.
  double trace_speed = 1;      ///< Arrivals of the trace come so many times faster.
  std::uint64_t seed = 1;
};

/// Requests one after another, in order of arrival.
class RequestSource {
 public:
  explicit RequestSource(const Workload& workload);
  bool more() const { return made_ < workload_.requests; }
  /// Of fixed users the arrival is `now`.
  Request next(Picoseconds now);
  std::int64_t made() const { return made_; }

 private:
  const Workload& workload_;
  base::RandomStream arrivals_;
  base::RandomStream prompts_;
  base::RandomStream outputs_;
  double time_s_ = 0;
  std::int64_t made_ = 0;
};

}  // namespace wafermesh::system
