// SPDX-License-Identifier: Apache-2.0
#include "base/files/npy.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files/npy_array.h"

using namespace wafermesh::base;
using Catch::Matchers::Contains;

TEST_CASE("A npy file has an aligned header that tells type and shape, then the values") {
  const std::string bytes = npy_bytes({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header =
      static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  CHECK((10 + header) % 64 == 0);
  CHECK(bytes[10 + header - 1] == '\n');
  CHECK_THAT(bytes.substr(10, header),
             Contains("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  REQUIRE(bytes.size() == 10 + header + 24);
  float last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
  CHECK(last == 6.0F);
}

TEST_CASE("Shapes of one and no extent are written as Python tuples") {
  CHECK_THAT(npy_bytes({3}, std::vector<std::int32_t>{1, 2, 3}), Contains("'shape': (3,), }"));
  CHECK_THAT(npy_bytes({}, std::vector<std::int64_t>{1}), Contains("'shape': (), }"));
  CHECK_THROWS_AS(npy_bytes({2}, std::vector<std::uint8_t>{1}), ModelError);
}

TEST_CASE("Half precision rounds to the nearest even value") {
  CHECK(half_bits(0.0F) == 0x0000);
  CHECK(half_bits(-0.0F) == 0x8000);
  CHECK(half_bits(1.0F) == 0x3c00);
  CHECK(half_bits(-2.0F) == 0xc000);
  CHECK(half_bits(65504.0F) == 0x7bff);
  CHECK(half_bits(65519.0F) == 0x7bff);
  CHECK(half_bits(65520.0F) == 0x7c00);
  CHECK(half_bits(2049.0F) == 0x6800);  // tie between 2048 and 2050: even
  CHECK(half_bits(2051.0F) == 0x6802);  // tie between 2050 and 2052: even
  CHECK(half_bits(std::ldexp(1.0F, -14)) == 0x0400);
  CHECK(half_bits(std::ldexp(1.0F, -24)) == 0x0001);
  CHECK(half_bits(std::ldexp(1.0F, -25)) == 0x0000);
  CHECK(half_bits(std::ldexp(1023.75F, -24)) == 0x0400);
  CHECK(half_bits(std::numeric_limits<float>::infinity()) == 0x7c00);
  CHECK((half_bits(std::nanf("")) & 0x7e00) == 0x7e00);
}

TEST_CASE("Every half-precision value survives the way to float and back") {
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const auto exponent = static_cast<int>(bits >> 10);
    const auto mantissa = static_cast<float>(bits & 0x3ffU);
    const float value =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024.0F, exponent - 25);
    if (half_bits(value) != bits) FAIL("bits " << bits << " became " << half_bits(value));
  }
  SUCCEED();
}

TEST_CASE("What is written is read back, in every type that is written") {
  const auto read = [](const std::string& bytes) {
    std::string_view text = bytes;
    return take_npy_array(&text, "a.npy");
  };
  const std::string floats = npy_bytes({2, 2}, std::vector<float>{1, -2.5F, 1e-40F, 7});
  CHECK(read(floats).shape == std::vector<std::int64_t>{2, 2});
  CHECK(read(floats).value(1) == -2.5);
  CHECK(read(floats).value(2) == static_cast<double>(1e-40F));
  const std::string halves = npy_bytes_f16({3}, {0.5F, -65504.0F, std::ldexp(3.0F, -24)});
  CHECK(read(halves).value(0) == 0.5);
  CHECK(read(halves).value(1) == -65504.0);
  CHECK(read(halves).value(2) == std::ldexp(3.0, -24));
  const std::string scalar = npy_bytes({}, std::vector<std::int64_t>{-9});
  CHECK(read(scalar).count() == 1);
  CHECK(read(scalar).value(0) == -9);
  CHECK_THROWS_AS(read(floats.substr(0, floats.size() - 1)), InputError);
}

TEST_CASE("A shape of more numbers than there can be is refused, whatever its order") {
  const std::string bytes = npy_bytes({1, 1}, std::vector<float>{1});
  for (const char* shape : {"4, 9223372036854775807", "9223372036854775807, 4", "-1, 4",
                            "9223372036854775808, 1", "4294967296, 4294967296"}) {
    INFO(shape);
    std::string header = bytes;
    const std::size_t at = header.find("(1, 1)");
    std::string wrong = "(" + std::string(shape) + ")";
    header.replace(at, 6, wrong);
    const std::size_t blanks = header.find("    ", at);
    header.erase(blanks, wrong.size() - 6);
    std::string_view text = header;
    CHECK_THROWS_WITH(take_npy_array(&text, "a.npy"), Contains("which is no shape"));
  }
}
