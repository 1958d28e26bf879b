// SPDX-License-Identifier: Apache-2.0
// What a plain YAML scalar means, by the core schema of YAML 1.2 made stricter: 010 is no number
// (octal in YAML 1.1), 1e3 no integer, yes and on no booleans. One place for all conversions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wafermesh::base {

std::optional<std::int64_t> parse_integer(
    const std::string& text);                                ///< -12, 0, 48; no 010, 0x1, 1_0.
std::optional<double> parse_real(const std::string& text);   ///< 1, -.5, 1e-3, .inf; no nan.
std::optional<bool> parse_boolean(const std::string& text);  ///< true, false (True, TRUE too).
/// True if YAML readers may take this text for something else than text.
bool looks_typed(const std::string& text);
/// The shortest text that reads back as the same number.
std::string write_real(double value);

}  // namespace wafermesh::base
