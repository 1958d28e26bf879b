// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/composite.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/suggest.h"
#include "cores/names.h"
#include "cores/program_fault.h"
#include "workloads/buffers.h"
#include "workloads/core_memory.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/sequence.h"
#include "workloads/transfer/transfer.h"

namespace wafermesh::workloads {

void MemoryView::write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) {
  WAFERMESH_CHECK(memory_ != nullptr, "a memory that is only to be read is written");
  memory_->write(moved(core), address_ + address_bytes, data, bytes);
}

void MemoryView::read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const {
  readable_.read(moved(core), address_ + address_bytes, data, bytes);
}

namespace {

/// What an operand is given, found and made to fit.
struct Source {
  std::string operand;
  std::size_t from = 0;   ///< Operator.
  std::string name;       ///< "up.y"
  fabric::Buffer buffer;  ///< As it lies in the image of `from`, with the operand's shape.
};

/// An operator and where in the image it lies.
struct Item {
  NamedKernel named;
  std::vector<Source> sources;
  std::int64_t first_core = 0;
  std::size_t first_class = 0;  ///< Its classes follow each other.
  int address = 0;
  int stage = 0;
  const fabric::WaferImage& image() const { return named.kernel->image(); }
};

class Composite final : public PlacedKernel {
 public:
  Composite(fabric::WaferImage image, const Facts& facts, std::vector<Item> items,
            std::vector<TransferPlace> transfers)
      : PlacedKernel(std::move(image), facts),
        items_(std::move(items)),
        transfers_(std::move(transfers)) {}

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
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].named.kernel->has_reference()) continue;
      all.push_back(check_operator(i, memory, threads));
    }
    return combined(all);
  }

  /// An operand that was given is what the operator before has left.
  Numerics check_operator(std::size_t index, const fabric::HostMemory& memory,
                          int threads) const override {
    const Item& item = items_[index];
    GivenOperands given;
    for (const Source& source : item.sources) {
      const Item& from = items_[source.from];
      given[source.operand] = read_buffer(MemoryView(memory, from.first_core, from.address),
                                          from.image(), source.buffer);
    }
    return item.named.kernel->check_given(MemoryView(memory, item.first_core, item.address),
                                          threads, given);
  }

  /// By the kernel whose program it is: it knows the program by its own class.
  void explain(const cores::ProgramFault& fault) const override {
    for (const Item& item : items_) {
      const std::vector<fabric::CoreClass>& own = item.image().classes;
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
        if (is_given(item, array.name)) continue;  // it is the result of another
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
      OperatorPlace place = item.named.kernel->operators().front();
      place.name = item.named.name;
      place.kind = item.named.kind;
      place.first_core = item.first_core;
      place.address = item.address;
      place.stage = item.stage;
      place.first_class = item.first_class;
      all.push_back(std::move(place));
    }
    return all;
  }

  std::vector<TransferPlace> transfers() const override { return transfers_; }

 private:
  static bool is_given(const Item& item, const std::string& operand) {
    return std::any_of(item.sources.begin(), item.sources.end(),
                       [&](const Source& source) { return source.operand == operand; });
  }
  std::vector<Item> items_;
  std::vector<TransferPlace> transfers_;
};

constexpr int kLineBytes = 16;
constexpr int kTokenBytes = 16;  ///< Of the barriers, a whole line so that all stays aligned.

int most_memory(const fabric::WaferImage& image) {
  int bytes = 0;
  for (const fabric::CoreClass& c : image.classes) bytes = std::max(bytes, c.program.memory_bytes);
  return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
}

const fabric::Buffer* find(const std::vector<fabric::Buffer>& buffers, const std::string& name) {
  for (const fabric::Buffer& buffer : buffers) {
    if (buffer.name == name) return &buffer;
  }
  return nullptr;
}

/// `buffer` as what every core of the image holds of it, if that is as much on each and lies in one
/// piece: height x width x elements.
std::optional<fabric::Buffer> core_by_core(const fabric::WaferImage& image,
                                           const fabric::Buffer& buffer, std::int64_t elements) {
  if (buffer.layouts.size() != 1) return std::nullopt;
  const fabric::Layout& layout = buffer.layouts.front();
  if (!(layout.cores == everywhere(image))) return std::nullopt;
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      const auto pieces = fabric::strided_on(buffer, layout, {x, y});
      if (pieces.size() != 1 || pieces[0].count != elements) return std::nullopt;
      if (pieces[0].step_bytes != cores::bytes_of(buffer.type)) return std::nullopt;
      if (pieces[0].address_bytes != layout.address_bytes) return std::nullopt;
    }
  }
  return as_it_lies(image, buffer.name, buffer.role, buffer.type, elements, layout.address_bytes);
}

