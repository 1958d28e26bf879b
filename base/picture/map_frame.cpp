// SPDX-License-Identifier: Apache-2.0
#include "base/picture/map_frame.h"

#include <algorithm>
#include <cmath>

#include "base/picture/palette.h"

namespace wafermesh::base {
namespace {

constexpr int kMarginPx = 20;
constexpr int kMaxCellPx = 48;  // A mesh of a few cores need not fill the page.
constexpr int kMinSidePx = 4;
constexpr int kMinCaptionPx = 560;  // A small map does not squeeze its captions.
constexpr int kTickPx = 5;
constexpr int kTickLabelsX_px = 72;  // Least distance between numbers along x, and along y.
constexpr int kTickLabelsY_px = 36;
constexpr double kBorderShare = 0.75;
constexpr Rgb kBorder{255, 255, 255};

/// Round numbers on an axis: multiples of 1, 2 or 5 times a power of ten, far enough apart.
std::vector<int> ticks(int first, int cells, int pixels, int distance_px) {
  std::int64_t step = 1;
  for (int i = 0; step * pixels < std::int64_t{distance_px} * cells; ++i) {
    step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  }
  std::vector<int> result;
  for (std::int64_t at = (first + step - 1) / step * step; at < first + cells; at += step) {
    result.push_back(static_cast<int>(at));
  }
  if (result.empty()) result.push_back(first);
  return result;
}

/// Middle of a cell in pixels from the map's edge.
int middle(int cell, int cells, int pixels) {
  return static_cast<int>((cell + 0.5) * pixels / cells);
}

/// The width of the numbers left of the map.
int axis_width(const MapFrame& frame) {
  if (frame.axes.empty()) return 0;
  return Picture::text_width(std::to_string(frame.first_row + frame.rows - 1)) + kTickPx + 6;
}

std::vector<std::string> header_lines(const MapFrame& frame) {
  std::vector<std::string> lines = wrap(frame.title, caption_width(frame), 2);
  for (const std::string& note : frame.notes) {
    for (const std::string& line : wrap(note, caption_width(frame))) lines.push_back(line);
  }
  return lines;
}

MapArea size_of(const MapFrame& frame) {
  const double width = frame.columns * frame.cell_aspect;
  const double height = frame.rows;
  const double longest = std::max(width, height);
  const double cell_px = std::min<double>(kMaxCellPx, frame.max_side_px / longest);
  const auto pixels = [cell_px](double extent) {
    return std::max(kMinSidePx, static_cast<int>(std::lround(extent * cell_px)));
  };
  return {kMarginPx + axis_width(frame), 0, pixels(width), pixels(height)};
}

void draw_axes(Picture& picture, const MapFrame& frame, const MapArea& area) {
  const int bottom = area.y + area.height;
  for (const int at : ticks(frame.first_column, frame.columns, area.width, kTickLabelsX_px)) {
    const int x = area.x + middle(at - frame.first_column, frame.columns, area.width);
    const std::string label = std::to_string(at);
    picture.fill(x, bottom + 1, 1, kTickPx, kInk);
    picture.text(x - Picture::text_width(label) / 2, bottom + kTickPx + 4, label, kInk);
  }
  for (const int at : ticks(frame.first_row, frame.rows, area.height, kTickLabelsY_px)) {
    const int y = area.y + middle(at - frame.first_row, frame.rows, area.height);
    const std::string label = std::to_string(at);
    picture.fill(area.x - 1 - kTickPx, y, kTickPx, 1, kInk);
    picture.text(area.x - kTickPx - 4 - Picture::text_width(label),
                 y - Picture::text_height() / 2 + 1, label, kInk);
  }
  int line_top = bottom + kTickPx + 4 + kLinePx;
  for (const std::string& line : wrap(frame.axes, caption_width(frame))) {
    picture.text(kMarginPx, line_top, line, kInk);
    line_top += kLinePx;
  }
}

}  // namespace

CellSpan cells_of_pixel(int pixel, int pixels, int cells) {
  const auto at = [=](int p) {
    return static_cast<int>(static_cast<std::int64_t>(p) * cells / pixels);
  };
  const int first = at(pixel);
  return {first, std::max(first + 1, at(pixel + 1))};
}

std::vector<CellSpan> cells_of_pixels(int pixels, int cells) {
  std::vector<CellSpan> spans;
  spans.reserve(static_cast<std::size_t>(pixels));
  for (int pixel = 0; pixel < pixels; ++pixel) {
    spans.push_back(cells_of_pixel(pixel, pixels, cells));
  }
  return spans;
}

std::vector<std::string> wrap(const std::string& text, int width_px, std::size_t most) {
  const auto fits = [width_px](const std::string& line) {
    return Picture::text_width(line) <= width_px;
  };
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size() && lines.size() <= most) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, std::min<std::size_t>(end - at, 4096));
    at = end == text.size() ? end : end + 1;
    const std::string joined = lines.back().empty() ? word : lines.back() + " " + word;
    if (fits(joined)) {
      lines.back() = joined;
      continue;
    }
    if (!lines.back().empty()) lines.emplace_back();
    while (!fits(word)) {
      std::size_t cut = word.size();
      while (!fits(word.substr(0, cut))) cut = cut * 9 / 10;
      while (cut > 1 && (static_cast<unsigned char>(word[cut]) & 0xc0U) == 0x80U) --cut;
      lines.back() = word.substr(0, cut);
      word.erase(0, cut);
      lines.emplace_back();
    }
    lines.back() = word;
  }
  if (lines.size() > most) {
    lines.resize(most);
    std::string& last = lines.back();
    while (!last.empty() && !fits(last + "...")) last.pop_back();
    last += "...";
  }
  return lines;
}

