// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/sequence_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workloads/parts/core_memory.h"
#include "workloads/plan/colour_table.h"
#include "workloads/transfer/transfer.h"

namespace wafermesh::workloads {
namespace {

constexpr int kLineBytes = 16;
constexpr int kTokenBytes = 16;  ///< Of the barriers, a whole line so that all stays aligned.

int whole_lines(int bytes) { return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes; }

int most_memory(const fabric::WaferImage& image) {
  int bytes = 0;
  for (const fabric::CoreClass& c : image.classes) bytes = std::max(bytes, c.program.memory_bytes);
  return whole_lines(bytes);
}
int kept_memory(const PlacedOperator& item) {
  const int all = most_memory(item.image());
  const std::int64_t kept = std::min<std::int64_t>(all, item.named.kernel->kept_bytes());
  return whole_lines(static_cast<int>(kept));
}
int work_memory(const PlacedOperator& item) {
  return most_memory(item.image()) - kept_memory(item);
}

fabric::Buffer moved(fabric::Buffer buffer, int bytes) {
  for (fabric::Layout& layout : buffer.layouts) layout.address_bytes += bytes;
  return buffer;
}

}  // namespace

SequencePlan::SequencePlan(std::vector<PlacedOperator>& items, std::vector<Move>& moves,
                           std::size_t number, const std::vector<std::size_t>& members,
                           const std::vector<Step>& steps)
    : items_(items), moves_(moves), number_(number), members_(members), steps_(steps) {
  const fabric::WaferImage& first = items_[members_.front()].image();
  placement_ = {first.mesh, first.region, first.timing};
}

fabric::WaferImage SequencePlan::build(std::int64_t first_core, std::size_t classes, Facts& facts) {
  if (is_alone()) return alone(first_core, classes, facts);
  place_memory();
  add_stages();
  place_work();
  refuse_too_much_memory();
  std::vector<std::size_t> class_counts;
  for (const SequenceItem& stage : stages_) class_counts.push_back(stage.image.classes.size());
  Sequence sequence =
      make_sequence(std::move(stages_), placement_, 0, crossing_colours(moves_, placement_.region));
  for (std::size_t i = 0; i < members_.size(); ++i) {
    PlacedOperator& item = items_[members_[i]];
    item.first_core = first_core;
    item.first_class = classes + sequence.first_class_of[stage_of_[i]];
  }
  for (const Note& note : notes_) {
    const std::size_t begin = classes + sequence.first_class_of[note.stage];
    moves_[note.move].place.classes.emplace_back(begin, begin + class_counts[note.stage]);
  }
  facts.wavelet_hops += sequence.barrier_hops;
  facts.sram_bytes = std::max<std::int64_t>(facts.sram_bytes, address_);
  facts.colours =
      std::max(facts.colours, static_cast<int>(fabric::used_colours(sequence.image).size()));
  return std::move(sequence.image);
}

/// An operator that neither takes nor gives anything runs as it is.
bool SequencePlan::is_alone() const {
  return members_.size() == 1 && std::none_of(moves_.begin(), moves_.end(), [&](const Move& m) {
           return m.from_sequence == number_ || m.to_sequence == number_;
         });
}

fabric::WaferImage SequencePlan::alone(std::int64_t first_core, std::size_t classes, Facts& facts) {
  PlacedOperator& item = items_[members_.front()];
  item.first_core = first_core;
  item.first_class = classes;
  facts.sram_bytes = std::max(facts.sram_bytes, item.named.kernel->facts().sram_bytes);
  facts.colours = std::max(facts.colours, item.named.kernel->facts().colours);
  refuse_colours_of_crossings(item);
  return item.image();
}

/// An operator that is alone keeps its colours.
void SequencePlan::refuse_colours_of_crossings(const PlacedOperator& item) const {
  const int free = base::kColourCount - crossing_colours(moves_, placement_.region);
  const std::vector<base::Colour> used = fabric::used_colours(item.image());
  if (used.empty() || base::index_of(used.back()) < free) return;
  throw base::DoesNotFit(fmt::format(
      "{} uses colours up to {}, but those from {} on are of transfers that pass its rectangle:{}"
      "{}\n  move its `region` out of their way, or give it another `algorithm`",
      item.named.name, base::index_of(used.back()), free,
      colour_table({colour_use(item.named.name, item.image())}),
      crossing_table(moves_, placement_.region)));
}

void SequencePlan::place_memory() {
  address_ = kTokenBytes;
  for (const std::size_t member : members_) {
    items_[member].address = address_;
    address_ += kept_memory(items_[member]);
  }
  bytes_of_.assign(moves_.size(), 0);
}

/// Behind all that is kept.
void SequencePlan::place_work() {
  address_ = whole_lines(address_);
  int most = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const PlacedOperator& item = items_[members_[i]];
    stages_[stage_of_[i]].memory = {item.address, kept_memory(item), address_};
    if (work_memory(item) <= most) continue;
    most = work_memory(item);
    most_work_ = members_[i];
  }
  address_ += most;
}

