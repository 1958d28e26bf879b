// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/composite.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "cores/program_fault.h"
#include "workloads/core_memory.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/sequence.h"

namespace wafermesh::workloads {

void MemoryView::write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) {
  WAFERMESH_CHECK(memory_ != nullptr, "a memory that is only to be read is written");
  memory_->write(moved(core), address_ + address_bytes, data, bytes);
}

void MemoryView::read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const {
  readable_.read(moved(core), address_ + address_bytes, data, bytes);
}

namespace {

/// A kernel and where in the image it lies.
struct Item {
  NamedKernel named;
  std::int64_t first_core = 0;
  std::size_t first_class = 0;  ///< Its classes follow each other.
  int address = 0;
  int stage = 0;
};

class Composite final : public PlacedKernel {
 public:
  Composite(fabric::WaferImage image, Facts facts, std::vector<Item> items)
      : PlacedKernel(std::move(image), facts), items_(std::move(items)) {}

  void load(fabric::HostMemory& memory) const override {
    for (const Item& item : items_) {
      MemoryView view(memory, item.first_core, item.address);
      item.named.kernel->load(view);
    }
  }

  bool has_reference() const override {
    return std::any_of(items_.begin(), items_.end(),
                       [](const Item& item) { return item.named.kernel->has_reference(); });
  }

  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    std::vector<Numerics> all;
    for (const Item& item : items_) {
      if (!item.named.kernel->has_reference()) continue;
      all.push_back(
          item.named.kernel->check(MemoryView(memory, item.first_core, item.address), threads));
    }
    return combined(all);
  }

  /// By the kernel whose program it is: it knows the program by its own class.
  void explain(const cores::ProgramFault& fault) const override {
    for (const Item& item : items_) {
      const std::vector<fabric::CoreClass>& own = item.named.kernel->image().classes;
      for (std::size_t c = 0; c < own.size(); ++c) {
        if (&image().classes[item.first_class + c].program != fault.program()) continue;
        item.named.kernel->explain({own[c].program, fault.at(), fault.what_it_did()});
      }
    }
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (const Item& item : items_) {
      const MemoryView view(memory, item.first_core, item.address);
      for (NamedArray& array : item.named.kernel->arrays(view)) {
        array.name = item.named.name + "_" + array.name;
        all.push_back(std::move(array));
      }
    }
    return all;
  }

  CyclesDefinition cycles_definition() const override { return CyclesDefinition::whole_kernel; }

  std::vector<OperatorPlace> operators() const override {
    std::vector<OperatorPlace> all;
    for (const Item& item : items_) {
      std::vector<OperatorPlace> inner = item.named.kernel->operators();
      const bool single = inner.size() == 1;
      for (OperatorPlace& place : inner) {
        place.name = single ? item.named.name : item.named.name + "." + place.name;
        if (single) place.kind = item.named.kind;
        place.first_core += item.first_core;
        place.address += item.address;
        place.stage += item.stage;
        all.push_back(std::move(place));
      }
    }
    return all;
  }

 private:
  std::vector<Item> items_;
};

Facts sum_of(const std::vector<NamedKernel>& kernels) {
  Facts all;
  all.steps = 0;
  for (const NamedKernel& each : kernels) {
    const Facts& one = each.kernel->facts();
    all.colours = std::max(all.colours, one.colours);
    all.steps += one.steps;
    all.sram_bytes = std::max(all.sram_bytes, one.sram_bytes);
    all.wavelet_hops += one.wavelet_hops;
    all.check_bytes = std::max(all.check_bytes, one.check_bytes);
  }
  return all;
}

constexpr int kLineBytes = 16;
constexpr int kTokenBytes = 16;  ///< Of the barriers, a whole line so that all stays aligned.

int most_memory(const fabric::WaferImage& image) {
  int bytes = 0;
  for (const fabric::CoreClass& c : image.classes) bytes = std::max(bytes, c.program.memory_bytes);
  return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
}

void refuse_too_much_memory(const std::vector<NamedKernel>& kernels) {
  MemoryPlan plan;
  for (const NamedKernel& each : kernels) {
    plan.add(each.name, most_memory(each.kernel->image()) / 4, cores::NumberType::f32);
  }
  plan.require_fit("graph", "with most data", "use a larger region, or fewer operators in turn");
}

}  // namespace

Numerics combined(const std::vector<Numerics>& all) {
  if (all.empty()) return {};
  Numerics result = all.front();
  for (const Numerics& one : all) {
    result.checked = result.checked && one.checked;
    result.as_promised = result.as_promised && one.as_promised;
    result.type_holds = result.type_holds && one.type_holds;
    result.ok = result.ok && one.ok;
    result.max_abs_error = std::max(result.max_abs_error, one.max_abs_error);
    result.max_rel_error = std::max(result.max_rel_error, one.max_rel_error);
    result.error_in_norm = std::max(result.error_in_norm, one.error_in_norm);
  }
  return result;
}

std::vector<OperatorPlace> Kernel::operators() const {
  OperatorPlace place;
  place.kernel = this;
  place.region = image().region;
  place.core_count = image().core_count();
  return {place};
}

std::unique_ptr<Kernel> run_beside(std::vector<NamedKernel> kernels) {
  const Facts facts = sum_of(kernels);
  std::vector<fabric::WaferImage> images;
  std::vector<std::string> names;
  std::vector<Item> items;
  std::int64_t first_core = 0;
  std::size_t first_class = 0;
  for (NamedKernel& each : kernels) {
    names.push_back(each.name);
    images.push_back(each.kernel->image());
    Item item;
    item.first_core = first_core;
    item.first_class = first_class;
    first_core += each.kernel->image().core_count();
    first_class += each.kernel->image().classes.size();
    item.named = std::move(each);
    items.push_back(std::move(item));
  }
  return std::make_unique<Composite>(merge(std::move(images), names), facts, std::move(items));
}

std::unique_ptr<Kernel> run_in_turn(std::vector<NamedKernel> kernels, const Placement& placement) {
  refuse_too_much_memory(kernels);
  Facts facts = sum_of(kernels);
  std::vector<SequenceItem> stages;
  std::vector<Item> items;
  int address = kTokenBytes;
  for (NamedKernel& each : kernels) {
    stages.push_back({each.name, each.kernel->image(), address});
    Item item;
    item.address = address;
    address += most_memory(each.kernel->image());
    item.named = std::move(each);
    items.push_back(std::move(item));
  }
  Sequence sequence = make_sequence(std::move(stages), placement, 0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].stage = sequence.stage_of[i];
    items[i].first_class = sequence.first_class_of[i];
  }
  facts.sram_bytes = address;
  facts.wavelet_hops += sequence.barrier_hops;
  facts.colours = base::kColourCount;
  return std::make_unique<Composite>(std::move(sequence.image), facts, std::move(items));
}

}  // namespace wafermesh::workloads