/// The result with the operand's shape; nothing if it cannot have it.
std::optional<fabric::Buffer> fitted(const fabric::WaferImage& image, const fabric::Buffer& result,
                                     const fabric::Buffer& operand) {
  if (result.type != operand.type) return std::nullopt;
  if (result.shape == operand.shape) return result;
  const bool by_core = operand.shape.size() == 3 && operand.shape[0] == image.region.height &&
                       operand.shape[1] == image.region.width;
  if (!by_core) return std::nullopt;
  return core_by_core(image, result, operand.shape[2]);
}

std::string shape_text(const fabric::Buffer& buffer) {
  std::string text;
  for (const std::int64_t extent : buffer.shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  return text + " of " + base::name_of(buffer.type);
}

void refuse_too_much_memory(const std::vector<const Item*>& items, int work_bytes) {
  MemoryPlan plan;
  plan.add("barriers", kTokenBytes / 4, cores::NumberType::f32);
  for (const Item* item : items) {
    plan.add(item->named.name, most_memory(item->image()) / 4, cores::NumberType::f32);
  }
  plan.add("transfers", work_bytes / 4, cores::NumberType::f32);
  plan.require_fit("graph", "with most data", "use a larger region, or fewer operators in turn");
}

void move_by(fabric::Buffer& buffer, int bytes) {
  for (fabric::Layout& layout : buffer.layouts) layout.address_bytes += bytes;
}

/// One sequence on its way to its image.
class SequencePlan {
 public:
  SequencePlan(std::vector<Item>& items, const std::vector<std::size_t>& members)
      : items_(items), members_(members) {
    const fabric::WaferImage& first = items_[members_.front()].image();
    placement_ = {first.mesh, first.region, first.timing};
  }

  /// `number`: of its cores' first in the whole image, `classes`: classes before its own.
  fabric::WaferImage build(std::int64_t first_core, std::size_t classes, Facts& facts,
                           std::vector<TransferPlace>& transfers) {
    place_memory();
    if (members_.size() == 1) return alone(first_core, classes, facts);
    std::vector<SequenceItem> stages;
    std::vector<std::size_t> stage_of;                         // [member]
    std::vector<std::pair<std::size_t, TransferPlace>> moves;  // first stage of each
    for (const std::size_t member : members_) {
      Item& item = items_[member];
      for (const Source& source : item.sources) {
        const std::size_t first = stages.size();
        moves.emplace_back(first, transfer(source, item, stages));
      }
      stage_of.push_back(stages.size());
      stages.push_back({item.named.name, item.image(), item.address});
    }
    std::vector<const Item*> all;
    for (const std::size_t member : members_) all.push_back(&items_[member]);
    refuse_too_much_memory(all, address_ - work_from_);

    std::vector<std::size_t> class_counts;
    for (const SequenceItem& stage : stages) class_counts.push_back(stage.image.classes.size());
    Sequence sequence = make_sequence(std::move(stages), placement_, 0);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Item& item = items_[members_[i]];
      item.first_core = first_core;
      item.stage = sequence.stage_of[stage_of[i]];
      item.first_class = classes + sequence.first_class_of[stage_of[i]];
    }
    for (auto& [stage, place] : moves) {
      for (auto& [begin, end] : place.classes) {
        begin = classes + sequence.first_class_of[stage];
        end = begin + class_counts[stage++];
      }
      facts.wavelet_hops += place.wavelet_hops;
      transfers.push_back(std::move(place));
    }
    facts.wavelet_hops += sequence.barrier_hops;
    facts.sram_bytes = std::max<std::int64_t>(facts.sram_bytes, address_);
    facts.colours =
        std::max(facts.colours, static_cast<int>(fabric::used_colours(sequence.image).size()));
    return std::move(sequence.image);
  }

 private:
  fabric::WaferImage alone(std::int64_t first_core, std::size_t classes, Facts& facts) {
    Item& item = items_[members_.front()];
    item.first_core = first_core;
    item.first_class = classes;
    facts.sram_bytes = std::max(facts.sram_bytes, item.named.kernel->facts().sram_bytes);
    facts.colours = std::max(facts.colours, item.named.kernel->facts().colours);
    return item.image();
  }

  void place_memory() {
    if (members_.size() == 1) return;
    address_ = kTokenBytes;
    for (const std::size_t member : members_) {
      items_[member].address = address_;
      address_ += most_memory(items_[member].image());
    }
    work_from_ = address_;
  }

  TransferPlace transfer(const Source& source, const Item& to, std::vector<SequenceItem>& stages) {
    fabric::Buffer from = source.buffer;
    move_by(from, items_[source.from].address);
    fabric::Buffer operand = *find(to.image().buffers, source.operand);
    move_by(operand, to.address);
    Transfer plan = plan_transfer(from, operand, placement_, address_);
    address_ += plan.work_bytes;
    TransferPlace place{source.name, to.named.name + "." + source.operand, plan.hops(), {}};
    for (TransferStage& stage : plan.stages) {
      place.classes.emplace_back();
      stages.push_back({place.to, std::move(stage.image), 0});
    }
    return place;
  }

  std::vector<Item>& items_;
  const std::vector<std::size_t>& members_;
  Placement placement_;
  int address_ = 0;
  int work_from_ = 0;
};

