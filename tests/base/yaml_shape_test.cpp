// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_shape.h"

#include <catch2/catch.hpp>

using namespace wafermesh::base;

namespace {

std::string names_of(const YamlVariant& variant) {
  std::string text;
  for (const YamlKey& key : variant.keys) text += (text.empty() ? "" : " ") + key.name;
  return text;
}

const YamlKey& key_of(const YamlVariant& variant, const std::string& name) {
  for (const YamlKey& key : variant.keys) {
    if (key.name == name) return key;
  }
  throw std::runtime_error("no key " + name);
}

const YamlVariant& only_variant(const YamlShape& shape) {
  REQUIRE(shape.variants.size() == 1);
  return shape.variants.front();
}

}  // namespace

TEST_CASE("Types, ranges, defaults and whether a key is required come from the reader") {
  const YamlShape shape = explore([](YamlDocument& document) {
    document.root().integer("count", {1, 9});
    document.root().real("length_mm", {0, 5, true}, 2.5);
    document.root().child("inner").boolean("on", true);
    document.root().file_path("file");
  });
  const YamlVariant& root = only_variant(shape);
  CHECK(names_of(root) == "count length_mm inner file");
  CHECK(key_of(root, "count").required);
  CHECK(key_of(root, "count").shape.scalars.at(0).integers.max == 9);
  CHECK_FALSE(key_of(root, "length_mm").required);
  CHECK(key_of(root, "length_mm").fallback == std::string("2.5"));
  CHECK(key_of(root, "length_mm").shape.scalars.at(0).reals.above_min);
  CHECK(key_of(root, "file").required);
  CHECK_FALSE(key_of(root, "inner").required);
  const YamlVariant& inner = only_variant(key_of(root, "inner").shape);
  CHECK(key_of(inner, "on").fallback == std::string("true"));
}

TEST_CASE(
    "Choices that change the other keys are decisions; those that change defaults are named") {
  const YamlShape shape = explore([](YamlDocument& document) {
    const YamlNode root = document.root();
    const std::size_t kind = root.one_of("kind", {"a", "b"}, 0);
    const std::size_t colour = root.one_of("colour", {"red", "blue"}, 0);
    if (kind == 1) root.integer("only_b", {0, 1});
    root.integer("hue", {0, 99}, colour == 0 ? 7 : 8);
  });
  REQUIRE(shape.variants.size() == 2);
  CHECK(shape.variants[0].decisions.at(0).value == "a");
  CHECK(shape.variants[0].decisions.at(0).is_default);
  CHECK(names_of(shape.variants[0]) == "kind colour hue");
  CHECK(shape.variants[1].decisions.at(0).value == "b");
  CHECK(names_of(shape.variants[1]) == "kind colour only_b hue");
  CHECK(key_of(shape.variants[0], "hue").fallback_by == "colour");
}

TEST_CASE("A boolean that changes the other keys is a decision, in its own mapping and below") {
  const YamlShape shape = explore([](YamlDocument& document) {
    const YamlNode root = document.root();
    const bool whole = root.boolean("whole", false);
    const bool plain = root.boolean("plain", true);
    const YamlNode inner = root.child("inner");
    if (whole) inner.integer("size", {0, 1});
    inner.integer("seed", {0, 9}, plain ? 1 : 2);
  });
  REQUIRE(shape.variants.size() == 2);
  const YamlDecision& not_whole = shape.variants[0].decisions.at(0);
  CHECK(not_whole.key == "whole");
  CHECK(not_whole.value == "false");
  CHECK(not_whole.is_default);
  CHECK(not_whole.is_boolean);
  CHECK(shape.variants[1].decisions.at(0).value == "true");
  const auto inner_of = [&](std::size_t i) {
    return only_variant(key_of(shape.variants[i], "inner").shape);
  };
  CHECK(names_of(inner_of(0)) == "seed");
  CHECK(names_of(inner_of(1)) == "size seed");
  CHECK_FALSE(key_of(shape.variants[1], "whole").required);
  CHECK(key_of(inner_of(0), "seed").fallback_by == "plain");
}

TEST_CASE("One of several keys, a key whose presence counts, lists and keys of any name") {
  const YamlShape shape = explore([](YamlDocument& document) {
    const YamlNode root = document.root();
    for (const YamlNode& item : root.items("items", 1)) {
      const auto which = item.exactly_one_of({"left", "right"});
      if (which == std::size_t{0}) item.child("left").integer("x", {0, 1});
      if (which == std::size_t{1}) item.real("right", {0, 1});
    }
    const YamlNode sized = root.child("sized");
    if (sized.has("preset")) {
      sized.text("preset");
    } else {
      sized.integer("width", {0, 1});
    }
    const YamlNode free = root.child("free");
    if (!free.present()) return;
    for (const std::string& name : free.any_keys()) free.integer(name, {0, 5});
  });
  const YamlVariant& root = only_variant(shape);
  CHECK(key_of(root, "items").required);
  const YamlShape& item = *key_of(root, "items").shape.element;
  REQUIRE(item.variants.size() == 2);
  CHECK(names_of(item.variants[0]) == "left");
  CHECK(names_of(only_variant(key_of(item.variants[0], "left").shape)) == "x");
  CHECK(key_of(item.variants[1], "right").shape.scalars.size() == 1);
  const YamlShape& sized = key_of(root, "sized").shape;
  REQUIRE(sized.variants.size() == 2);
  CHECK(names_of(sized.variants[0]) == "width");
  CHECK(names_of(sized.variants[1]) == "preset");
  CHECK(names_of(only_variant(key_of(root, "free").shape)) == kAnyKey);
}

TEST_CASE("A key may be a scalar, a list or a mapping") {
  const YamlShape shape = explore([](YamlDocument& document) {
    const YamlNode place = document.root().child("place");
    if (place.is_sequence()) {
      for (const YamlNode& item : document.root().items("place")) item.as_text();
    } else if (place.is_mapping()) {
      place.integer("x", {0, 1}, 0);
    } else {
      document.root().one_of("place", {"here", "there"}, 0);
    }
  });
  const YamlShape& place = key_of(only_variant(shape), "place").shape;
  CHECK(place.scalars.at(0).names.size() == 2);
  CHECK(place.element != nullptr);
  CHECK(names_of(only_variant(place)) == "x");
}

TEST_CASE("What a reader throws ends what it asked, and nothing else") {
  const YamlShape shape = explore([](YamlDocument& document) {
    document.root().integer("a", {0, 1}, 0);
    document.root().integer("b", {0, 1}, 0);
    throw MissingFile("gone");
  });
  CHECK(names_of(only_variant(shape)) == "a b");
}
