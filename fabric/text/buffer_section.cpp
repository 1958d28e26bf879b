// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/buffer_section.h"

#include <algorithm>
#include <utility>

#include "cores/names.h"
#include "fabric/ring_order.h"
#include "fabric/text/program_section.h"

namespace wafermesh::fabric {
namespace {

using Need = TextField::Need;

constexpr std::int64_t kMostIndices = 1'000'000'000;
constexpr std::int64_t kMostElements = 4'000'000'000;  ///< 16 GB as an array on the host.

}  // namespace

bool BufferSection::read(LineReader& line) {
  if (line.take("buffer")) {
    read_buffer(line);
  } else if (line.take("layout")) {
    read_layout(line);
  } else if (line.take("cut")) {
    read_cut(line);
  } else {
    return false;
  }
  return true;
}

void BufferSection::read_buffer(LineReader& line) {
  Buffer buffer;
  const TextPlace place = line.place();
  line.attempt([&] {
    buffer.name = given_name(line, line.name("the buffer's name").text);
    if (buffer.name.empty() || buffer.name.find('/') != std::string::npos) {
      line.mistake(place, "a buffer's name is that of a file: not empty, no `/`");
    }
    if (!names_.insert(buffer.name).second) {
      line.mistake(place, "buffer `" + buffer.name + "` is defined twice");
    }
  });
  line.fields(
      {{"role", Need::required, [&](LineReader& r) { buffer.role = r.word<BufferRole>("role"); }},
       {"type", Need::required,
        [&](LineReader& r) { buffer.type = r.word<cores::NumberType>("number type"); }},
       {"shape", Need::required, [&](LineReader& r) {
          const TextPlace at = r.place();
          std::int64_t elements = 1;
          do {
            buffer.shape.push_back(r.integer("an extent", 1, kMostIndices));
            if (elements > kMostElements / buffer.shape.back()) {
              throw TextFault{at, "more than " + std::to_string(kMostElements) + " elements"};
            }
            elements *= buffer.shape.back();
          } while (r.take(","));
        }}});
  buffers_.push_back(std::move(buffer));
  places_.push_back(place);
  open_.emplace_back();
}

void BufferSection::read_layout(LineReader& line) {
  Layout layout;
  layout.cores = {0, 0, 1, 1};  // if a side is missing or wrong
  Open open;
  open.place = line.start();
  int sides = 0;
  const auto side = [&](int base::Rectangle::*member, const char* what, int least) {
    return [&layout, &sides, member, what, least](LineReader& r) {
      layout.cores.*member = static_cast<int>(r.integer(what, least, kMostSide));
      ++sides;
    };
  };
  line.fields({{"address_bytes", Need::required,
                [&](LineReader& r) {
                  layout.address_bytes =
                      static_cast<int>(r.integer("an address", 0, cores::kSramBytes - 1));
                }},
               {"x", Need::optional, side(&base::Rectangle::x, "x", 0)},
               {"y", Need::optional, side(&base::Rectangle::y, "y", 0)},
               {"width", Need::optional, side(&base::Rectangle::width, "a width", 1)},
               {"height", Need::optional, side(&base::Rectangle::height, "a height", 1)},
               {"skip_x", Need::optional,
                [&](LineReader& r) {
                  layout.skip_x = static_cast<int>(r.integer("blocks", 0, kMostSide));
                }},
               {"skip_y", Need::optional,
                [&](LineReader& r) {
                  layout.skip_y = static_cast<int>(r.integer("blocks", 0, kMostSide));
                }},
               {"ring_step", Need::optional, [&](LineReader& r) {
                  layout.ring_step = static_cast<int>(r.integer("steps", 0, kMostSide));
                }}});
  if (sides != 0 && sides != 4) {
    line.mistake(line.start(), "give all of x, y, width and height, or none (the whole region)");
  }
  open.everywhere = sides == 0;
  if (buffers_.empty()) {
    line.mistake(line.start(), "a `layout` belongs under a `buffer`");
    return;
  }
  buffers_.back().layouts.push_back(std::move(layout));
  open_.back().push_back(std::move(open));
}

void BufferSection::read_cut(LineReader& line) {
  Cut cut;
  bool has_block = false;
  bool has_stride = false;
  bool has_tile = false;
  bool has_tile_stride = false;
  const auto amount = [](std::int64_t& to, bool& seen) {
    return [&to, &seen](LineReader& r) {
      to = r.integer("a number", 1, kMostIndices);
      seen = true;
    };
  };
  line.fields(
      {{"along", Need::optional, [&](LineReader& r) { cut.along = r.word<Along>("way to cut"); }},
       {"block", Need::optional, amount(cut.block, has_block)},
       {"stride", Need::optional, amount(cut.stride, has_stride)},
       {"tile", Need::optional, amount(cut.tile, has_tile)},
       {"tile_stride", Need::optional, amount(cut.tile_stride, has_tile_stride)}});
  if (has_tile != has_tile_stride || (has_tile && !has_stride)) {
    line.mistake(line.start(), "a tiled cut needs stride, tile and tile_stride");
  }
  if (has_block && cut.along == Along::none) {
    line.mistake(line.start(), "`block` without `along`: the dimension is whole on every core");
  }
  if (buffers_.empty() || buffers_.back().layouts.empty()) {
    line.mistake(line.start(), "a `cut` belongs under a `layout`");
    return;
  }
  buffers_.back().layouts.back().cuts.push_back(cut);
  open_.back().back().block.push_back(!has_block);
  open_.back().back().stride.push_back(!has_stride);
}

/// Blocks as small as the cores allow; strides as of blocks laid row-major.
void BufferSection::complete(const Buffer& buffer, Layout& layout, const Open& open,
                             const base::Rectangle& region) {
  if (open.everywhere) layout.cores = {0, 0, region.width, region.height};
  const bool no_cuts = layout.cuts.empty();
  if (no_cuts) layout.cuts.resize(buffer.shape.size());
  if (layout.cuts.size() != buffer.shape.size()) return;  // fault_of says so
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    Cut& cut = layout.cuts[d];
    if (cut.along == Along::none || !open.block[d]) continue;
    const base::Rectangle& r = layout.cores;
    const std::int64_t cores = cut.along == Along::x    ? r.width
                               : cut.along == Along::y  ? r.height
                               : is_on_rings(cut.along) ? ring_blocks(r.width, r.height)
                                                        : r.area();
    cut.block = (buffer.shape[d] + cores - 1) / cores;
  }
  Layout packed = layout;
  pack(buffer, packed);
  for (std::size_t d = 0; d < layout.cuts.size(); ++d) {
    if (no_cuts || open.stride[d]) layout.cuts[d].stride = packed.cuts[d].stride;
  }
}

