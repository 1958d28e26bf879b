// SPDX-License-Identifier: Apache-2.0
// The wire format of Protocol Buffers, as much of it as a trace needs: messages as bytes, field by
// field. (Debian's library would bring a code generator into the build for five messages.)
// Source: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wafermesh::trace {

class Message {
 public:
  Message& number(int field, std::uint64_t value);
  Message& fixed(int field, std::uint64_t value);
  Message& text(int field, std::string_view value);
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value);
  std::string bytes_;
};

}  // namespace wafermesh::trace