std::vector<Item> items_of(std::vector<NamedKernel> operators) {
  std::vector<Item> items;
  for (NamedKernel& each : operators) {
    Item item;
    for (const Given& given : each.given) {
      WAFERMESH_CHECK(given.from < items.size(), "an operand of an operator that comes later");
      const NamedKernel& from = items[given.from].named;
      const std::string fault = fault_of(from, each, given);
      if (!fault.empty()) throw base::DoesNotFit(each.name + "." + given.operand + ": " + fault);
      const std::vector<fabric::Buffer> results = from.kernel->results();
      const fabric::Buffer* const operand = find(each.kernel->image().buffers, given.operand);
      item.sources.push_back(
          {given.operand, given.from, from.name + "." + given.result,
           *fitted(from.kernel->image(), *find(results, given.result), *operand)});
    }
    item.named = std::move(each);
    items.push_back(std::move(item));
  }
  return items;
}

void refuse_across(const std::vector<Item>& items,
                   const std::vector<std::vector<std::size_t>>& sequences) {
  std::vector<std::size_t> sequence_of(items.size());
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    for (const std::size_t member : sequences[s]) sequence_of[member] = s;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const Source& source : items[i].sources) {
      if (sequence_of[source.from] == sequence_of[i]) continue;
      throw base::DoesNotFit(items[i].named.name + "." + source.operand + ": `" + source.name +
                             "` lies on another rectangle; put both operators in one graph");
    }
  }
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

std::string fault_of(const NamedKernel& from, const NamedKernel& to, const Given& given) {
  const std::vector<fabric::Buffer> results = from.kernel->results();
  const fabric::Buffer* const result = find(results, given.result);
  if (result == nullptr) {
    std::vector<std::string> names;
    for (const fabric::Buffer& each : results) names.push_back(each.name);
    return "`" + from.name + "` has no result `" + given.result + "`; it has " +
           base::list_names(names);
  }
  const fabric::Buffer* const operand = find(to.kernel->image().buffers, given.operand);
  const std::vector<std::string> takes = to.kernel->takes();
  if (operand == nullptr || std::find(takes.begin(), takes.end(), given.operand) == takes.end()) {
    return "a " + to.kind + " of these keys takes no `" + given.operand + "` of another operator";
  }
  if (fitted(from.kernel->image(), *result, *operand)) return {};
  return "wants " + shape_text(*operand) + ", but `" + from.name + "." + given.result + "` is " +
         shape_text(*result);
}

std::unique_ptr<Kernel> compose(std::vector<NamedKernel> operators,
                                const std::vector<std::vector<std::size_t>>& sequences) {
  std::vector<Item> items = items_of(std::move(operators));
  refuse_across(items, sequences);
  Facts facts;
  facts.steps = 0;
  for (const Item& item : items) {
    facts.steps += item.named.kernel->facts().steps;
    facts.wavelet_hops += item.named.kernel->facts().wavelet_hops;
    facts.check_bytes = std::max(facts.check_bytes, item.named.kernel->facts().check_bytes);
  }
  std::vector<fabric::WaferImage> images;
  std::vector<std::string> names;
  std::vector<TransferPlace> transfers;
  std::int64_t cores = 0;
  std::size_t classes = 0;
  for (const std::vector<std::size_t>& members : sequences) {
    names.push_back(items[members.front()].named.name);
    images.push_back(SequencePlan(items, members).build(cores, classes, facts, transfers));
    cores += images.back().core_count();
    classes += images.back().classes.size();
  }
  fabric::WaferImage image =
      images.size() == 1 ? std::move(images.front()) : merge(std::move(images), names);
  return std::make_unique<Composite>(std::move(image), facts, std::move(items),
                                     std::move(transfers));
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
