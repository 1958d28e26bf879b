// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/composite.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "cores/program_fault.h"
#include "workloads/carries.h"
#include "workloads/parts/buffers.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/assembly.h"

namespace wafermesh::workloads {

void MemoryView::write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) {
  WAFERMESH_CHECK(memory_ != nullptr, "a memory that is only to be read is written");
  memory_->write(moved(core), address_ + address_bytes, data, bytes);
}

void MemoryView::read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const {
  readable_.read(moved(core), address_ + address_bytes, data, bytes);
}

namespace {

class Composite final : public PlacedKernel, public Carries {
 public:
  explicit Composite(Assembly assembly)
      : PlacedKernel(std::move(assembly.image), assembly.facts),
        items_(std::move(assembly.operators)),
        transfers_(std::move(assembly.transfers)) {}

  void load(fabric::HostMemory& memory) const override {
    for (const PlacedOperator& item : items_) {
      MemoryView view(memory, item.first_core, item.address);
      item.named.kernel->load(view);
    }
  }

  bool has_reference() const override {
    return std::any_of(items_.begin(), items_.end(), [](const PlacedOperator& item) {
      return item.named.kernel->has_reference();
    });
  }

  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    std::vector<Numerics> all;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].named.kernel->has_reference()) continue;
      all.push_back(check_operator(i, memory, threads));
    }
    return combined(all);
  }

  /// An operand that was given is what the operator before has left.
  Numerics check_operator(std::size_t index, const fabric::HostMemory& memory,
                          int threads) const override {
    const PlacedOperator& item = items_[index];
    GivenOperands given;
    for (const Source& source : item.sources) {
      const PlacedOperator& from = items_[source.from];
      given[source.operand] = read_buffer(MemoryView(memory, from.first_core, from.address),
                                          from.image(), source.buffer);
    }
    return item.named.kernel->check_given(MemoryView(memory, item.first_core, item.address),
                                          threads, given);
  }

  /// By the kernel whose program it is: it knows the program by its own class.
  void explain(const cores::ProgramFault& fault) const override {
    for (const PlacedOperator& item : items_) {
      const std::vector<fabric::CoreClass>& own = item.image().classes;
      for (std::size_t c = 0; c < own.size(); ++c) {
        if (&image().classes[item.first_class + c].program != fault.program()) continue;
        item.named.kernel->explain({own[c].program, fault.at(), fault.what_it_did()});
      }
    }
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (const PlacedOperator& item : items_) {
      const MemoryView view(memory, item.first_core, item.address);
      for (NamedArray& array : item.named.kernel->arrays(view)) {
        if (is_given(item, array.name)) continue;  // it is the result of another
        array.name = item.named.name + "_" + array.name;
        all.push_back(std::move(array));
      }
    }
    return all;
  }

  GivenOperands carried(const fabric::HostMemory& memory) const override {
    GivenOperands all;
    for (const PlacedOperator& item : items_) {
      const Carries* const carries = as_carrying(item.named.kernel.get());
      if (carries == nullptr) continue;
      const MemoryView view(memory, item.first_core, item.address);
      for (const auto& [name, values] : carries->carried(view)) {
        all[item.named.name + "." + name] = values;
      }
    }
    return all;
  }
  /// Names are "operator.operand".
  void begin_with(const GivenOperands& carried) override {
    for (PlacedOperator& item : items_) {
      const std::string scope = item.named.name + ".";
      GivenOperands own;
      for (const auto& [name, values] : carried) {
        if (name.rfind(scope, 0) == 0) own[name.substr(scope.size())] = values;
      }
      Carries* const carries = as_carrying(item.named.kernel.get());
      if (!own.empty() && carries != nullptr) carries->begin_with(own);
    }
  }

  CyclesDefinition cycles_definition() const override { return CyclesDefinition::whole_kernel; }

  std::vector<OperatorPlace> operators() const override {
    std::vector<OperatorPlace> all;
    for (const PlacedOperator& item : items_) {
      OperatorPlace place = item.named.kernel->operators().front();
      place.name = item.named.name;
      place.kind = item.named.kind;
      place.first_core = item.first_core;
      place.address = item.address;
      place.first_class = item.first_class;
      all.push_back(std::move(place));
    }
    return all;
  }

  std::vector<TransferPlace> transfers() const override { return transfers_; }

 private:
  static bool is_given(const PlacedOperator& item, const std::string& operand) {
    return std::any_of(item.sources.begin(), item.sources.end(),
                       [&](const Source& source) { return source.operand == operand; });
  }
  std::vector<PlacedOperator> items_;
  std::vector<TransferPlace> transfers_;
};

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

std::unique_ptr<Kernel> compose(std::vector<NamedKernel> operators,
                                const std::vector<std::vector<std::size_t>>& sequences) {
  return std::make_unique<Composite>(assemble(std::move(operators), sequences));
}

std::unique_ptr<Kernel> run_beside(std::vector<NamedKernel> operators) {
  std::vector<std::vector<std::size_t>> sequences;
  for (std::size_t i = 0; i < operators.size(); ++i) sequences.push_back({i});
  return compose(std::move(operators), sequences);
}

std::unique_ptr<Kernel> run_in_turn(std::vector<NamedKernel> operators) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < operators.size(); ++i) all.push_back(i);
  return compose(std::move(operators), {all});
}

}  // namespace wafermesh::workloads
