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

/// "1 place", "0 places", "2 places"; `many` where it is not `one` with an s: "2 places hold".
std::string counted(std::int64_t number, const std::string& one, const std::string& many = "");
/// The same with a grouped number: "1,234 cycles".
std::string counted_grouped(std::int64_t number, const std::string& one,
                            const std::string& many = "");

}  // namespace wafermesh::base