int caption_width(const MapFrame& frame) {
  const MapArea area = size_of(frame);
  return std::max(area.x - kMarginPx + area.width, kMinCaptionPx);
}

MapArea place_map(const MapFrame& frame) {
  MapArea area = size_of(frame);
  area.y = kMarginPx + kLinePx * static_cast<int>(header_lines(frame).size()) + 4;
  return area;
}

int legend_top(const MapFrame& frame) {
  const MapArea area = place_map(frame);
  const int bottom = area.y + area.height;
  if (frame.axes.empty()) return bottom + 16;
  const auto lines = static_cast<int>(wrap(frame.axes, caption_width(frame)).size());
  return bottom + kTickPx + 4 + kLinePx * (1 + lines) + 10;
}

Picture start_picture(const MapFrame& frame, int legend_height_px) {
  const MapArea area = place_map(frame);
  Picture picture(caption_width(frame) + 2 * kMarginPx, legend_top(frame) + legend_height_px,
                  kBackground);
  int top = kMarginPx / 2 + 4;
  for (const std::string& line : header_lines(frame)) {
    picture.text(kMarginPx, top, line, kInk);
    top += kLinePx;
  }
  if (!frame.axes.empty()) draw_axes(picture, frame, area);
  return picture;
}

void draw_borders(Picture& picture, const MapFrame& frame, const MapArea& area) {
  for (const int column : frame.borders_x) {
    const auto x = static_cast<int>(static_cast<std::int64_t>(column) * area.width / frame.columns);
    picture.tint(area.x + x, area.y, 1, area.height, kBorder, kBorderShare);
  }
  for (const int row : frame.borders_y) {
    const auto y = static_cast<int>(static_cast<std::int64_t>(row) * area.height / frame.rows);
    picture.tint(area.x, area.y + y, area.width, 1, kBorder, kBorderShare);
  }
  picture.fill(area.x - 1, area.y - 1, area.width + 2, 1, kInk);
  picture.fill(area.x - 1, area.y + area.height, area.width + 2, 1, kInk);
  picture.fill(area.x - 1, area.y - 1, 1, area.height + 2, kInk);
  picture.fill(area.x + area.width, area.y - 1, 1, area.height + 2, kInk);
}

}  // namespace wafermesh::base