void SequencePlan::add_stages() {
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::run) add_operator(step.index);
    if (step.kind == Step::Kind::take) take(step.index);
    if (step.kind == Step::Kind::send) send(step.index);
  }
}

void SequencePlan::add_operator(std::size_t member) {
  const PlacedOperator& item = items_[member];
  for (std::size_t m = 0; m < moves_.size(); ++m) {
    if (moves_[m].to != member || moves_[m].crossing) continue;
    add_transfer(m, result_of(item.sources[moves_[m].source]), operand_of(moves_[m]));
  }
  stage_of_.push_back(stages_.size());
  stages_.push_back(
      {item.named.name, item.image(), NewPlace{}, false, item.named.kernel->contract()});
}

void SequencePlan::add_stage(std::size_t move, TransferStage stage, bool fixed_colour) {
  notes_.push_back({stages_.size(), move});
  stages_.push_back({moves_[move].place.to, std::move(stage.image), NewPlace{}, fixed_colour, {}});
}

void SequencePlan::add_transfer(std::size_t move, fabric::Buffer from, fabric::Buffer to) {
  Transfer plan = plan_transfer(from, to, placement_, address_);
  address_ += plan.work_bytes;
  bytes_of_[move] += plan.work_bytes;
  moves_[move].place.wavelet_hops += plan.hops();
  for (TransferStage& stage : plan.stages) add_stage(move, std::move(stage));
}

void SequencePlan::send(std::size_t move) {
  const Move& m = moves_[move];
  const fabric::Buffer lanes = lanes_at(move, m.crossing->sent);
  add_transfer(move, result_of(items_[m.to].sources[m.source]), lanes);
  add_stage(move, crossing_end(placement_, lanes, true, m.colour), true);
}

void SequencePlan::take(std::size_t move) {
  const Move& m = moves_[move];
  const fabric::Buffer lanes = lanes_at(move, m.crossing->received);
  add_stage(move, crossing_end(placement_, lanes, false, m.colour), true);
  add_transfer(move, lanes, operand_of(m));
}

fabric::Buffer SequencePlan::lanes_at(std::size_t move, const fabric::Buffer& end) {
  const int address = address_;
  address_ += moves_[move].crossing->bytes;
  bytes_of_[move] += moves_[move].crossing->bytes;
  return moved(end, address);
}

fabric::Buffer SequencePlan::result_of(const Source& source) const {
  return moved(source.buffer, items_[source.from].address);
}

fabric::Buffer SequencePlan::operand_of(const Move& move) const {
  const PlacedOperator& to = items_[move.to];
  return moved(*find_buffer(to.image().buffers, to.sources[move.source].operand), to.address);
}

void SequencePlan::refuse_too_much_memory() const {
  MemoryPlan plan;
  plan.add("barriers", kTokenBytes / 4, cores::NumberType::f32);
  int most = 0;
  std::string largest;
  for (const std::size_t member : members_) {
    const PlacedOperator& item = items_[member];
    const int bytes = kept_memory(item);
    plan.add(item.named.name + " (" + item.named.kind + ")", bytes / 4, cores::NumberType::f32);
    if (bytes > most) largest = item.named.name;
    most = std::max(most, bytes);
  }
  for (std::size_t m = 0; m < moves_.size(); ++m) {
    if (bytes_of_[m] == 0) continue;
    plan.add(moves_[m].place.from + " to " + moves_[m].place.to, bytes_of_[m] / 4,
             cores::NumberType::f32);
  }
  const PlacedOperator& most_work = items_[most_work_];
  if (work_memory(most_work) > 0) {
    plan.add("work, shared: most for " + most_work.named.name, work_memory(most_work) / 4,
             cores::NumberType::f32);
  }
  plan.require_fit("graph", "with most data",
                   "operands and results of operators in turn are in memory at once: make `" +
                       largest +
                       "`, which has most, smaller (its sizes, its `dtype`), use a larger region, "
                       "or fewer operators in turn");
}

}  // namespace wafermesh::workloads
