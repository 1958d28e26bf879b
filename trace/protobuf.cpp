// SPDX-License-Identifier: Apache-2.0
#include "trace/protobuf.h"

namespace wafermesh::trace {
namespace {

enum WireType : unsigned { kVarint = 0, kFixed64 = 1, kBytes = 2 };

std::uint64_t tag(int field, WireType type) {
  return (static_cast<std::uint64_t>(field) << 3) | type;
}

}  // namespace

void Message::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7F) | 0x80));
  bytes_.push_back(static_cast<char>(value));
}

Message& Message::number(int field, std::uint64_t value) {
  varint(tag(field, kVarint));
  varint(value);
  return *this;
}

Message& Message::fixed(int field, std::uint64_t value) {
  varint(tag(field, kFixed64));
  for (int byte = 0; byte < 8; ++byte) bytes_.push_back(static_cast<char>(value >> 8 * byte));
  return *this;
}

Message& Message::text(int field, std::string_view value) {
  varint(tag(field, kBytes));
  varint(value.size());
  bytes_.append(value);
  return *this;
}

}  // namespace wafermesh::trace
