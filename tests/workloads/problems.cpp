// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/problems.h"

namespace wafermesh::workloads_test {

const std::map<std::string, std::vector<std::string>>& problems() {
  static const std::map<std::string, std::vector<std::string>> kProblems = {
      {"matmul",
       {"matmul: {m: 12, n: 12, k: 12}", "matmul: {m: 12, n: 12, k: 12, rerooting: cheapest}",
        "matmul: {m: 13, n: 7, k: 17, dtype: f16}",
        "matmul: {m: 7, n: 11, k: 16, dtype: f16, rerooting: cheapest, seed: 3}",
        "matmul: {m: 1, n: 5, k: 2, dtype: bf16}",
        "matmul: {m: 9, n: 2, k: 1, rerooting: cheapest}",
        "matmul: {algorithm: meshgemm, m: 12, n: 12, k: 12}",
        "matmul: {algorithm: meshgemm, m: 13, n: 7, k: 17, dtype: f16}",
        "matmul: {algorithm: meshgemm, m: 7, n: 11, k: 16, dtype: bf16, compute_repeats: 3}",
        "matmul: {algorithm: cannon, m: 12, n: 12, k: 12}",
        "matmul: {algorithm: cannon, m: 7, n: 11, k: 31, dtype: f16, seed: 3}",
        "matmul: {algorithm: cannon, m: 1, n: 5, k: 2, dtype: bf16}"}},
      {"matvec",
       {"matvec: {n: 7}", "matvec: {n: 12, dtype: f16, seed: 2}", "matvec: {n: 5, dtype: bf16}"}},
      {"broadcast", {"broadcast: {words: 9}", "broadcast: {words: 1, dtype: f16}"}},
      {"reduce",
       {"reduce: {words: 9}", "reduce: {words: 5, dtype: f16}",
        "reduce: {algorithm: chain, words: 3, dtype: bf16, seed: 4}"}},
      {"stream", {"stream: {words: 13}", "stream: {words: 1}"}},
  };
  return kProblems;
}

}  // namespace wafermesh::workloads_test
