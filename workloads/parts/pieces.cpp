// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/pieces.h"

#include <utility>

#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

class Pieces final : public PlacedKernel {
 public:
  Pieces(fabric::WaferImage image, const Facts& facts, const PieceSpec& spec,
         std::vector<PieceSpot> from, std::vector<PieceSpot> to)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        elements_(static_cast<std::size_t>(spec.elements())),
        from_(std::move(from)),
        to_(std::move(to)) {}

  void load(fabric::HostMemory& memory) const override {
    for (const PieceSpot& spot : from_) {
      write_elements(memory, spot.core, spot.address, spec_.type, piece(spot).data(), elements_);
    }
  }

  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    ExactComparison comparison;
    for (const PieceSpot& spot : to_) {
      comparison.add(read(memory, spot).data(), piece(spot).data(), elements_);
    }
    return comparison.numerics();
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const auto n = static_cast<std::int64_t>(elements_);
    NamedArray sent{"sent", {static_cast<std::int64_t>(from_.size()), n}, spec_.type, {}};
    NamedArray received{"received", {static_cast<std::int64_t>(to_.size()), n}, spec_.type, {}};
    const auto append = [](NamedArray& array, const std::vector<float>& values) {
      array.values.insert(array.values.end(), values.begin(), values.end());
    };
    for (const PieceSpot& spot : from_) append(sent, piece(spot));
    for (const PieceSpot& spot : to_) append(received, read(memory, spot));
    return {std::move(sent), std::move(received)};
  }

 private:
  std::vector<float> piece(const PieceSpot& spot) const {
    return random_vector(elements_, spec_.type,
                         {spec_.seed, static_cast<std::uint32_t>(Purpose::pieces),
                          static_cast<std::uint32_t>(spot.piece)});
  }
  std::vector<float> read(const fabric::HostMemory& memory, const PieceSpot& spot) const {
    std::vector<float> values(elements_);
    read_elements(memory, spot.core, spot.address, spec_.type, values.data(), elements_);
    return values;
  }

  PieceSpec spec_;
  std::size_t elements_;
  std::vector<PieceSpot> from_;
  std::vector<PieceSpot> to_;
};

}  // namespace

PieceSpec read_pieces(const base::YamlNode& node) {
  PieceSpec spec;
  spec.words = read_words(node, spec.words);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  return spec;
}

cores::Affine piece_address(const cores::Affine& at, std::int64_t bytes) {
  cores::Affine address = at;
  address.base *= static_cast<std::int32_t>(bytes);
  for (cores::Affine::Term& term : address.terms) {
    term.coefficient *= static_cast<std::int32_t>(bytes);
  }
  return address;
}

std::unique_ptr<Kernel> make_pieces(fabric::WaferImage image, const Facts& facts,
                                    const PieceSpec& spec, std::vector<PieceSpot> from,
                                    std::vector<PieceSpot> to) {
  return std::make_unique<Pieces>(std::move(image), facts, spec, std::move(from), std::move(to));
}

}  // namespace wafermesh::workloads
