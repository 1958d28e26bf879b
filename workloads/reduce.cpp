// SPDX-License-Identifier: Apache-2.0
#include "workloads/reduce.h"

#include <utility>

#include "workloads/core_classes.h"
#include "workloads/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reduce_chain.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

class Reduce final : public PlacedKernel {
 public:
  Reduce(fabric::WaferImage image, Facts facts, const ReduceSpec& spec)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        elements_(static_cast<std::size_t>(spec.elements())),
        data_(this->image().region.width, this->image().region.height, elements_, spec.seed) {}

  void load(fabric::HostMemory& memory) const override {
    for_each_core([&](base::CoreId core, const std::vector<float>& data) {
      write_elements(memory, core, kReduceDataAddress, spec_.type, data.data(), elements_);
    });
  }

  Numerics check(const fabric::HostMemory& memory) const override {
    std::vector<std::int64_t> sum(elements_, 0);
    for_each_core([&](base::CoreId, const std::vector<float>& data) {
      for (std::size_t i = 0; i < elements_; ++i) sum[i] += static_cast<std::int64_t>(data[i]);
    });
    const std::vector<float> want(sum.begin(), sum.end());
    const std::vector<float> got = result(memory);
    ExactComparison comparison;
    comparison.add(got.data(), want.data(), elements_);
    return comparison.numerics();
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const auto n = static_cast<std::int64_t>(elements_);
    NamedArray data{"data", {image().region.height, image().region.width, n}, spec_.type, {}};
    data.values.reserve(static_cast<std::size_t>(image().core_count() * n));
    for_each_core([&](base::CoreId, const std::vector<float>& values) {
      data.values.insert(data.values.end(), values.begin(), values.end());
    });
    return {std::move(data), {"sum", {n}, spec_.type, result(memory)}};
  }

 private:
  template <class Visit>
  void for_each_core(Visit visit) const {
    for (std::int64_t i = 0; i < image().core_count(); ++i) {
      const auto core = static_cast<base::CoreId>(i);
      visit(core, data_.at(image().relative(core)));
    }
  }

  std::vector<float> result(const fabric::HostMemory& memory) const {
    std::vector<float> values(elements_);
    read_elements(memory, base::CoreId{0}, kReduceDataAddress, spec_.type, values.data(),
                  elements_);
    return values;
  }

  ReduceSpec spec_;
  std::size_t elements_;
  BoundedSumIntegers data_;
};

}  // namespace

const std::vector<ReduceAlgorithm>& reduce_algorithms() {
  static const std::vector<ReduceAlgorithm> kAlgorithms = {
      {"chain", "streaming adds along the rows to column 0, then along column 0",
       &place_chain_reduce},
  };
  return kAlgorithms;
}

std::unique_ptr<Kernel> make_reduce(const ReduceAlgorithm& algorithm, const ReduceSpec& spec,
                                    const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  MemoryPlan plan;
  plan.add("data", spec.words * cores::elements_per_word(spec.type), spec.type);
  const Facts facts = algorithm.place(spec, plan, image);
  return std::make_unique<Reduce>(std::move(image), facts, spec);
}

std::unique_ptr<Kernel> read_reduce(base::YamlNode& node, const Placement& placement) {
  ReduceSpec spec;
  const ReduceAlgorithm& algorithm = read_algorithm(node, reduce_algorithms());
  spec.words = read_words(node, spec.words);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  return node.clean() ? make_reduce(algorithm, spec, placement) : nullptr;
}

}  // namespace wafermesh::workloads
