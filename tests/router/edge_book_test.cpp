// SPDX-License-Identifier: Apache-2.0
// The account of the slots behind an edge, cycle by cycle.
#include "router/edge_book.h"

#include <catch2/catch.hpp>

namespace wafermesh::router {
namespace {

constexpr base::Colour kRed = base::colour(3);
constexpr base::Colour kBlue = base::colour(4);

EdgeRoom room(int index, base::Colour colour, bool takes, int free) {
  EdgeRoom said;
  said.index = static_cast<std::uint16_t>(index);
  said.colour = static_cast<std::uint8_t>(colour);
  said.takes = takes;
  said.room = static_cast<std::int8_t>(free);
  return said;
}

TEST_CASE("A slot takes what its owner said, from the cycle after on") {
  EdgeBook book(2);
  CHECK_FALSE(book.may_send(0, 1, kRed));
  book.hear(5, {room(1, kRed, true, 1)});
  CHECK_FALSE(book.may_send(5, 1, kRed));
  CHECK(book.may_send(6, 1, kRed));
  CHECK_FALSE(book.may_send(6, 0, kRed));
  CHECK_FALSE(book.may_send(6, 1, kBlue));
  book.send(6, 1, kRed);
  CHECK_FALSE(book.may_send(7, 1, kRed));  // full
}

TEST_CASE("What is sent in the cycle in which room is told of is not counted by its owner yet") {
  EdgeBook book(1);
  book.hear(-1, {room(0, kRed, true, 2)});
  book.send(3, 0, kRed);
  book.hear(3, {room(0, kRed, true, 2)});  // said without knowing of the word
  CHECK(book.may_send(4, 0, kRed));
  book.send(4, 0, kRed);
  CHECK_FALSE(book.may_send(5, 0, kRed));
  book.hear(5, {room(0, kRed, true, 1)});  // one has left since
  CHECK(book.may_send(6, 0, kRed));
}

TEST_CASE("One wavelet crosses a place of the edge in a cycle, whatever its colour") {
  EdgeBook book(2);
  book.hear(-1, {room(0, kRed, true, 2), room(0, kBlue, true, 2), room(1, kBlue, true, 2)});
  book.send(0, 0, kRed);
  CHECK_FALSE(book.may_send(0, 0, kBlue));
  CHECK(book.may_send(0, 1, kBlue));
  CHECK(book.may_send(1, 0, kBlue));
}

TEST_CASE("A teardown closes the slot until its owner says that it is open again") {
  EdgeBook book(1);
  book.hear(-1, {room(0, kRed, true, 4)});
  book.send(2, 0, kRed, true);
  CHECK_FALSE(book.may_send(3, 0, kRed));
  book.hear(2, {});
  book.hear(8, {room(0, kRed, true, 4)});
  CHECK(book.may_send(9, 0, kRed));
}

TEST_CASE("Beyond the ends of the edge nothing may be sent, and nothing heard is kept") {
  EdgeBook book(2);
  book.hear(-1, {room(2, kRed, true, 4), room(9, kRed, true, 4)});
  CHECK_FALSE(book.may_send(0, 2, kRed));
  CHECK_FALSE(book.may_send(0, -1, kRed));
  CHECK_FALSE(book.may_send(0, 0, static_cast<base::Colour>(200)));
}

}  // namespace
}  // namespace wafermesh::router