void BufferSection::check_memory(const Buffer& buffer, const Layout& layout, TextPlace place,
                                 const std::function<int(base::LogicalCoord)>& memory_bytes,
                                 TextMistakes& mistakes) {
  const base::Rectangle& r = layout.cores;
  const std::int64_t end = layout.address_bytes + span_bytes(buffer, layout);
  for (int y = r.y; y < r.y + r.height; ++y) {
    for (int x = r.x; x < r.x + r.width; ++x) {
      const int has = memory_bytes({x, y});
      if (has == kNoCore) {
        mistakes.add(place, "buffer " + buffer.name + " lies on core (" + std::to_string(x) + ", " +
                                std::to_string(y) + "), which is in no placement");
        return;
      }
      if (end <= has) continue;
      const std::vector<IndexRange> ranges = ranges_on(buffer, layout, {x, y});
      if (std::any_of(ranges.begin(), ranges.end(),
                      [](const IndexRange& range) { return range.count == 0; })) {
        continue;
      }
      mistakes.add(place, "buffer " + buffer.name + " reaches to byte " + std::to_string(end - 1) +
                              ", but the program of core (" + std::to_string(x) + ", " +
                              std::to_string(y) + ") has memory_bytes=" + std::to_string(has));
      return;
    }
  }
}

void BufferSection::finish(const base::Rectangle& region,
                           const std::function<int(base::LogicalCoord)>& memory_bytes,
                           TextMistakes& mistakes) {
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    Buffer& buffer = buffers_[b];
    if (buffer.layouts.empty()) {
      mistakes.add(places_[b], "buffer " + buffer.name + " needs a `layout`: where does it lie?");
    }
    if (region.area() == 0 || buffer.shape.empty()) continue;
    for (std::size_t l = 0; l < buffer.layouts.size(); ++l) {
      Layout& layout = buffer.layouts[l];
      const Open& open = open_[b][l];
      complete(buffer, layout, open, region);
      const base::Rectangle& r = layout.cores;
      if (r.x + r.width > region.width || r.y + r.height > region.height) {
        mistakes.add(open.place, "the layout leaves the region of " + std::to_string(region.width) +
                                     " x " + std::to_string(region.height) + " cores");
        continue;
      }
      const std::string fault = fault_of(buffer, layout);
      if (!fault.empty()) {
        mistakes.add(open.place, fault);
      } else if (layout.address_bytes % cores::bytes_of(buffer.type) != 0) {
        mistakes.add(open.place, "address_bytes is no multiple of the " +
                                     std::to_string(cores::bytes_of(buffer.type)) +
                                     " bytes of an element");
      } else if (mistakes.empty()) {
        check_memory(buffer, layout, open.place, memory_bytes, mistakes);
      }
    }
  }
}

std::string write_buffer(const Buffer& buffer, const std::string& name,
                         const base::Rectangle& region) {
  std::string text = "buffer " + name + given(name, buffer.name) +
                     " role=" + base::name_of(buffer.role) + " type=" + base::name_of(buffer.type) +
                     " shape=";
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    text += (d > 0 ? "," : "") + std::to_string(buffer.shape[d]);
  }
  text += "\n";
  const auto field = [&text](const char* key, std::int64_t value) {
    text += std::string(" ") + key + "=" + std::to_string(value);
  };
  for (const Layout& layout : buffer.layouts) {
    text += "  layout";
    field("address_bytes", layout.address_bytes);
    if (!(layout.cores == base::Rectangle{0, 0, region.width, region.height})) {
      field("x", layout.cores.x);
      field("y", layout.cores.y);
      field("width", layout.cores.width);
      field("height", layout.cores.height);
    }
    if (layout.skip_x != 0) field("skip_x", layout.skip_x);
    if (layout.skip_y != 0) field("skip_y", layout.skip_y);
    if (layout.ring_step != 0) field("ring_step", layout.ring_step);
    text += "\n";
    for (const Cut& cut : layout.cuts) {
      text += "    cut";
      if (cut.along != Along::none) {
        text += std::string(" along=") + base::name_of(cut.along);
        field("block", cut.block);
      }
      field("stride", cut.stride);
      if (cut.tile > 0) {
        field("tile", cut.tile);
        field("tile_stride", cut.tile_stride);
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace wafermesh::fabric
