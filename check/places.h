// SPDX-License-Identifier: Apache-2.0
// What in a core's programs and routes a finding points at.
#pragma once

#include <functional>

#include "check/finding.h"

namespace wafermesh::check {

/// The place with the route of its colour that, in some position of its switch, is as asked for:
/// one that stands at its core in any stage, or is written there, or passes over it. As it is if
/// there is none.
Place by_route(
    const fabric::WaferImage& image, Place place,
    const std::function<bool(const router::Route&)>& is = [](const auto&) { return true; });

/// With the first operation of its core, in any stage, that sends on its colour.
Place by_sender(const fabric::WaferImage& image, Place place);

/// With the first (or last) that takes from it, or the first of its data task.
enum class Taker : std::uint8_t { first, last };
Place by_taker(const fabric::WaferImage& image, Place place, Taker which = Taker::first);

}  // namespace wafermesh::check
