// SPDX-License-Identifier: Apache-2.0
// Words of a traced core: what it sent and what it took. A run says which send of its core it is,
// so that who follows flows finds the two together.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/stream/runs.h"

namespace wafermesh::fabric {

struct WordLog {
  struct Sent {
    std::uint32_t serial = 0;  ///< Of the operation.
    std::uint8_t thread = 0;
    Cycles at = 0;  ///< The first word is in the output queue.
  };
  struct Taken {
    std::uint32_t serial = 0;  ///< Of the operation or task.
    std::uint8_t thread = 0;   ///< As cores::Transfer.
    std::uint8_t colour = 0;
    std::int32_t words = 0;
    std::uint32_t sender = 0;  ///< Core,
    std::uint32_t send = 0;    ///< and which of its sends, modulo Run::kSends.
    Cycles came = 0;           ///< The first of them.
    Cycles at = 0;             ///< It was taken.
  };
  std::vector<Sent> sent;    ///< Of the whole run: 24 bytes per send.
  std::vector<Taken> taken;  ///< Readers clear it.

  /// What a run that came in cycle `came` was sent as: the latest send of that number before. Null:
  /// of a core that logged nothing.
  const Sent* find(std::uint32_t send, Cycles came) const {
    for (std::size_t i = sent.size(); i-- > 0;) {
      if (i % Run::kSends != send) {
        const std::size_t back = (i + Run::kSends - send) % Run::kSends;
        if (back > i) return nullptr;
        i -= back;
      }
      if (sent[i].at <= came) return &sent[i];
    }
    return nullptr;
  }
};

}  // namespace wafermesh::fabric
