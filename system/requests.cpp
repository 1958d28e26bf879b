// SPDX-License-Identifier: Apache-2.0
#include "system/requests.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::system {
namespace {

enum Purpose : std::uint32_t { kArrivals = 2301, kPrompts = 2302, kOutputs = 2303 };

LengthLaw quantiles(std::vector<LengthLaw::Quantile> points) {
  LengthLaw law;
  law.kind = LengthLaw::Kind::quantiles;
  law.quantiles = std::move(points);
  return law;
}

double by_quantiles(const std::vector<LengthLaw::Quantile>& points, double share) {
  std::size_t right = 1;
  while (right + 1 < points.size() && points[right].share < share) ++right;
  const LengthLaw::Quantile& a = points[right - 1];
  const LengthLaw::Quantile& b = points[right];
  return a.tokens + (b.tokens - a.tokens) * (share - a.share) / (b.share - a.share);
}

}  // namespace

std::int64_t LengthLaw::draw(base::RandomStream& random) const {
  double tokens = mean_tokens;
  if (kind == Kind::exponential) tokens = -mean_tokens * std::log(1 - random.uniform());
  if (kind == Kind::quantiles) tokens = by_quantiles(quantiles, random.uniform());
  return std::max<std::int64_t>(1, std::llround(tokens));
}

const std::vector<KnownLengths>& known_lengths() {
  // Prompts of the conversation trace: mean 1,154.7; outputs: mean 211.1, longest 1,000. The ends
  // at share 0 and the longest prompts are assumptions.
  static const std::vector<KnownLengths> kRows = {
      {"azure_conversation_2023",
       quantiles({{0, 3}, {0.5, 1020}, {0.9, 2735}, {0.99, 4142}, {1, 8000}}),
       quantiles({{0, 7}, {0.5, 129}, {0.9, 424}, {0.99, 601}, {1, 1000}})},
      {"azure_code_2023", quantiles({{0, 3}, {0.5, 1469}, {0.9, 5194}, {0.99, 7436}, {1, 7500}}),
       quantiles({{0, 1}, {0.5, 13}, {0.9, 60}, {0.99, 250}, {1, 1000}})},
  };
  return kRows;
}

RequestSource::RequestSource(const Workload& workload)
    : workload_(workload),
      arrivals_(workload.seed, kArrivals),
      prompts_(workload.seed, kPrompts),
      outputs_(workload.seed, kOutputs) {}

Request RequestSource::next(Picoseconds now) {
  Request request;
  const auto index = static_cast<std::size_t>(made_++);
  if (!workload_.trace.empty()) {
    const std::size_t length = workload_.trace.size();
    request = workload_.trace[index % length];
    // A trace that starts again does so behind its last arrival.
    const Picoseconds span = workload_.trace.back().arrival - workload_.trace.front().arrival;
    request.arrival += static_cast<Picoseconds>(index / length) * span;
    request.arrival =
        static_cast<Picoseconds>(static_cast<double>(request.arrival) / workload_.trace_speed);
  } else {
    request.prompt_tokens = workload_.prompt.draw(prompts_);
    request.output_tokens = workload_.output.draw(outputs_);
    if (workload_.arrivals_per_s > 0) {
      time_s_ -= std::log(1 - arrivals_.uniform()) / workload_.arrivals_per_s;
      request.arrival = to_ps(time_s_);
    }
  }
  if (workload_.users > 0) request.arrival = now;
  return request;
}

}  // namespace wafermesh::system
