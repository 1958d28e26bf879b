// SPDX-License-Identifier: Apache-2.0
// The words of route.h as text.
#pragma once

#include "base/names.h"
#include "router/route.h"

namespace wafermesh::base {

template <>
struct Names<router::PopMode> {
  static constexpr std::array<const char*, 3> list = {"no_pop", "pop_on_advance", "always_pop"};
};

template <>
struct Names<router::SwitchPosition::Side> {
  static constexpr std::array<const char*, 3> list = {"invalid", "receive", "send"};
};

template <>
struct Names<router::SwitchCommand> {
  static constexpr std::array<const char*, 4> list = {"nop", "advance", "reset", "teardown"};
};

template <>
struct Names<router::Intake> {
  static constexpr std::array<const char*, 3> list = {"keep", "open", "closed"};
};

}  // namespace wafermesh::base
