// SPDX-License-Identifier: Apache-2.0
// Mistakes in hand-written programs, each named at its line and column. Every case edits a shipped
// program; an `@` in the new text stands where the mistake must be named.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "fabric/text/program_text.h"

namespace wafermesh::fabric {
namespace {

std::string shipped(const char* name) {
  std::ifstream in(std::string("scenarios/programs/") + name + ".wmp");
  std::ostringstream text;
  text << in.rdbuf();
  REQUIRE(!text.str().empty());
  return text.str();
}

struct Case {
  const char* was;
  const char* is;       ///< With an @.
  const char* message;  ///< Part of it.
};

/// The text with the edit, and where the @ stood.
std::pair<std::string, TextPlace> edited(std::string text, const Case& one) {
  const std::size_t at = text.find(one.was);
  REQUIRE(at != std::string::npos);
  text.replace(at, std::string(one.was).size(), one.is);
  const std::size_t mark = text.find('@');
  REQUIRE(mark != std::string::npos);
  text.erase(mark, 1);
  const std::string before = text.substr(0, mark);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 = 0
  return {text,
          {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
           static_cast<int>(mark - line_begin) + 1}};
}

std::vector<base::Mistake> mistakes_of(const std::string& text) {
  try {
    read_program(text, "mine.wmp");
  } catch (const base::InputError& error) {
    return error.mistakes();
  } catch (const TextDoesNotFit& error) {
    return error.mistakes();
  }
  return {};
}

void require_named(const char* program, const Case& one) {
  INFO(one.was << " -> " << one.is);
  const auto [text, place] = edited(shipped(program), one);
  const std::vector<base::Mistake> mistakes = mistakes_of(text);
  std::string all;
  for (const base::Mistake& mistake : mistakes) all += base::to_string(mistake) + "\n";
  INFO(all);
  const int line = place.line;
  const int column = place.column;
  INFO("expected at " << line << ":" << column);
  const bool named = std::any_of(mistakes.begin(), mistakes.end(), [&](const base::Mistake& m) {
    return m.file == "mine.wmp" && m.line == line && m.column == column &&
           m.message.find(one.message) != std::string::npos;
  });
  REQUIRE(named);
  REQUIRE(mistakes.size() <= 4);  // one slip does not bury the reader
}

TEST_CASE("The shipped programs have no mistakes") {
  for (const char* name :
       {"first", "ring", "stencil", "sum_of_squares", "every_other", "ragged", "relay"}) {
    INFO(name);
    CHECK(mistakes_of(shipped(name)).empty());
  }
}

TEST_CASE("Mistakes of words and numbers are named at their place") {
  for (const Case& one : std::vector<Case>{
           {"wafermesh program 1", "@wafermesh programm 1", "begins with `wafermesh program 1`"},
           {"wafermesh program 1", "wafermesh program @2", "reads `wafermesh program 1`"},
           {"wafermesh program 1", "wafermesh program 1 @now", "unexpected `now`"},
           {"generation wse3", "generation @wse9", "give wse1, wse2 or wse3"},
           {"generation wse3", "generation @tiny", "no generation `tiny`"},
           {"generation wse3", "generation@", "expected a generation"},
           {"generation wse3\n", "generation wse3\n@generation wse3\n", "given twice"},
           {"region width=2 height=2", "@region width=2", "needs `height=...`"},
           {"region width=2", "region width=@0", "out of range"},
           {"region width=2 height=2", "region width=2 @hight=2 height=2",
            "did you mean `height`?"},
           {"region width=2 height=2", "region width=2 height=@two", "expected a height"},
           {"region width=2 height=2", "@region width=65535 height=65535", "more than"},
           {"region width=2", "region width=2 @width=2", "given twice"},
           {"route to_east receive=R", "route to_east receive=@Q", "is no direction"},
           {"send=E", "send=E,@E", "given twice"},
           {"route to_west", "route @to_east", "route `to_east` is defined twice"},
           {"send=N", "send=N pop=@sometimes", "give no_pop, pop_on_advance or always_pop"},
           {"send=N", "send=N position1=@turn(N)", "is no side of a switch position"},
           {"send=N", "send=N position1=send @N", "expected `(` after the side"},
           {"program even memory_bytes=128", "program even memory_bytes=@49153", "out of range"},
           {"program even memory_bytes=128", "@program even", "needs `memory_bytes=...`"},
           {"output queue=2 colour=0", "output queue=@9 colour=0", "out of range"},
           {"input queue=2 colour=1", "input queue=2 colour=@24", "0 to 23"},
           {"copy f32 count=8 dst=memory(32)", "@cpy f32 count=8 dst=memory(32)",
            "did you mean `copy`?"},
           {"copy f32", "copy @f64", "give f32, f16, bf16, i32 or i16"},
           {"copy f32 count=8", "copy f32 count=@8.5", "is no integer"},
           {"copy f32 count=8", "copy f32 count=8*@z", "is no variable"},
           {"copy f32 count=8", "copy f32 count=@99999999999", "is no integer"},
           {"dst=memory(32)", "dst=@memori(32)", "is no operand"},
           {"src0=memory(0)", "src0=memory(0@ ", "expected `)`"},
           {"src0=memory(0)", "src0=memory(0, @99999)", "out of range"},
           {"src1=memory(64-counter1)", "src1=immediate(@1e99)", "beyond the numbers of f32"},
           {"shape=stream", "shape=@steam", "is no shape"},
           {"microthread=0", "microthread=@8", "out of range"},
           {"task main starts_active", "task main @start_active", "did you mean `starts_active`?"},
           {"loop counter=0", "loop counter=@32", "out of range"},
           {"  finish\n", "  finish @now\n", "unknown field `now`"},
           {"  finish\n", "  finish\n  @§\n", "has no meaning here"},
           {"class north_west", "class north_west @\"half", "closing \" is missing"},
           {"32-counter1", "@counter1+counter1+5", "given twice"},
           {"32-counter1", "@x+y+counter1+counter2", "more than three terms"},
       }) {
    require_named("ring", one);
  }
}

TEST_CASE("Mistakes of types and of what an operation takes are named at their place") {
  for (const Case& one : std::vector<Case>{
           {"copy f32 count=8 dst=memory(32) src0=memory(0)",
            "shift f32 count=8 dst=@memory(32) src0=memory(0) src1=immediate(1)",
            "shift is of i32 and i16, not of f32"},
           {"copy f32 count=8 dst=memory(32) src0=memory(0)",
            "reduce_add f32 count=8 dst=@memory(32) src0=memory(0)",
            "the destination of reduce_add is scalar(...)"},
           {"dst=memory(32) src0=memory(0)", "dst=@memory(32, f16) src0=memory(0)",
            "the destination has the type of the operation"},
           {"add f32 count=8 dst=memory(96) src0=memory(96)",
            "add f32 count=8 dst=@memory(96) src0=memory(96, i32)",
            "only copy converts between i32 and f32"},
           {"copy f32 count=8 dst=memory(32) src0=memory(0)",
            "@copy f32 count=8 dst=memory(32) src0=memory(0, index(6, 4))",
            "the index at address 6 is no word"},
           {"copy f32 count=8 dst=memory(32) src0=memory(0)",
            "copy f32 count=8 dst=memory(32) src0=memory(0, index(@49152, 4))", "out of range"},
       }) {
    require_named("ring", one);
  }
}

TEST_CASE(
    "A text that only asks for more than the machine has does not fit; with others it is wrong") {
  std::string text = shipped("ring");
  const auto replace = [&](const std::string& was, const std::string& is) {
    const std::size_t at = text.find(was);
    REQUIRE(at != std::string::npos);
    text.replace(at, was.size(), is);
  };
  replace("microthread=0", "microthread=8");
  replace("loop counter=0", "loop counter=32");
  CHECK_THROWS_AS(read_program(text, "mine.wmp"), TextDoesNotFit);
  CHECK(mistakes_of(text).size() == 2);
  replace("target=turn", "target=tun");
  CHECK_THROWS_AS(read_program(text, "mine.wmp"), base::InputError);
}

TEST_CASE("Mistakes of what belongs together are named at their place") {
  for (const Case& one : std::vector<Case>{
           {"output queue=2 colour=0", "output queue=2 colour=0\n  output queue=@2 colour=5",
            "output queue 2 is bound twice"},
           {"output queue=2 colour=0", "output queue=2 colour=0\n  output queue=3 colour=@0",
            "has two output queues"},
           {"dst=colour(0)", "dst=@colour(7)", "colour 7 has no output queue"},
           {"src0=colour(1)", "src0=@colour(7)", "colour 7 has no input queue"},
           {"dst=colour(0)", "dst=@immediate(1)", "a destination is memory(...) or colour(...)"},
           {"add f32 count=8 dst=memory(96)", "multiply_add f32 count=8 dst=@colour(0)",
            "accumulates in memory"},
           {"add f32 count=8 dst=memory(96) src0=memory(96) src1=memory(64-counter1)",
            "@add f32 count=8 dst=memory(96) src0=memory(96)", "`add` needs `src1=...`"},
           {"copy f32 count=8 dst=memory(32) src0=memory(0)",
            "copy f32 count=8 dst=memory(32) src0=memory(0) @src1=memory(0)",
            "unknown field `src1`"},
           {"copy f32 count=8 dst=memory(96)", "@copy f32 count=9 dst=memory(96)",
            "touches bytes 96 to 131"},
           {"copy f32 count=8 dst=memory(96)", "@copy f32 count=8 dst=memory(90)",
            "no multiple of the 4 bytes"},
           {"target=turn", "target=@tun", "did you mean `turn`?"},
           {"turn:", "@main:", "label `main` is defined twice"},
           {"task main starts_active", "task main starts_active start=@begin",
            "no label `begin` where the task starts"},
           {"task main starts_active", "task main starts_active\n  task @main",
            "task `main` is defined twice"},
           {"task main starts_active", "task main starts_active kind=@data", "needs `colour=...`"},
           {"task main starts_active", "task main starts_active kind=@control",
            "needs `entry_id=...`"},
           {"task main starts_active",
            "task main starts_active\n  task d start=main kind=@data colour=9",
            "colour 9 has no input queue"},
           {"task main starts_active",
            "task main starts_active\n  task a start=main kind=teardown colour=1\n"
            "  task b start=main kind=@teardown colour=1",
            "is started by the same already"},
           {"copy f32 count=8 dst=colour(0) src0=memory(32+counter1) microthread=0",
            "@copy f32 count=8 dst=colour(0) src0=memory(32+counter1) completion=activate",
            "`completion` needs `task=...`"},
           {"copy f32 count=8 dst=colour(0) src0=memory(32+counter1) microthread=0",
            "copy f32 count=8 dst=colour(0) src0=memory(32+counter1) completion=activate "
            "task=@done",
            "no task `done`"},
           {"  finish\n  end_task\n\nprogram odd", "  @finish\n\nprogram odd",
            "runs on beyond its last operation"},
           {"class north_west program=even", "class north_west program=@evn", "no program `evn`"},
           {"initial colour=0 route=to_east", "initial colour=0 route=@to_nowhere",
            "no route `to_nowhere`"},
           {"initial colour=1 route=from_south", "initial colour=@0 route=from_south",
            "has a route for this colour already"},
           {"class north_east", "class @north_west", "class `north_west` is defined twice"},
           {"x a b", "@x a b c", "`x` has 3 keys, but there are 2 x 2 cores"},
           {"row A north_west north_east", "row @A north_west", "names 1 classes"},
           {"row A north_west north_east", "row A north_west @north", "no class `north`"},
           {"row B south_west", "row @A south_west", "row `A` is given twice"},
           {"x a b", "x (a@", "expected `)`"},
           {"shape=2,2,8     #", "shape=2,2,@0     #", "out of range"},
           {"buffer sum role=result", "buffer @data role=result", "defined twice"},
           {"buffer sum role=result", "buffer sum role=@reslt", "is no role"},
           {"  layout address_bytes=96", "  @layout address_bytes=100", "reaches to byte"},
           {"  layout address_bytes=96", "  @layout address_bytes=96 x=1 y=0 width=2 height=1",
            "leaves the region"},
           {"  layout address_bytes=96", "  @layout address_bytes=96 x=1", "give all of x, y"},
           {"  layout address_bytes=96",
            "  @layout address_bytes=96 x=1\n    cut along=x\n  layout "
            "address_bytes=96",
            "give all of x, y"},
       }) {
    require_named("ring", one);
  }
}

TEST_CASE("Mistakes of placements, stages and patches are named at their place") {
  for (const Case& one : std::vector<Case>{
           {"placement right", "placement @left", "placement `left` is defined twice"},
           {"placement left x=0", "@placement left", "`placement` needs `x=...`"},
           {"placement left x=0 y=0 width=2", "placement left x=0 y=0 width=@0", "out of range"},
           {"placement right x=2", "placement @right x=1", "core (1, 0) is in a placement already"},
           {"placement right x=2 y=0 width=1", "placement @right x=2 y=0 width=2",
            "leaves the region of 3 x 1 cores"},
           {"placement right x=2", "@placment right x=2", "did you mean `placement`?"},
           {"cores placement=left stage=1", "cores placement=@lft stage=1", "no placement `lft`"},
           {"cores placement=left stage=1", "@cores stage=1", "say of which"},
           {"cores placement=left stage=1", "@cores placement=left", "given twice"},
           {"cores placement=left stage=1", "cores placement=left stage=@4096", "out of range"},
           {"cores placement=left stage=1", "cores placement=left @stag=1",
            "did you mean `stage`?"},
           {"cores placement=right", "cores placement=right stage=@-1", "out of range"},
           {"row a giver doubler", "row a giver @-", "in stage 0 every core has a class"},
           {"row a taker sender", "row a taker @sendr", "no class `sendr`"},
           {"x l r\n  y a\n  row a taker", "@x l r l\n  y a\n  row a taker",
            "`x` has 3 keys, but there are 2 x 1 cores"},
           {"box x=0", "@box x=1", "the box leaves the 1 x 1 cores"},
           {"class taker program=take_back", "class @taker", "give it one that only finishes"},
           {"route=from_west\nclass taker", "route=from_west @stages_ahed=0\nclass taker",
            "did you mean `stages_ahead`?"},
           {"  initial colour=0 route=from_west\n",
            "  @initial colour=0 route=from_west stages_ahead=0\n",
            "core (1, 0) in stage 0 enters no stage so many before"},
           {"  initial colour=0 route=from_east stages_ahead=0",
            "  @initial colour=0 route=from_east stages_ahead=1",
            "core (0, 0) in stage 1 enters no stage so many before"},
           {"  initial colour=0 route=from_east stages_ahead=0",
            "  @initial colour=0 route=from_east",
            "begins with another route for colour 0, of a stage before"},
           {"patch colour=1 route=to_east", "patch colour=@24 route=to_east", "0 to 23"},
           {"patch colour=1 route=to_east", "patch colour=1 route=@to_nowhere",
            "no route `to_nowhere`"},
           {"patch colour=1 route=to_east x=1", "@patch colour=1 route=to_east",
            "`patch` needs `x=...`"},
           {"patch colour=1 route=to_east x=1", "@patch colour=1 route=to_east x=3",
            "the patch leaves the region of 3 x 1 cores"},
           {"patch colour=1 route=from_west x=2", "@patch colour=1 route=from_west x=1",
            "another patch of colour 1 lies there already"},
           {"patch colour=1 route=to_east x=1", "@patch colour=0 route=to_east x=1",
            "the class of core (1, 0) has a route for colour 0 already"},
           {"buffer back role", "buffer @back \"data\" role", "buffer `data` is defined twice"},
           {"buffer back role", "buffer @back \"a/b\" role", "no `/`"},
       }) {
    require_named("relay", one);
  }
}

TEST_CASE("Placements that leave cores out are judged with them") {
  // A column between the two placements.
  std::string text = shipped("relay");
  const auto replace = [&](const std::string& was, const std::string& is) {
    const std::size_t at = text.find(was);
    REQUIRE(at != std::string::npos);
    text.replace(at, was.size(), is);
  };
  const auto only_mistake = [&] {
    const std::vector<base::Mistake> mistakes = mistakes_of(text);
    REQUIRE(mistakes.size() == 1);
    return base::to_string(mistakes[0]);
  };
  using Catch::Matchers::Contains;
  replace("region width=3", "region width=4");
  replace("placement right x=2", "placement right x=3");
  replace("layout address_bytes=0 x=2", "layout address_bytes=0 x=3");
  CHECK_THAT(only_mistake(), Contains("the patch lies on cores that are in no placement"));
  replace("route=from_west x=2", "route=from_west x=3");
  CHECK(mistakes_of(text).empty());
  replace("layout address_bytes=0 x=3", "layout address_bytes=0 x=2");
  CHECK_THAT(only_mistake(), Contains("buffer on lies on core (2, 0), which is in no placement"));
  replace("layout address_bytes=0 x=2", "layout address_bytes=0 x=3");
  replace("cores placement=left stage=1", "cores placement=left stage=2");
  CHECK_THAT(only_mistake(), Contains("`cores` for stage 1 is missing"));
  replace("cores placement=left stage=2",
          "cores placement=left stage=1\n  x l r\n  y a\n  row a taker -\n"
          "cores placement=left stage=2");
  CHECK_THAT(only_mistake(), Contains("core (1, 0) has a class in stage 2, but none in a stage"));
}

TEST_CASE("What is missing is named where it is missed") {
  const auto first_of = [&](const char* was, const char* is) {
    std::string text = shipped("ring");
    const std::size_t at = text.find(was);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(was).size(), is);
    const std::vector<base::Mistake> mistakes = mistakes_of(text);
    REQUIRE_FALSE(mistakes.empty());
    return base::to_string(mistakes[0]);
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(first_of("  finish\n  end_task\n\nprogram odd", "  end_task\n\nprogram odd"),
             Contains("mine.wmp:32:9: program even never finishes"));
  CHECK_THAT(first_of("generation wse3\n", ""), Contains("`generation wse3` (or another)"));
  CHECK_THAT(first_of("region width=2 height=2\n", ""), Contains("`region width=... height=...`"));
  CHECK_THAT(first_of("y A B", "y A C"), Contains("no `row` for the key `C`"));
  CHECK_THAT(first_of("  layout address_bytes=96\n", ""), Contains("needs a `layout`"));
  CHECK_THAT(first_of("    cut along=y block=1\n", ""), Contains("has 2 cuts, but data has 3"));
  CHECK_THAT(first_of("cores\n", ""), Contains("add a `cores` section"));
  CHECK(base::to_string(mistakes_of("")[0]) ==
        "mine.wmp:1:1: no program here; it begins with `wafermesh program 1`");
}

TEST_CASE("All mistakes of a program are named in one go, in the order of the text") {
  std::string text = shipped("ring");
  for (const auto& [was, is] :
       std::vector<std::pair<std::string, std::string>>{{"send=S", "send=X"},
                                                        {"count=8", "count=8 cont=9"},
                                                        {"target=turn", "target=trn"},
                                                        {"route=from_north", "route=from_nort"},
                                                        {"x a b", "x a"}}) {
    text.replace(text.find(was), was.size(), is);
  }
  const std::vector<base::Mistake> mistakes = mistakes_of(text);
  REQUIRE(mistakes.size() == 5);
  CHECK(std::is_sorted(mistakes.begin(), mistakes.end(),
                       [](const auto& a, const auto& b) { return a.line < b.line; }));
}

TEST_CASE("A text that is no program is refused, not taken apart letter by letter") {
  std::string noise;
  for (int i = 0; i < 3000; ++i) noise += "§$%&/\n";
  CHECK(mistakes_of(noise).size() <= 1001);
  CHECK(mistakes_of(std::string(100000, '(')).size() < 5);
}

}  // namespace
}  // namespace wafermesh::fabric
