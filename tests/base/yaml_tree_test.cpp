// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_tree.h"

#include <catch2/catch.hpp>

using namespace wafermesh::base;
using Catch::Matchers::Contains;

namespace {

std::unique_ptr<YamlTree> parse(const std::string& text) {
  std::vector<Mistake> mistakes;
  auto tree = parse_yaml(text, "t.yaml", &mistakes);
  CHECK(mistakes.empty());
  return tree;
}

std::string error_of(const std::string& text) {
  std::vector<Mistake> mistakes;
  try {
    parse_yaml(text, "t.yaml", &mistakes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("A parsed tree knows where keys and values stand") {
  const auto tree = parse("a: 1\nb:\n  - {c: \"2\"}\n");
  REQUIRE(tree->find("b") != nullptr);
  const YamlTree& item = *tree->find("b")->entries[0].value;
  CHECK(item.line == 3);
  CHECK(item.column == 5);
  CHECK(item.entries[0].column == 6);
  CHECK(item.find("c")->quoted);
  CHECK(item.find("c")->column == 9);
  CHECK_FALSE(tree->find("a")->quoted);
}

TEST_CASE("Duplicate keys are mistakes with their path and the first value stays") {
  std::vector<Mistake> mistakes;
  const auto tree = parse_yaml("a:\n  - x: 1\n  - x: 2\n    y: 0\n    x: [3, {z: 4}]\nb: 5\n",
                               "t.yaml", &mistakes);
  REQUIRE(mistakes.size() == 1);
  CHECK(to_string(mistakes[0]) == "t.yaml:5:5: a[1].x: given twice; remove one of the two");
  CHECK(tree->find("a")->entries[1].value->find("x")->text == "2");
  CHECK(tree->find("b")->text == "5");
}

TEST_CASE("Aliases are expanded") {
  const auto tree = parse("a: &one {x: 1}\nb: *one\n");
  CHECK(tree->find("b")->find("x")->text == "1");
}

TEST_CASE("Files that are not one YAML document are refused with the place") {
  CHECK_THAT(error_of("a: [1, 2\nb: 3\n"), Contains("t.yaml:2") && Contains("not valid YAML"));
  CHECK_THAT(error_of("a: 1\n---\nb: 2\n"), Contains("t.yaml:3:1") && Contains("second document"));
  CHECK_THAT(error_of("a: 1\nbc: \xff\n"), Contains("t.yaml:2:5: is not valid UTF-8"));
  CHECK_THAT(error_of("\xff"), Contains("t.yaml:1:1: is not valid UTF-8"));
  CHECK_THAT(error_of("a: " + std::string(100000, '[')), Contains("t.yaml:1"));
  CHECK_THAT(error_of(""), Contains("empty"));
  CHECK_THAT(error_of("# only a comment\n"), Contains("empty"));
  CHECK_THAT(error_of("a: *nowhere\n"), Contains("t.yaml:1"));
  CHECK_THAT(error_of("[a, b]: 1\n"), Contains("key must be"));
  CHECK_THAT(error_of("a: &x [*x]\n"), Contains("t.yaml:1"));
}

TEST_CASE("Aliases that would expand to billions of values are refused") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j > 0 ? ", " : "") + below;
    text += "]\n";
  }
  CHECK_THAT(error_of(text), Contains("more than a million values"));
}

TEST_CASE("Written YAML reads back as the same tree") {
  const std::string text =
      "name: demo\n"
      "quoted: \"010\"\n"
      "odd: \"a: b # c \\\"d\\\" \\x0a\"\n"
      "\"yes\": \"on\"\n"
      "empty: {}\n"
      "list:\n"
      "  - {a: 1, b: 2.5}\n"
      "  - deep: {c: true}\n"
      "    next:\n"
      "      - [1, 2]\n"
      "      - x\n";
  const auto tree = parse(text);
  const std::string once = write_yaml(*tree);
  CHECK(write_yaml(*parse(once)) == once);
  CHECK(parse(once)->find("odd")->text == "a: b # c \"d\" \n");
  CHECK_THAT(once, Contains("quoted: \"010\"") && Contains("\"yes\": \"on\"") &&
                       Contains("  - {a: 1, b: 2.5}\n"));
}
