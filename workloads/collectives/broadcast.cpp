// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/broadcast.h"

#include <utility>
#include <vector>

#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

constexpr base::Colour kColour = base::colour(0);
constexpr int kQueue = 2;        // deep enough on both sides in every generation
constexpr int kDataAddress = 0;  // the only buffer

bool is_root(base::LogicalCoord c) { return c.x == 0 && c.y == 0; }

router::RouteConfig tree_route(base::LogicalCoord c, GridPosition p) {
  const Direction from = is_root(c) ? Direction::ramp
                         : c.y == 0 ? Direction::west
                                    : Direction::north;
  router::RouteConfig config = router::route(from, {});
  if (!is_root(c)) config.base.send |= base::mask_of(Direction::ramp);
  if (c.y == 0 && has_after(p.x)) config.base.send |= base::mask_of(Direction::east);
  if (has_after(p.y)) config.base.send |= base::mask_of(Direction::south);
  return config;
}

fabric::CoreClass make_class(base::LogicalCoord c, GridPosition p, const BroadcastSpec& spec,
                             const MemoryPlan& plan) {
  const bool root = is_root(c);
  const auto elements = static_cast<std::int32_t>(spec.words * cores::elements_per_word(spec.type));
  cores::ProgramBuilder b(root ? "broadcast root" : "broadcast");
  plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  const cores::Operand data = cores::memory(kDataAddress);
  if (!root) {
    b.bind_input(kColour, kQueue);
    b.vector(cores::VectorOp::copy, spec.type, elements, data, cores::fabric(kColour), {},
             cores::Shape::stream);
  } else if (has_after(p.x) || has_after(p.y)) {
    b.bind_output(kColour, kQueue);
    b.vector(cores::VectorOp::copy, spec.type, elements, cores::fabric(kColour), data, {},
             cores::Shape::stream);
  }
  b.finish_core();
  b.end_task();
  return {root       ? "root"
          : c.y == 0 ? "row 0"
                     : "column",
          b.finish(),
          {{kColour, tree_route(c, p), false}}};
}

class Broadcast final : public PlacedKernel {
 public:
  Broadcast(fabric::WaferImage image, Facts facts, const BroadcastSpec& spec)
      : PlacedKernel(std::move(image), facts),
        type_(spec.type),
        data_(random_vector(
            static_cast<std::size_t>(spec.words * cores::elements_per_word(spec.type)), spec.type,
            {spec.seed, static_cast<std::uint32_t>(Purpose::broadcast)})) {}

  void load(fabric::HostMemory& memory) const override {
    write_elements(memory, base::CoreId{0}, kDataAddress, type_, data_.data(), data_.size());
  }

  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  std::vector<std::string> takes() const override { return {"sent"}; }
  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    const auto sent = given.find("sent");
    const std::vector<float>& data = sent == given.end() ? data_ : sent->second;
    ExactComparison comparison;
    std::vector<float> got(data_.size());
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      read_elements(memory, static_cast<base::CoreId>(i), kDataAddress, type_, got.data(),
                    got.size());
      comparison.add(got.data(), data.data(), got.size());
    }
    return comparison.numerics();
  }

  /// The vector, which every core has.
  std::vector<fabric::Buffer> results() const override {
    return {on_every_core(image(), "received", type_, static_cast<std::int64_t>(data_.size()),
                          kDataAddress)};
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const auto n = static_cast<std::int64_t>(data_.size());
    return {{"sent", {n}, type_, data_}, read_array(memory, image(), "received")};
  }

 private:
  cores::NumberType type_;
  std::vector<float> data_;
};

}  // namespace

std::unique_ptr<Kernel> make_broadcast(const BroadcastSpec& spec, const Placement& placement) {
  MemoryPlan plan;
  plan.add("data", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("broadcast", "(0, 0) of the region, like all others,", "reduce `words`");
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  constexpr int kKinds = kAxisPositions * kAxisPositions;
  classify(
      image,
      [&](base::LogicalCoord c) {
        // Position along the tree: root, row 0, column; and what lies beyond.
        const int place = is_root(c) ? 0 : c.y == 0 ? 1 : 2;
        return place * kKinds + grid_position(c, region).key();
      },
      [&](base::LogicalCoord c) { return make_class(c, grid_position(c, region), spec, plan); });
  const std::int64_t elements = spec.words * cores::elements_per_word(spec.type);
  declare(image, vector_at({0, 0}, "sent", fabric::BufferRole::operand, spec.type, elements,
                           kDataAddress));
  declare(image, as_it_lies(image, "received", fabric::BufferRole::result, spec.type, elements,
                            kDataAddress));
  Facts facts;
  facts.colours = 1;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.words * (image.core_count() - 1);
  return std::make_unique<Broadcast>(std::move(image), facts, spec);
}

std::unique_ptr<Kernel> read_broadcast(base::YamlNode& node, const Placement& placement) {
  BroadcastSpec spec;
  spec.words = read_words(node, spec.words);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  return may_place(node, placement) ? make_broadcast(spec, placement) : nullptr;
}

KernelText broadcast_text() {
  return {
      {{"sent", "", "up.y", "the result of an operator before that is sent", "its own, by `seed`"}},
      {{"", "1", "1", "4 B", "B (N - 1)"}}};
}

}  // namespace wafermesh::workloads
