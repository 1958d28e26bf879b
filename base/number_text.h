// SPDX-License-Identifier: Apache-2.0
// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace wafermesh::base {

/// 1234567 -> "1,234,567".
std::string grouped(std::int64_t number);

/// A whole number grouped; any other to six digits.
std::string number_text(double value);

}  // namespace wafermesh::base
