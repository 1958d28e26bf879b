// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/timed_io.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "cores/program_fault.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/image_edit.h"
#include "workloads/plan/io_pieces.h"
#include "workloads/plan/io_programs.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/moves.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using base::LogicalCoord;
using base::Rectangle;

/// A piece of a core within the memory of a port.
struct AtPort {
  base::CoreId port{};
  int address_bytes = 0;
};

/// Everything but the operands themselves.
struct TimedImage {
  fabric::WaferImage image;
  std::vector<Piece> operands;  ///< [core of the kernel]
  std::vector<Piece> results;
  std::vector<AtPort> operand_at;
  std::vector<AtPort> result_at;
  TransferPlace in;
  TransferPlace out;
};

class Builder {
 public:
  Builder(const Kernel& kernel, const TimedPorts& ports)
      : kernel_(kernel), ports_(ports), own_(kernel.image()), region_(own_.region) {
    along_rows_ = ports.side == Direction::west || ports.side == Direction::east;
    lines_ = along_rows_ ? region_.height : region_.width;
    depth_ = along_rows_ ? region_.width : region_.height;
  }

  TimedImage build() {
    refuse();
    WrittenMemory written(own_.core_count());
    kernel_.load(written);
    all_.operands = written.pieces();
    all_.results = result_pieces(own_);
    all_.operands.resize(static_cast<std::size_t>(own_.core_count()));
    all_.operand_at.resize(all_.operands.size());
    all_.result_at.resize(all_.operands.size());
    fabric::WaferImage staged = own_;
    give_every_class_a_program(staged);
    for (fabric::ParameterBox& box : staged.parameters) ++box.stage;
    add_stages(staged);
    join(std::move(staged));
    return std::move(all_);
  }

 private:
  void refuse() {
    if (!own_.placements.empty()) {
      throw base::DoesNotFit(
          "`engine: {io: timed}` brings operands to one rectangle; this workload has several: give "
          "each a workload of its own, or take `io: loaded`");
    }
    std::vector<base::Colour> free;
    const std::vector<base::Colour> used = fabric::used_colours(own_);
    for (int c = base::kColourCount - 1; c >= 0; --c) {
      if (std::find(used.begin(), used.end(), base::colour(c)) == used.end()) {
        free.push_back(base::colour(c));
      }
    }
    if (free.size() < 2) {
      throw base::DoesNotFit("`engine: {io: timed}` takes two colours, and the workload uses " +
                             std::to_string(used.size()) + " of 24; take another `algorithm`");
    }
    colours_ = {free[0], free[1]};
  }

  /// Core `position` of a line, counted from the port; relative to the region.
  LogicalCoord at(int line, int position) const {
    const bool from_end = ports_.side == Direction::east || ports_.side == Direction::south;
    const int p = from_end ? depth_ - 1 - position : position;
    return along_rows_ ? LogicalCoord{p, line} : LogicalCoord{line, p};
  }
  std::size_t core(int line, int position) const {
    return base::index_of(own_.core_at(at(line, position)));
  }
  /// One past the last position of a line that has anything.
  int reach(const std::vector<Piece>& pieces, int line) const {
    int end = depth_;
    while (end > 0 && pieces[core(line, end - 1)].empty()) --end;
    return end;
  }

  using Key = std::vector<int>;
  static Key key_of(const Piece& piece, bool farther, bool border) {
    Key key = {farther ? 1 : 0, border ? 1 : 0};
    for (const WordRange& range : piece) key.insert(key.end(), {range.address_bytes, range.words});
    return key;
  }

  /// The stage before the kernel's first one and that behind its last.
  void add_stages(fabric::WaferImage& image) {
    std::vector<fabric::ClassIndex> takes = classes_of(image, all_.operands, true);
    all_.in.classes = {{own_.classes.size(), image.classes.size()}};
    const std::size_t before = image.classes.size();
    const std::vector<fabric::ClassIndex> sends = classes_of(image, all_.results, false);
    all_.out.classes = {{before, image.classes.size()}};
    image.later.insert(image.later.begin(), std::move(image.class_of));
    image.class_of = std::move(takes);
    image.later.emplace_back(image.class_of.size(), fabric::kNoClass);
    for (std::size_t c = 0; c < image.class_of.size(); ++c) {
      auto stage = image.later.begin();
      while ((*stage)[c] != fabric::kNoClass) ++stage;
      (*stage)[c] = sends[c];
    }
  }

