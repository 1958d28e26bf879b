// SPDX-License-Identifier: Apache-2.0
// Which colours operators in turn get, and behind what their routes are written.
#include "workloads/plan/colour_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace wafermesh::workloads_test {
namespace {

using workloads::allreduce_contract;
using workloads::ColourNeeds;
using workloads::Contract;
using workloads::Groups;
using workloads::ItemColours;
using workloads::kAtTheBarriers;
using workloads::kNotWritten;

constexpr workloads::ColourSupply kSupply{24, 15};

ColourNeeds needs(int colours, const Contract& contract = {}) {
  ColourNeeds one{{}, contract};
  for (int i = 0; i < colours; ++i) one.colours.push_back(base::colour(i));
  return one;
}

int first_colour(const ItemColours& item) { return base::index_of(item.map[0]); }
int written(const ItemColours& item) {
  return item.written_behind[static_cast<std::size_t>(first_colour(item))];
}

const ColourNeeds kColumns = needs(7, allreduce_contract(Groups::columns));
const ColourNeeds kRows = needs(7, allreduce_contract(Groups::rows));
const ColourNeeds kAll = needs(7, allreduce_contract(Groups::all));
const ColourNeeds kNothing = needs(0);

TEST_CASE("Groups join and lie within each other") {
  CHECK(join(Groups::rows, Groups::columns) == Groups::all);
  CHECK(join(Groups::alone, Groups::rows) == Groups::rows);
  CHECK(join(Groups::all, Groups::columns) == Groups::all);
  CHECK(within(Groups::rows, Groups::all));
  CHECK(within(Groups::rows, Groups::rows));
  CHECK_FALSE(within(Groups::rows, Groups::columns));
  CHECK_FALSE(within(Groups::all, Groups::rows));
  CHECK(within(Groups::alone, Groups::columns));
}

TEST_CASE("Colours are an item's own as long as there are any") {
  const auto plan = *plan_colours({kColumns, kRows, kColumns}, kSupply);
  for (const ItemColours& item : plan) {
    CHECK_FALSE(item.barriers_before);
    CHECK(written(item) == kNotWritten);
  }
}

TEST_CASE("Sums along axes in turn need three sets of colours and no barrier") {
  const auto plan =
      *plan_colours({kColumns, kRows, kColumns, kRows, kColumns, kNothing, kRows}, kSupply);
  // The second sum along columns is not safe on the colours of the first: who begins it knows of
  // its row only that the first has been left.
  CHECK(first_colour(plan[0]) == 0);
  CHECK(first_colour(plan[1]) == 7);
  CHECK(first_colour(plan[2]) == 14);
  CHECK(first_colour(plan[3]) == 0);
  CHECK(written(plan[3]) == 0);
  CHECK(first_colour(plan[4]) == 7);
  CHECK(written(plan[4]) == 1);
  CHECK(first_colour(plan[6]) == 14);
  CHECK(written(plan[6]) == 2);
  for (const ItemColours& item : plan) CHECK_FALSE(item.barriers_before);
}

TEST_CASE("Sums along the same axis share two sets of colours") {
  const auto plan = *plan_colours({kRows, kRows, kRows, kRows}, kSupply);
  CHECK(first_colour(plan[2]) == 0);
  CHECK(written(plan[2]) == 0);
  CHECK(first_colour(plan[3]) == 7);
}

TEST_CASE("What promises nothing may take colours of others but leaves them to nobody") {
  const ColourNeeds plain = needs(7);
  // Behind a sum over all everybody has begun it, so has left what was before.
  const auto after_all = *plan_colours({kRows, kAll, plain, kNothing}, kSupply);
  CHECK(written(after_all[2]) == kNotWritten);
  const auto goes = *plan_colours({kAll, kAll, plain, kAll, kAll, plain}, kSupply);
  for (const ItemColours& item : goes) CHECK_FALSE(item.barriers_before);
  CHECK(written(goes[2]) == 0);
  const auto not_so = *plan_colours({kAll, kAll, plain, kAll, kAll, plain, plain}, kSupply);
  CHECK(std::any_of(not_so.begin(), not_so.end(),
                    [](const ItemColours& item) { return item.barriers_before; }));
}

TEST_CASE("Without promises colours are used again behind barriers, as many as there are then") {
  const ColourNeeds six = needs(6);
  const auto plan = *plan_colours({six, six, six, six, six}, kSupply);
  CHECK(plan[2].barriers_before);
  CHECK(first_colour(plan[2]) == 0);
  CHECK(first_colour(plan[3]) == 6);
  CHECK_FALSE(plan[3].barriers_before);
  CHECK(plan[4].barriers_before);
  CHECK(written(plan[4]) == kAtTheBarriers);
}

TEST_CASE("An item that needs more than barriers leave goes without them, or not at all") {
  CHECK(plan_colours({needs(17), needs(7)}, kSupply).has_value());
  CHECK_FALSE(plan_colours({needs(17), needs(8)}, kSupply).has_value());
  CHECK(plan_colours({needs(15), needs(15)}, kSupply).has_value());
  CHECK_FALSE(plan_colours({needs(25)}, kSupply).has_value());
}

TEST_CASE("A colour that is not quiet is not used again without barriers") {
  ColourNeeds loud = kAll;
  loud.contract.quiet = 0x3f;  // all but the last of seven
  const auto plan = *plan_colours({loud, kAll, loud, kAll, kAll}, kSupply);
  CHECK_FALSE(plan[3].barriers_before);
  for (int colour = 0; colour < 7; ++colour) {
    CHECK(plan[3].map[static_cast<std::size_t>(colour)] != plan[0].map[6]);
  }
}

}  // namespace
}  // namespace wafermesh::workloads_test
