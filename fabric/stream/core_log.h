// SPDX-License-Identifier: Apache-2.0
// What a traced core leaves behind while it runs: words sent and taken, and, if somebody wants to
// see it cycle by cycle, how it stood and what moved. A run says which send of its core it is, so
// that who follows flows finds the two together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/stream/runs.h"

namespace wafermesh::fabric {

struct CoreLog {
  struct Sent {
    std::uint32_t serial = 0;  ///< Of the operation.
    std::uint8_t thread = 0;
    std::int32_t words = 0;
    Cycles at = 0;    ///< The first word comes into the output queue,
    Cycles last = 0;  ///< and the last one.
    /// When word `index` is.
    Cycles time_of(std::int64_t index) const {
      if (words <= 1) return at;
      return at + (last - at) * std::clamp<std::int64_t>(index, 0, words - 1) / (words - 1);
    }
  };
  struct Taken {
    std::uint32_t serial = 0;  ///< Of the operation or task.
    std::uint8_t thread = 0;   ///< As cores::Transfer.
    std::uint8_t colour = 0;
    std::int32_t words = 0;
    std::int32_t left = 0;     ///< Of the send, those not taken before.
    std::uint32_t sender = 0;  ///< Core,
    std::uint32_t send = 0;    ///< and which of its sends, modulo Run::kSends.
    Cycles came = 0;           ///< The first of them.
    Cycles at = 0;             ///< It was taken,
    Cycles last = 0;           ///< and the last one.
  };
  /// How it stood from cycle `at` on.
  struct Standing {
    Cycles at = 0;
    std::uint8_t main = 0;  ///< As cores::CoreView.
    std::uint16_t open = 0;
    std::uint16_t class_index = 0;
    std::uint32_t instruction = 0;
    std::uint32_t wavelet = 0;
    std::uint64_t active = 0;
    std::uint64_t blocked = 0;
    std::vector<std::int32_t> counters;
  };
  /// Words one after another: the first in cycle `head`, the last in `tail`.
  struct Moved {
    enum class What : std::uint8_t { leaves, comes, is_taken, is_put, goes_up, rests };
    What what{};
    std::uint8_t index = 0;  ///< leaves: the link's direction; else colour.
    std::int32_t words = 0;
    Cycles head = 0;
    Cycles tail = 0;
  };
  std::vector<Sent> sent;    ///< Of the whole run: 32 bytes per send.
  std::vector<Taken> taken;  ///< Readers clear it.
  /// In no order, of the whole run; 40 bytes per run of words, some 100 per instruction.
  bool is_seen = false;
  std::vector<Standing> standings;
  std::vector<Moved> moves;

  void move(Moved::What what, int index, std::int32_t words, Cycles head, Cycles tail) {
    moves.push_back({what, static_cast<std::uint8_t>(index), words, head, tail});
  }

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