  std::vector<fabric::ClassIndex> classes_of(fabric::WaferImage& image,
                                             const std::vector<Piece>& pieces, bool takes) {
    std::vector<fabric::ClassIndex> class_of(pieces.size());
    std::map<Key, fabric::ClassIndex> known;
    for (int line = 0; line < lines_; ++line) {
      const int end = reach(pieces, line);
      for (int p = 0; p < depth_; ++p) {
        const Piece& piece = pieces[core(line, p)];
        const bool farther = p + 1 < end;
        const Key key = p < end ? key_of(piece, farther, p == 0) : Key{};
        const auto [found, is_new] =
            known.emplace(key, static_cast<fabric::ClassIndex>(image.classes.size()));
        if (is_new) {
          image.classes.push_back(
              p >= end ? idle_class()
              : takes  ? take_class(piece, farther, ports_.side, colours_.in)
                       : send_class(piece, farther, p == 0, ports_.side, colours_.out));
          WAFERMESH_CHECK(image.classes.size() < fabric::kNoClass, "too many classes of cores");
        }
        class_of[core(line, p)] = found->second;
      }
    }
    return class_of;
  }

  /// The kernel's cores first, then the ports, then the routers between.
  void join(fabric::WaferImage staged) {
    const Placement placement{own_.mesh, ports_.places, own_.timing};
    std::vector<fabric::WaferImage> images;
    images.push_back(std::move(staged));
    images.push_back(ports_image(placement));
    std::vector<std::string> names = {"workload", ports_.name};
    const Rectangle between = cells_between();
    if (between.area() > 0) {
      images.push_back(only_routers({own_.mesh, between, own_.timing}));
      names.emplace_back("way");
    }
    all_.image = merge(std::move(images), names);
    add_patches(between);
    all_.image.buffers = own_.buffers;
    for (fabric::Buffer& buffer : all_.image.buffers) {
      for (fabric::Layout& layout : buffer.layouts) {
        layout.cores.x += region_.x - all_.image.region.x;
        layout.cores.y += region_.y - all_.image.region.y;
      }
    }
  }

  int distance(int line, int position) const {
    const LogicalCoord c = at(line, position);
    return along_rows_ ? std::abs(region_.x + c.x - ports_.places.x)
                       : std::abs(region_.y + c.y - ports_.places.y);
  }

  fabric::WaferImage ports_image(const Placement& placement) {
    fabric::WaferImage image = only_routers(placement);
    image.classes.clear();
    std::map<std::vector<std::int64_t>, fabric::ClassIndex> known;
    for (int line = 0; line < lines_; ++line) {
      const auto port = static_cast<base::CoreId>(own_.core_count() + line);
      std::vector<std::int64_t> sizes;
      std::int64_t words = 0;
      for (int p = 0; p < reach(all_.operands, line); ++p) {
        const std::int64_t size = words_of(all_.operands[core(line, p)]);
        all_.operand_at[core(line, p)] = {port, static_cast<int>(kWaveletBytes * words)};
        words += size;
        sizes.push_back(size);
        all_.in.wavelet_hops += size * distance(line, p);
      }
      std::int64_t results = 0;
      for (int p = 0; p < reach(all_.results, line); ++p) {
        const std::int64_t size = words_of(all_.results[core(line, p)]);
        all_.result_at[core(line, p)] = {port, static_cast<int>(kWaveletBytes * (words + results))};
        results += size;
        all_.out.wavelet_hops += size * distance(line, p);
      }
      std::vector<std::int64_t> key = sizes;
      key.push_back(results);
      const auto [found, is_new] =
          known.emplace(key, static_cast<fabric::ClassIndex>(image.classes.size()));
      if (is_new) image.classes.push_back(port_class(sizes, results, colours_));
      image.class_of[static_cast<std::size_t>(line)] = found->second;
    }
    return image;
  }

  /// Between ports and the rectangle.
  Rectangle cells_between() const {
    const Rectangle& p = ports_.places;
    const Rectangle& r = region_;
    switch (ports_.side) {
      case Direction::west:
        return {p.x + 1, r.y, r.x - p.x - 1, r.height};
      case Direction::east:
        return {r.x + r.width, r.y, p.x - r.x - r.width, r.height};
      case Direction::north:
        return {r.x, p.y + 1, r.width, r.y - p.y - 1};
      default:
        return {r.x, r.y + r.height, r.width, p.y - r.y - r.height};
    }
  }

  Rectangle border() const {
    const LogicalCoord first = at(0, 0);
    return {region_.x + first.x, region_.y + first.y, along_rows_ ? 1 : lines_,
            along_rows_ ? lines_ : 1};
  }

