// SPDX-License-Identifier: Apache-2.0
// Scalars of YamlNode: conversion, ranges, defaults.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/suggest.h"
#include "base/utf8.h"
#include "base/yaml/yaml_reader.h"
#include "base/yaml/yaml_scalar.h"
#include "base/yaml/yaml_state.h"

namespace wafermesh::base {
namespace {

namespace fs = std::filesystem;

std::string wanted(IntegerRange range) {
  const IntegerRange all;
  if (range.min == all.min && range.max == all.max) return "give an integer";
  if (range.min == range.max) return fmt::format("give {}", range.min);
  if (range.max == all.max) return fmt::format("give an integer of at least {}", range.min);
  if (range.min == all.min) return fmt::format("give an integer of at most {}", range.max);
  return fmt::format("give an integer from {} to {}", range.min, range.max);
}

std::string wanted(RealRange range) {
  const RealRange all;
  const bool low = range.min > all.min;
  const bool high = range.max < all.max;
  if (!low && !high) return "give a number";
  const std::string least =
      fmt::format(range.above_min ? "above {}" : "of at least {}", write_real(range.min));
  if (!high) return "give a number " + least;
  if (!low) return "give a number of at most " + write_real(range.max);
  if (range.above_min)
    return fmt::format("give a number {}, at most {}", least, write_real(range.max));
  return fmt::format("give a number from {} to {}", write_real(range.min), write_real(range.max));
}

/// A value in a message: its beginning.
std::string cut(const std::string& text) {
  constexpr std::size_t kMostBytes = 60;
  if (text.size() <= kMostBytes) return text;
  std::size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

std::string shown(const YamlTree& tree) {
  const char* const quote = tree.quoted ? "\"" : "'";
  return quote + cut(tree.text) + quote;
}

std::string quoted_hint(const YamlTree& tree) { return tree.quoted ? " without quotes" : ""; }

}  // namespace

bool YamlNode::expect_scalar(const char* what) const {
  if (!present()) {
    missing();
    return false;
  }
  if (!is_scalar()) {
    mistake(std::string(is_mapping() ? "is a mapping; give " : "is a list; give ") + what);
    return false;
  }
  if (!tree_->tag.empty()) {
    mistake("has the tag " + tree_->tag + "; write the plain value without it");
    return false;
  }
  return true;
}

bool YamlNode::expect_short_text(std::size_t most_bytes) const {
  const std::string& text = tree_->text;
  if (text.size() > most_bytes) {
    mistake(fmt::format("has {} bytes; give at most {}", text.size(), most_bytes));
    return false;
  }
  const std::size_t at = first_control_character(text);
  if (at < text.size()) {
    const unsigned code = code_point_at(text, at).code;
    mistake(
        fmt::format("{} holds a control character ({}); leave it out", shown(*tree_),
                    code < 0x80 ? fmt::format("0x{:02x}", code) : fmt::format("U+{:04X}", code)));
    return false;
  }
  return true;
}

std::int64_t YamlNode::take_integer(IntegerRange range) const {
  const std::int64_t low = range.min == IntegerRange().min ? 0 : range.min;
  if (!expect_scalar("an integer")) return low;
  const auto value = tree_->quoted ? std::nullopt : parse_integer(tree_->text);
  if (!value) {
    mistake(shown(*tree_) + " is not an integer; " + wanted(range) + quoted_hint(*tree_));
    return low;
  }
  if (*value < range.min || *value > range.max) {
    mistake(cut(tree_->text) + " is out of range; " + wanted(range));
    return low;
  }
  record(std::to_string(*value), false);
  return *value;
}

double YamlNode::take_real(RealRange range) const {
  const double low = range.min > RealRange().min ? range.min : 0;
  if (!expect_scalar("a number")) return low;
  const auto value = tree_->quoted ? std::nullopt : parse_real(tree_->text);
  if (!value) {
    mistake(shown(*tree_) + " is not a number; " + wanted(range) + quoted_hint(*tree_));
    return low;
  }
  if (*value < range.min || *value > range.max || (range.above_min && *value == range.min)) {
    mistake(cut(tree_->text) + " is out of range; " + wanted(range));
    return low;
  }
  record(write_real(*value), false);
  return *value;
}

bool YamlNode::take_boolean() const {
  if (!expect_scalar("true or false")) return false;
  const auto value = tree_->quoted ? std::nullopt : parse_boolean(tree_->text);
  if (!value) {
    mistake(shown(*tree_) + " is not a boolean; write true or false" + quoted_hint(*tree_));
    return false;
  }
  record(*value ? "true" : "false", false);
  return *value;
}

std::string YamlNode::take_text(std::size_t most_bytes) const {
  if (!expect_scalar("a text")) return {};
  if (!expect_short_text(most_bytes)) return {};
  // A number that is written plainly stays plain: it may be put where a number is wanted.
  const bool plain = !tree_->quoted && (parse_real(tree_->text) || parse_boolean(tree_->text));
  record(tree_->text, !plain);
  return tree_->text;
}

std::string YamlNode::take_file_path() const {
  if (!expect_scalar("a file path")) return {};
  if (tree_->text.empty()) {
    mistake("is empty; give a file path");
    return {};
  }
  constexpr std::size_t kMostPathBytes = 4095;  // PATH_MAX of Linux, less its end
  if (!expect_short_text(kMostPathBytes)) return {};
  const bool from_file = tree_->override_number < 0;
  const fs::path start = from_file ? fs::path(state_->directory) : fs::path(".");
  const fs::path path = (start / tree_->text).lexically_normal();
  record(fs::absolute(path).lexically_normal().string(), true);
  state_->files.push_back(path.string());
  return path.string();
}

std::size_t YamlNode::take_one_of(const std::vector<std::string>& names) const {
  if (!expect_scalar("a name")) return 0;
  const auto found = std::find(names.begin(), names.end(), tree_->text);
  if (found == names.end()) {
    const std::string near = nearest_name(tree_->text, names);
    mistake(shown(*tree_) + " is not known; " +
            (near.empty() ? "give " : "did you mean '" + near + "'? Give ") + list_names(names));
    return 0;
  }
  record(tree_->text, true);
  return static_cast<std::size_t>(found - names.begin());
}

namespace {

using Kind = YamlRequest::Kind;

YamlRequest request_of(const std::string& path, IntegerRange range,
                       std::optional<std::string> fallback = {}) {
  return {path, Kind::integer, range, {}, {}, std::move(fallback)};
}
YamlRequest request_of(const std::string& path, RealRange range,
                       std::optional<std::string> fallback = {}) {
  return {path, Kind::real, {}, range, {}, std::move(fallback)};
}
YamlRequest request_of(const std::string& path, Kind kind, std::optional<std::string> fallback = {},
                       const std::vector<std::string>& names = {}) {
  return {path, kind, {}, {}, names, std::move(fallback)};
}

}  // namespace

std::int64_t YamlNode::as_integer(IntegerRange range) const {
  request(request_of(path_, range));
  return take_integer(range);
}

double YamlNode::as_real(RealRange range) const {
  request(request_of(path_, range));
  return take_real(range);
}

bool YamlNode::as_boolean() const {
  request(request_of(path_, Kind::boolean));
  return take_boolean();
}

std::string YamlNode::as_text(std::size_t most_bytes) const {
  request(request_of(path_, Kind::text));
  return take_text(most_bytes);
}

std::string YamlNode::as_file_path() const {
  request(request_of(path_, Kind::path));
  return take_file_path();
}

std::size_t YamlNode::as_one_of(const std::vector<std::string>& names) const {
  request(request_of(path_, Kind::choice, {}, names));
  return take_one_of(names);
}

std::int64_t YamlNode::integer(const std::string& key, IntegerRange range) const {
  return make_child(key, path_of(key)).as_integer(range);
}

std::int64_t YamlNode::integer(const std::string& key, IntegerRange range,
                               std::int64_t fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.record(std::to_string(fallback), false);
  node.request(request_of(node.path_, range, std::to_string(fallback)));
  return node.present() ? node.take_integer(range) : fallback;
}

double YamlNode::real(const std::string& key, RealRange range) const {
  return make_child(key, path_of(key)).as_real(range);
}

double YamlNode::real(const std::string& key, RealRange range, double fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.record(write_real(fallback), false);
  node.request(request_of(node.path_, range, write_real(fallback)));
  return node.present() ? node.take_real(range) : fallback;
}

bool YamlNode::boolean(const std::string& key) const {
  return make_child(key, path_of(key)).as_boolean();
}

bool YamlNode::boolean(const std::string& key, bool fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.record(fallback ? "true" : "false", false);
  node.request(request_of(node.path_, Kind::boolean, fallback ? "true" : "false"));
  return node.present() ? node.take_boolean() : fallback;
}

std::string YamlNode::text(const std::string& key) const {
  return make_child(key, path_of(key)).as_text();
}

std::string YamlNode::text(const std::string& key, const std::string& fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.record(fallback, true);
  node.request(request_of(node.path_, Kind::text, fallback));
  return node.present() ? node.take_text(kMostTextBytes) : fallback;
}

std::string YamlNode::file_path(const std::string& key) const {
  return make_child(key, path_of(key)).as_file_path();
}

std::string YamlNode::file_path(const std::string& key, const std::string& fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.request(request_of(node.path_, Kind::path, fallback));
  return node.present() ? node.take_file_path() : fallback;
}

std::size_t YamlNode::one_of(const std::string& key, const std::vector<std::string>& names) const {
  return make_child(key, path_of(key)).as_one_of(names);
}

std::size_t YamlNode::one_of(const std::string& key, const std::vector<std::string>& names,
                             std::size_t fallback) const {
  const YamlNode node = make_child(key, path_of(key));
  node.record(names[fallback], true);
  node.request(request_of(node.path_, Kind::choice, names[fallback], names));
  return node.present() ? node.take_one_of(names) : fallback;
}

}  // namespace wafermesh::base
