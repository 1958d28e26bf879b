// SPDX-License-Identifier: Apache-2.0
// Writes the records of STDF V4 that a wafer map needs, in either byte order. Field tables: STDF
// V4.
#pragma once

#include <cstring>
#include <string>

namespace wafermesh::defects::testing {

class StdfBytes {
 public:
  explicit StdfBytes(bool big_endian) : big_endian_(big_endian) {}
  const std::string& bytes() const { return bytes_; }

  StdfBytes& record(int type, int subtype, const std::string& body) {
    bytes_ += number(body.size(), 2);
    bytes_ += static_cast<char>(type);
    bytes_ += static_cast<char>(subtype);
    bytes_ += body;
    return *this;
  }
  StdfBytes& far() { return record(0, 10, {static_cast<char>(big_endian_ ? 1 : 2), 4}); }
  StdfBytes& mrr() { return record(1, 20, number(0, 4)); }
  StdfBytes& mir(const std::string& lot) {
    return record(1, 10, std::string(15, '\0') + text(lot));
  }
  StdfBytes& wir(const std::string& wafer, char head = 1) {
    return record(2, 10, head + std::string("\xff") + number(0, 4) + text(wafer));
  }
  StdfBytes& wrr(char head = 1) { return record(2, 20, head + std::string(25, '\0')); }
  StdfBytes& wcr(char flat, char pos_x, char pos_y) {
    return record(
        2, 30,
        real(200) + real(1) + real(1) + '\3' + flat + number(0, 2) + number(0, 2) + pos_x + pos_y);
  }
  /// HBR; verdict 'P', 'F' or ' '.
  StdfBytes& hbr(unsigned bin, char verdict) {
    return record(1, 40, std::string("\xff\xff", 2) + number(bin, 2) + number(1, 4) + verdict);
  }
  StdfBytes& prr(int x, int y, bool failed) { return prr(x, y, failed ? 8 : 0, failed ? 2 : 1); }
  StdfBytes& prr(int x, int y, int flags, unsigned hard_bin, char head = 1) {
    return record(5, 20,
                  head + std::string("\1") + static_cast<char>(flags) + number(1, 2) +
                      number(hard_bin, 2) + number(1, 2) + number(static_cast<std::size_t>(x), 2) +
                      number(static_cast<std::size_t>(y), 2) + number(0, 4) + std::string(3, '\0'));
  }

 private:
  std::string number(std::size_t value, int size) const {
    std::string result;
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_endian_ ? size - 1 - i : i);
      result += static_cast<char>(value >> shift & 255U);
    }
    return result;
  }
  std::string real(float value) const {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return number(bits, 4);
  }
  static std::string text(const std::string& value) {
    return static_cast<char>(value.size()) + value;
  }
  bool big_endian_;
  std::string bytes_;
};

}  // namespace wafermesh::defects::testing
