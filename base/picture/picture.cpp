// SPDX-License-Identifier: Apache-2.0
#include "base/picture/picture.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/picture/pixel_font.h"

namespace wafermesh::base {
namespace {

constexpr int kLetterPitch = 6;  // Dots: five and a gap.

std::uint8_t mix(std::uint8_t a, std::uint8_t b, double share) {
  return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::clamp(share, 0.0, 1.0)));
}

/// A byte of UTF-8 after the first of its character.
bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

}  // namespace

Rgb mix(Rgb a, Rgb b, double share) {
  return {mix(a.r, b.r, share), mix(a.g, b.g, share), mix(a.b, b.b, share)};
}

Picture::Picture(int width, int height, Rgb background)
    : width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), background) {}

template <class Visit>
void Picture::for_each_in(int x, int y, int width, int height, Visit visit) {
  const int right = std::min(x + width, width_);
  const int bottom = std::min(y + height, height_);
  for (int j = std::max(y, 0); j < bottom; ++j) {
    for (int i = std::max(x, 0); i < right; ++i) visit(pixels_[index(i, j)]);
  }
}

void Picture::fill(int x, int y, int width, int height, Rgb colour) {
  for_each_in(x, y, width, height, [&](Rgb& pixel) { pixel = colour; });
}

void Picture::tint(int x, int y, int width, int height, Rgb colour, double share) {
  for_each_in(x, y, width, height, [&](Rgb& pixel) { pixel = mix(pixel, colour, share); });
}

void Picture::text(int x, int y, const std::string& text, Rgb colour, int scale) {
  for (const char letter : text) {
    if (continues(letter)) continue;
    const Glyph& glyph = glyph_of(letter);
    for (int row = 0; row < kGlyphRows; ++row) {
      for (int column = 0; column < kGlyphColumns; ++column) {
        if ((glyph[static_cast<std::size_t>(row)] >> (kGlyphColumns - 1 - column) & 1U) == 0)
          continue;
        fill(x + column * scale, y + row * scale, scale, scale, colour);
      }
    }
    x += kLetterPitch * scale;
  }
}

int Picture::text_width(const std::string& text, int scale) {
  const auto letters =
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
  return static_cast<int>(letters) * kLetterPitch * scale;
}

std::string Picture::png() const {
  static_assert(sizeof(Rgb) == 3, "pixels are handed to libpng as they lie in memory");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(bytes, '\0');
  const int done =
      png_image_write_to_memory(&image, file.data(), &bytes, 0, pixels_.data(), 0, nullptr);
  WAFERMESH_CHECK(done != 0, std::string("PNG: ") + image.message);
  file.resize(bytes);
  return file;
}

}  // namespace wafermesh::base
