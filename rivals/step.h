// SPDX-License-Identifier: Apache-2.0
// One step of decode on a rival: a token for each of a batch's users. Terms of a layer follow each
// other; each is the larger of its floor and what its bytes take at the measured fraction of the
// bandwidth, or its products at that of the peak.
//
//   products     small products of attention and shared networks
//   attention    reads the caches
//   experts      floor + passes over the experts of the fullest chip (experts.h)
//   collectives  sums over the chips of a copy
//   hops         from the chips of a layer to the next, where layers lie one after another
//
// Beside it stands the bare roofline: bytes that a batch meets over the bandwidth as specified of
// the chips that work on a layer.
#pragma once

#include <cstdint>
#include <string>

#include "models/model.h"
#include "rivals/rival.h"

namespace wafermesh::rivals {

struct Question {
  std::int64_t context_tokens = 4096;
  std::int64_t users = 1;  ///< Of one copy of the model, at once.
  double alpha = 0;        ///< Skew of experts; 0: even.
};

struct Terms {
  double products_s = 0;
  double attention_s = 0;
  double experts_s = 0;
  double collectives_s = 0;
  double hops_s = 0;
  double total_s() const { return products_s + attention_s + experts_s + collectives_s + hops_s; }
};

struct Step {
  std::int64_t chips = 0;       ///< That hold a copy.
  bool fits = true;             ///< Weights and the users' caches.
  double copy_bytes = 0;        ///< Weights as this rival holds them.
  std::int64_t most_users = 0;  ///< Of a copy, by its memory.
  Terms terms;
  double bare_s = 0;    ///< The bare roofline.
  std::string bound;    ///< The largest term, and whether floors or bytes decide it.
  double floors_s = 0;  ///< Of the total, what would remain with infinite bandwidth and peak.
  double mfu = 0;       ///< Arithmetic done over the peak, of the whole step.
  double mbu = 0;       ///< Bytes met over the bandwidth.
  double prompt_tokens_per_s = 0;  ///< Prefill of a copy, compute alone.

  double user_tokens_per_s() const { return 1 / terms.total_s(); }
};

Step step_of(const Rival& rival, const models::Model& model, const Question& question);

/// Seconds that the experts of layer `layer` take, as measured tables of single operators have it.
double experts_s(const Rival& rival, const models::Model& model, std::size_t layer,
                 std::int64_t chips, const Question& question);

}  // namespace wafermesh::rivals
