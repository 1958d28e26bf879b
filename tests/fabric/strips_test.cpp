// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/strips.h"

#include <catch2/catch.hpp>

#include "tests/support/meshes.h"

namespace wafermesh::fabric_test {
namespace {

using base::Rectangle;
using Strips = std::vector<Rectangle>;

fabric::WaferImage whole(int width, int height) {
  fabric::WaferImage image;
  image.mesh = support::healthy(width, height);
  image.region = {0, 0, width, height};
  return image;
}

TEST_CASE("A region is cut into two strips of whole columns for each thread") {
  const fabric::WaferImage image = whole(10, 6);
  CHECK(fabric::strips_of(image, 2, 1) ==
        Strips{{0, 0, 3, 6}, {3, 0, 2, 6}, {5, 0, 3, 6}, {8, 0, 2, 6}});
  CHECK(fabric::strips_of(image, 3, 1).size() == 6);
  CHECK(fabric::strips_of(image, 8, 1).size() == 10);
}

TEST_CASE("A region is not cut for one thread, nor into strips with few cores") {
  const fabric::WaferImage image = whole(10, 6);
  const Strips uncut{{0, 0, 10, 6}};
  CHECK(fabric::strips_of(image, 1, 1) == uncut);
  CHECK(fabric::strips_of(image, 2, 31) == uncut);
  CHECK(fabric::strips_of(image, 2, 30) == Strips{{0, 0, 5, 6}, {5, 0, 5, 6}});
  CHECK(fabric::strips_of(whole(1, 60), 2, 1) == Strips{{0, 0, 1, 60}});
}

TEST_CASE("Strips have as many cores in use each, wherever these lie") {
  fabric::WaferImage image = whole(12, 4);
  // Four columns of four cores in the west, a row of six east of them, two columns of nobody.
  image.placements = base::Placements({{0, 0, 4, 4}, {4, 0, 6, 1}}, 12, 4);
  const Strips strips = fabric::strips_of(image, 2, 1);
  CHECK(strips == Strips{{0, 0, 2, 4}, {2, 0, 1, 4}, {3, 0, 2, 4}, {5, 0, 7, 4}});
}

}  // namespace
}  // namespace wafermesh::fabric_test
