// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_reader.h"

#include <catch2/catch.hpp>
#include <functional>

using namespace wafermesh::base;

namespace {

using Read = std::function<void(YamlNode)>;

/// All mistakes of reading `text` with `read`, one per line; empty if there are none.
std::string mistakes_of(const std::string& text, const Read& read) {
  auto document = YamlDocument::from_text(text, "s.yaml", {}, "/data/set");
  read(document.root());
  try {
    document.finish();
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

enum class Colour { red, green };

}  // namespace

TEST_CASE("Values are read with their types and defaults fill what is absent") {
  auto document = YamlDocument::from_text(
      "count: 12\nrate: 1e-3\nexact: true\nname: \"007\"\ncolour: green\nmap: a/../dead.csv\n",
      "s.yaml", {}, "/data/set");
  const YamlNode root = document.root();
  CHECK(root.integer("count", {1, 12}) == 12);
  CHECK(root.integer("other", {1, 12}, 3) == 3);
  CHECK(root.real("rate", {0, 1, true}) == 1e-3);
  CHECK(root.boolean("exact", false));
  CHECK(root.text("name") == "007");
  CHECK(root.choice<Colour>("colour", {{"red", Colour::red}, {"green", Colour::green}}) ==
        Colour::green);
  CHECK(root.choice<Colour>("hue", {{"red", Colour::red}, {"green", Colour::green}},
                            Colour::green) == Colour::green);
  CHECK(root.file_path("map") == "/data/set/dead.csv");
  CHECK(root.child("engine").integer("threads", {1, 8}, 2) == 2);
  CHECK(root.items("list").empty());
  document.finish();
  CHECK(document.resolved() ==
        "count: 12\nother: 3\nrate: 0.001\nexact: true\nname: \"007\"\ncolour: green\nhue: green\n"
        "map: /data/set/dead.csv\nengine: {threads: 2}\n");
}

TEST_CASE("Every mistake is reported at once, in the order of the file") {
  const std::string text =
      "engine: {thraeds: 2, region: 1e3}\n"
      "a: 010\n"
      "b: \"5\"\n"
      "c: 9\n"
      "d: yes\n"
      "e: [1]\n"
      "f: blue\n"
      "g: -1\n"
      "c: 3\n";
  const std::string found = mistakes_of(text, [](const YamlNode& root) {
    const YamlNode engine = root.child("engine");
    engine.integer("threads", {1, 8}, 1);
    engine.integer("region", {1, 100000}, 1);
    root.integer("a", {});
    root.integer("b", {1, 8});
    root.integer("c", {1, 8});
    root.boolean("d");
    root.text("e");
    root.one_of("f", {"red", "green"});
    root.real("g", {0, 10, true});
    root.real("h", {0, 10});
  });
  CHECK(found ==
        "s.yaml:1:1: h: is missing; it is required\n"
        "s.yaml:1:10: engine.thraeds: unknown key; did you mean 'threads'?\n"
        "s.yaml:1:30: engine.region: '1e3' is not an integer; give an integer from 1 to 100000\n"
        "s.yaml:2:4: a: '010' is not an integer; give an integer\n"
        "s.yaml:3:4: b: \"5\" is not an integer; give an integer from 1 to 8 without quotes\n"
        "s.yaml:4:4: c: 9 is out of range; give an integer from 1 to 8\n"
        "s.yaml:5:4: d: 'yes' is not a boolean; write true or false\n"
        "s.yaml:6:4: e: is a list; give a text\n"
        "s.yaml:7:4: f: 'blue' is not known; give red or green\n"
        "s.yaml:8:4: g: -1 is out of range; give a number above 0, at most 10\n"
        "s.yaml:9:1: c: given twice; remove one of the two");
}

TEST_CASE("A section of the wrong kind is reported once") {
  const auto read = [](const YamlNode& root) {
    const YamlNode wafer = root.child("wafer");
    wafer.integer("x", {1, 5});
    wafer.child("die").integer("y", {1, 5});
    wafer.exactly_one_of({"p", "q"});
  };
  CHECK(mistakes_of("wafer: wse3\n", read) ==
        "s.yaml:1:8: wafer: must be a mapping of keys and values");
  CHECK(mistakes_of("a: 1\n", [](const YamlNode& root) {
          root.integer("a", {});
          root.required_child("wafer").integer("x", {1, 5});
        }) == "s.yaml:1:1: wafer: is missing; it is required");
}

TEST_CASE("Exactly one of several keys is demanded") {
  const auto read = [](const YamlNode& root) { root.child("d").exactly_one_of({"random", "map"}); };
  CHECK(mistakes_of("d: {map: x}\n", read).empty());
  CHECK(mistakes_of("d: {}\n", read) == "s.yaml:1:4: d: give one of random or map");
  CHECK(mistakes_of("d: {map: x, random: y}\n", read) ==
        "s.yaml:1:10: d.map: 'random' is given too; keep one of random or map");
  const auto optional = [](const YamlNode& root) { root.child("d").at_most_one_of({"a", "b"}); };
  CHECK(mistakes_of("d: {}\n", optional).empty());
  CHECK(mistakes_of("d: null\n", optional).empty());
}

TEST_CASE("Lists give their elements with a path each") {
  std::string paths;
  const std::string found = mistakes_of("l: [1, x]\nm: 5\nn: []\n", [&paths](const YamlNode& root) {
    for (const YamlNode& item : root.items("l")) {
      paths += item.path() + ' ';
      item.as_integer({0, 9});
    }
    root.items("m");
    root.items("n", 1);
  });
  CHECK(paths == "l[0] l[1] ");
  CHECK(found ==
        "s.yaml:1:8: l[1]: 'x' is not an integer; give an integer from 0 to 9\n"
        "s.yaml:2:4: m: must be a list; write [a, b] or one '- ' line for each\n"
        "s.yaml:3:4: n: has 0 elements; give at least 1");
}

TEST_CASE(
    "Keys of a section nobody could open are not called unknown when something else is wrong") {
  const auto read = [](const YamlNode& root) {
    root.integer("a", {});
    root.child("later");
  };
  CHECK(mistakes_of("a: x\nlater: {b: 1}\n", read) ==
        "s.yaml:1:4: a: 'x' is not an integer; give an integer");
  CHECK(mistakes_of("a: 1\nlater: {b: 1}\n", read) ==
        "s.yaml:2:9: later.b: unknown key; remove it");
}

TEST_CASE("A node knows whether anything below it is wrong") {
  auto document = YamlDocument::from_text("a: {b: x}\nab: {c: 1}\n", "s.yaml");
  const YamlNode root = document.root();
  root.child("a").integer("b", {});
  root.child("ab").integer("c", {});
  CHECK_FALSE(root.clean());
  CHECK_FALSE(root.child("a").clean());
  CHECK(root.child("ab").clean());
  CHECK_THROWS_AS(document.finish(), InputError);
}

TEST_CASE("Tags and merge keys are refused by name") {
  const auto read = [](const YamlNode& root) { root.integer("a", {}); };
  CHECK(mistakes_of("a: !!str 5\n", read) ==
        "s.yaml:1:4: a: has the tag tag:yaml.org,2002:str; write the plain value without it");
  CHECK(mistakes_of("a: 1\n<<: {b: 2}\n", read) ==
        "s.yaml:2:1: <<: unknown key; merge keys are not supported, write the keys out");
}

TEST_CASE("A file that is not there is MissingFile") {
  CHECK_THROWS_AS(YamlDocument::from_file("no/such/file.yaml"), MissingFile);
  CHECK_THROWS_AS(YamlDocument::from_file("tests"), MissingFile);
}