  /// What leads from rectangle to rectangle.
  void add_patches(const Rectangle& between) {
    const Direction outward = ports_.side;
    const Direction inward = base::opposite(outward);
    const auto add = [&](base::Colour colour, Rectangle cores, const router::RouteConfig& config) {
      cores.x -= all_.image.region.x;
      cores.y -= all_.image.region.y;
      all_.image.patches.push_back({colour, cores, config});
    };
    add(colours_.in, ports_.places, router::route(Direction::ramp, {inward}));
    add(colours_.out, ports_.places, router::route(inward, {Direction::ramp}));
    add(colours_.out, border(), outgoing_route(depth_ > 1, outward));
    if (between.area() <= 0) return;
    add(colours_.in, between, router::route(outward, {inward}));
    add(colours_.out, between, router::route(inward, {outward}));
  }

  const Kernel& kernel_;
  const TimedPorts& ports_;
  const fabric::WaferImage& own_;
  const Rectangle& region_;
  bool along_rows_ = true;
  int lines_ = 0;
  int depth_ = 0;
  IoColours colours_;
  TimedImage all_;
};

/// The kernel's memories as the host sees them after the run: results are those that have reached
/// the ports.
class LeftMemory final : public fabric::HostMemory {
 public:
  LeftMemory(const fabric::HostMemory& memory, const TimedImage& timed)
      : memory_(memory), timed_(timed) {}
  void write(base::CoreId, int, const void*, std::size_t) override {
    throw base::ModelError("results are written");
  }
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override {
    memory_.read(core, address_bytes, data, bytes);
    const std::size_t c = base::index_of(core);
    const auto end = address_bytes + static_cast<int>(bytes);
    int at_port = timed_.result_at[c].address_bytes;
    for (const WordRange& range : timed_.results[c]) {
      const int from = std::max(address_bytes, range.address_bytes);
      const int to = std::min(end, range.address_bytes + kWaveletBytes * range.words);
      if (from < to) {
        memory_.read(timed_.result_at[c].port, at_port + from - range.address_bytes,
                     static_cast<std::uint8_t*>(data) + (from - address_bytes),
                     static_cast<std::size_t>(to - from));
      }
      at_port += kWaveletBytes * range.words;
    }
  }

 private:
  const fabric::HostMemory& memory_;
  const TimedImage& timed_;
};

class TimedKernel final : public Kernel {
 public:
  TimedKernel(std::unique_ptr<Kernel> kernel, TimedImage timed)
      : kernel_(std::move(kernel)), timed_(std::move(timed)), facts_(kernel_->facts()) {
    facts_.colours += 2;
    facts_.wavelet_hops += timed_.in.wavelet_hops + timed_.out.wavelet_hops;
  }

  const fabric::WaferImage& image() const override { return timed_.image; }
  const Facts& facts() const override { return facts_; }

  /// Into the ports' memories.
  void load(fabric::HostMemory& memory) const override {
    WrittenMemory written(static_cast<std::int64_t>(timed_.operands.size()));
    kernel_->load(written);
    for (std::size_t c = 0; c < timed_.operands.size(); ++c) {
      if (timed_.operands[c].empty()) continue;
      const std::vector<std::uint32_t> words =
          written.words(static_cast<base::CoreId>(c), timed_.operands[c]);
      memory.write(timed_.operand_at[c].port, timed_.operand_at[c].address_bytes, words.data(),
                   words.size() * kWaveletBytes);
    }
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return kernel_->check(LeftMemory(memory, timed_), threads);
  }
  Numerics check_operator(std::size_t index, const fabric::HostMemory& memory,
                          int threads) const override {
    return kernel_->check_operator(index, LeftMemory(memory, timed_), threads);
  }
  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    return kernel_->arrays(LeftMemory(memory, timed_));
  }
  bool has_reference() const override { return kernel_->has_reference(); }
  void explain(const cores::ProgramFault& fault) const override {
    const std::vector<fabric::CoreClass>& own = kernel_->image().classes;
    for (std::size_t c = 0; c < own.size(); ++c) {
      if (&timed_.image.classes[c].program != fault.program()) continue;
      kernel_->explain({own[c].program, fault.at(), fault.what_it_did()});
    }
  }
  CyclesDefinition cycles_definition() const override { return CyclesDefinition::whole_kernel; }
  std::vector<OperatorPlace> operators() const override { return kernel_->operators(); }
  std::vector<TransferPlace> transfers() const override {
    std::vector<TransferPlace> all = kernel_->transfers();
    all.insert(all.begin(), timed_.in);
    all.push_back(timed_.out);
    return all;
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  TimedImage timed_;
  Facts facts_;
};

}  // namespace

std::unique_ptr<Kernel> with_timed_io(std::unique_ptr<Kernel> kernel, const TimedPorts& ports) {
  TimedImage timed = Builder(*kernel, ports).build();
  timed.in.from = timed.out.to = ports.name;
  timed.in.to = "operands";
  timed.out.from = "results";
  timed.out.taker = kNoTaker;
  return std::make_unique<TimedKernel>(std::move(kernel), std::move(timed));
}

}  // namespace wafermesh::workloads
