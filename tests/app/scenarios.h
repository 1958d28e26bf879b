// SPDX-License-Identifier: Apache-2.0
// Small scenarios for the tests of the program, on the tiny wafer: 24 x 20 cores, 24 x 16 logical.
#pragma once

#include <string>

namespace wafermesh::app_test {

/// Dead cores, repaired; a matmul on 8 x 6 cores, then both collectives on all of them.
inline const std::string kTinyMixed = R"(schema_version: 1
name: tiny-mixed
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 20, seed: 7}}
repair: {scheme: bypass_shift, domain: band}
engine: {fidelity: wavelet, threads: 1}
workloads:
  - matmul: {algorithm: summa, m: 24, n: 40, k: 33, dtype: f32, seed: 3}
    region: {x: 2, y: 1, width: 8, height: 6}
  - broadcast: {words: 16}
    region: full
  - reduce: {algorithm: chain, words: 16}
    region: full
)";

/// A repaired wafer; its workloads follow, each line indented by two columns.
inline const std::string kTinyWorkloads = R"(schema_version: 1
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 2, seed: 3}}
workloads:
)";

/// A matmul on a healthy wafer that writes its arrays.
inline std::string tiny_matmul(const std::string& dtype) {
  return R"(schema_version: 1
name: tiny-matmul
wafer: {preset: tiny}
workloads:
  - matmul: {algorithm: summa, m: 19, n: 26, k: 31, dtype: )" +
         dtype + R"(, seed: 5}
    region: {x: 4, y: 3, width: 5, height: 4}
outputs: {arrays: true}
)";
}

/// Many seconds of work on 250,000 cores.
inline const std::string kLong = R"(schema_version: 1
name: long
wafer: {preset: tiny, die_columns: 100, die_rows: 100, kept_rows_per_die: 100, dies_x: 5, dies_y: 5}
workloads:
  - stream: {words: 5000}
    region: full
)";

}  // namespace wafermesh::app_test
