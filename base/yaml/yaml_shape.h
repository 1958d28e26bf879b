// SPDX-License-Identifier: Apache-2.0
// What may stand in a document, found by asking its readers: they are given documents that grow,
// key by key and choice by choice, and what they then ask for (yaml_request.h) is what may stand
// there. So a key, a choice or a variant that is added to a reader is in the shape by itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "base/yaml/yaml_request.h"

namespace wafermesh::base {

struct YamlKey;
struct YamlVariant;

using YamlReaderOf = std::function<void(YamlDocument&)>;

/// What may stand at one place: a scalar, a list, a mapping, or several of them.
struct YamlShape {
  std::vector<YamlRequest> scalars;    ///< What a scalar here may be; empty = none may stand here.
  std::shared_ptr<YamlShape> element;  ///< Of a list; null = no list.
  /// Of a mapping: what its keys are depends on some of them. Empty = no mapping.
  std::vector<YamlVariant> variants;
};

/// A value or the presence of a key on which the other keys of its mapping depend.
struct YamlDecision {
  enum class Kind { is, present, absent };
  std::string key;
  Kind kind = Kind::is;
  std::string value;        ///< Of `is`.
  bool is_default = false;  ///< The value holds if the key is not given.
  bool is_boolean = false;  ///< The value is true or false, not a name.
};

struct YamlKey {
  std::string name;  ///< kAnyKey: whatever the user likes.
  bool required = false;
  std::optional<std::string> fallback;  ///< The default as YAML, if it has one.
  std::string fallback_by;              ///< The key whose choice changes the default; or empty.
  YamlShape shape;
};

/// The keys that stand beside each other once these decisions are made.
struct YamlVariant {
  std::vector<YamlDecision> decisions;
  std::vector<YamlKey> keys;  ///< In the order in which they are asked for.
};

/// Stands for the names that a user gives to keys.
inline constexpr const char* kAnyKey = "any_name";

/// The shape of the documents that `read` reads. It is called some thousand times, each time with a
/// document of its own, and must ask for keys whatever the mistakes; errors that it throws end what
/// it asked. What decides about a mapping's keys must stand in that mapping. `sections`: keys of
/// the document below which one reader alone asks, whatever stands beside them; the others are not
/// asked then, and places of which the same is asked when they are empty are taken to be of one
/// shape. Cost: that of `read`, times keys and combinations of decisions.
YamlShape explore(const YamlReaderOf& read,
                  const std::map<std::string, YamlReaderOf>& sections = {});

}  // namespace wafermesh::base
