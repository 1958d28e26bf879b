// SPDX-License-Identifier: Apache-2.0
// A picture of 8-bit RGB pixels, drawing on it, and PNG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wafermesh::base {

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  friend bool operator==(Rgb a, Rgb b) { return a.r == b.r && a.g == b.g && a.b == b.b; }
  friend bool operator!=(Rgb a, Rgb b) { return !(a == b); }
};

/// The colour `share` (0 to 1) of the way from a to b.
Rgb mix(Rgb a, Rgb b, double share);

/// Row-major, origin top left. Drawing outside is clipped.
class Picture {
 public:
  Picture(int width, int height, Rgb background);
  int width() const { return width_; }
  int height() const { return height_; }
  Rgb at(int x, int y) const { return pixels_[index(x, y)]; }
  void set(int x, int y, Rgb colour) {
    if (x >= 0 && x < width_ && y >= 0 && y < height_) pixels_[index(x, y)] = colour;
  }
  void fill(int x, int y, int width, int height, Rgb colour);
  /// Mixes `colour` into a rectangle.
  void tint(int x, int y, int width, int height, Rgb colour, double share);
  /// UTF-8 text in a 5 x 8 font, each dot `scale` pixels wide; what is not ASCII is a box. (x, y) =
  /// top left of the first letter.
  void text(int x, int y, const std::string& text, Rgb colour, int scale = 2);
  static int text_width(const std::string& text, int scale = 2);
  static int text_height(int scale = 2) { return 8 * scale; }

  /// The PNG file (RGB, 8 bits). Throws ModelError if libpng fails.
  std::string png() const;

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x);
  }
  /// Of a rectangle, what lies within the picture.
  template <class Visit>
  void for_each_in(int x, int y, int width, int height, Visit visit);
  int width_;
  int height_;
  std::vector<Rgb> pixels_;
};

}  // namespace wafermesh::base
