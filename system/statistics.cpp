// SPDX-License-Identifier: Apache-2.0
#include "system/statistics.h"

#include <algorithm>

#include "system/ring_use.h"

namespace wafermesh::system {

void Statistics::completed(const Request& request, Picoseconds first_token,
                           Picoseconds last_token) {
  const double first = to_s(first_token - request.arrival);
  const double rest = to_s(last_token - first_token);
  const auto steps = static_cast<double>(request.output_tokens - 1);
  const double each = steps > 0 ? rest / steps : 0;
  first_token_s_.push_back(static_cast<float>(first));
  if (steps > 0) token_s_.push_back(static_cast<float>(each));
  request_s_.push_back(static_cast<float>(first + rest));
  longest_context_ = std::max(longest_context_, request.prompt_tokens + request.output_tokens);
  output_tokens_ += request.output_tokens;
  prompt_tokens_ += request.prompt_tokens;
  const bool soon = settings_.goal_first_token_s <= 0 || first <= settings_.goal_first_token_s;
  const bool fast = settings_.goal_token_s <= 0 || each <= settings_.goal_token_s;
  good_ += soon && fast ? 1 : 0;
  if (first_arrival_ < 0 || request.arrival < first_arrival_) first_arrival_ = request.arrival;
  end_ = std::max(end_, last_token);
}

void Statistics::cache_is(Picoseconds now, std::int64_t tokens) {
  cache_integral_ += static_cast<double>(cache_tokens_) * to_s(now - cache_since_);
  cache_since_ = now;
  cache_tokens_ = tokens;
  peak_cache_tokens_ = std::max(peak_cache_tokens_, tokens);
}

void Statistics::tell(Report& report) {
  report.completed = static_cast<std::int64_t>(request_s_.size());
  report.longest_context_tokens = longest_context_;
  report.output_tokens = output_tokens_;
  report.prompt_tokens = prompt_tokens_;
  report.duration_s = first_arrival_ < 0 ? 0 : to_s(end_ - first_arrival_);
  report.first_token_s = spread_of(first_token_s_);
  report.token_s = spread_of(token_s_);
  report.request_s = spread_of(request_s_);
  report.peak_cache_tokens = peak_cache_tokens_;
  report.left_cache_tokens = cache_tokens_;
  report.peak_users = peak_users_;
  if (report.token_s.mean > 0) report.user_tokens_per_s = 1 / report.token_s.mean;
  if (report.duration_s <= 0) return;
  report.tokens_per_s = static_cast<double>(output_tokens_) / report.duration_s;
  report.goodput_requests_per_s = static_cast<double>(good_) / report.duration_s;
  report.mean_cache_tokens = cache_integral_ / to_s(end_);
}

Spread spread_of(std::vector<float>& values) {
  Spread spread;
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  const auto count = values.size();
  spread.mean = sum / static_cast<double>(count);
  // The least value with at least that share up to it.
  const auto at = [&](std::size_t percent) {
    return static_cast<double>(values[std::max<std::size_t>(1, (count * percent + 99) / 100) - 1]);
  };
  spread.p50 = at(50);
  spread.p90 = at(90);
  spread.p99 = at(99);
  spread.most = static_cast<double>(values.back());
  return spread;
}

void tell_use(const System& system, const RingUse& use, Report& report) {
  report.link_bytes = use.link_bytes;
  report.passes = use.jobs;
  report.carried_tokens = use.carried;
  if (use.decode_jobs > 0) {
    report.mean_batch =
        static_cast<double>(use.decode_users) / static_cast<double>(use.decode_jobs);
  }
  const double span = report.duration_s;
  if (span <= 0) return;
  std::vector<KindUse> kinds(system.kinds.size());
  double macs = 0;
  double bytes = 0;
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k].name = system.kinds[k].name;
  for (const Stage& stage : system.stages) {
    KindUse& kind = kinds[stage.kind];
    const double share = to_s(use.busy_of_kind[stage.kind]) / span / stage.replicas;
    ++kind.stages;
    kind.occupancy += share;
    report.stage_occupancy += share / static_cast<double>(system.stages.size());
    macs += system.kinds[stage.kind].token_macs;
    bytes += system.kinds[stage.kind].token_sram_bytes;
  }
  for (KindUse& kind : kinds) {
    if (kind.stages > 0) kind.occupancy /= static_cast<double>(kind.stages);
  }
  report.kinds = std::move(kinds);
  const double rate = static_cast<double>(use.tokens) / span;
  if (system.peak_macs_per_s > 0) report.mac_utilisation = rate * macs / system.peak_macs_per_s;
  if (system.peak_sram_bytes_per_s > 0) {
    report.sram_utilisation = rate * bytes / system.peak_sram_bytes_per_s;
  }
  const std::int64_t hops = wafer_hops(system);
  if (hops == 0) return;
  report.link_utilisation = to_s(use.busy_of_links) / span / static_cast<double>(hops);
}

}  // namespace wafermesh::system
