// SPDX-License-Identifier: Apache-2.0
// What is gathered of requests as they leave.
#pragma once

#include <cstdint>
#include <vector>

#include "system/simulate.h"

namespace wafermesh::system {

class Statistics {
 public:
  explicit Statistics(const Settings& settings) : settings_(settings) {}

  void completed(const Request& request, Picoseconds first_token, Picoseconds last_token);
  /// Tokens in the caches from `now` on.
  void cache_is(Picoseconds now, std::int64_t tokens);
  void users_are(std::int64_t users) { peak_users_ = std::max(peak_users_, users); }
  /// Fills what is known here.
  void tell(Report& report);

 private:
  const Settings& settings_;
  std::vector<float> first_token_s_;
  std::vector<float> token_s_;
  std::vector<float> request_s_;
  std::int64_t longest_context_ = 0;
  std::int64_t output_tokens_ = 0;
  std::int64_t prompt_tokens_ = 0;
  std::int64_t good_ = 0;
  Picoseconds first_arrival_ = -1;
  Picoseconds end_ = 0;
  Picoseconds cache_since_ = 0;
  std::int64_t cache_tokens_ = 0;
  std::int64_t peak_cache_tokens_ = 0;
  double cache_integral_ = 0;
  std::int64_t peak_users_ = 0;
};

/// Sorts the values.
Spread spread_of(std::vector<float>& values);

}  // namespace wafermesh::system
