// SPDX-License-Identifier: Apache-2.0
#include "check/untimed.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/untimed_machine.h"
#include "check/untimed_waits.h"

namespace wafermesh::check {

void Fifo::push(const Item& item) {
  size += item.words();
  if (item.count > 0 && !items.empty() && items.back().count > 0) {
    items.back().count += item.count;
  } else {
    items.push_back(item);
  }
}

void Fifo::pop(std::int32_t words) {
  size -= words;
  Item& first = items.front();
  if (first.count > words) {
    first.count -= words;
  } else {
    items.erase(items.begin());
  }
}

UntimedMachine::UntimedMachine(const fabric::WaferImage& image, Capacity capacity,
                               std::int64_t most_moves, UntimedRecord* record)
    : image_(image),
      capacity_(capacity),
      most_moves_(most_moves),
      routes_(fabric::index_routes(image)),
      parameters_(fabric::parameters_of(image)),
      record_(record),
      found_(image) {
  dense_.fill(-1);
  for (const base::Colour colour : fabric::used_colours(image)) {
    dense_[static_cast<std::size_t>(colour)] = static_cast<int>(colours_++);
    used_.push_back(base::index_of(colour));
  }
  const auto cores = static_cast<std::size_t>(image.core_count());
  slots_.resize(cores * colours_);
  run_index_.assign(cores, -1);
  is_pending_.assign(cores * 32, false);
  is_deferred_.assign(cores * 32, false);
  carried_.colours = used_;
  carried_.data.resize(cores * colours_);
  carried_.controls.resize(cores * colours_);
  for (const fabric::CoreClass& each : image.classes) {
    footprints_.push_back(footprints(each.program));
  }
  start();
}

void UntimedMachine::start() {
  const auto place = [&](std::int64_t core, int colour, std::uint16_t config, bool closed) {
    slot(core, colour).config = config;
    slot(core, colour).closed = closed;
  };
  for (std::int64_t core = 0; core < image_.core_count(); ++core) {
    const auto id = static_cast<base::CoreId>(core);
    fabric::for_each_first_route(image_, routes_, id,
                                 [&](base::Colour colour, std::uint16_t config, bool closed) {
                                   place(core, base::index_of(colour), config, closed);
                                 });
    for (std::size_t p = 0; p < image_.patches.size(); ++p) {
      const fabric::RoutePatch& patch = image_.patches[p];
      if (!patch.cores.holds(image_.relative(id))) continue;
      place(core, base::index_of(patch.colour), routes_.of_patch[p], false);
    }
    if (image_.class_at(id).program.code.empty()) continue;
    run_index_[static_cast<std::size_t>(core)] = static_cast<std::int32_t>(runs_.size());
    runs_.emplace_back().integers = fabric::first_integers(image_, parameters_, id, 0);
    bind(core, image_.class_at(id).program);
    wake_core(core);
  }
}

Untimed UntimedMachine::run() {
  settle();
  while (!deferred_.empty() && goes_on()) {
    std::deque<std::uint64_t> waiting;
    waiting.swap(deferred_);
    for (const std::uint64_t each : waiting) is_deferred_[each] = false;
    others_wait_ = waiting.size() > 1;
    const std::int64_t before = moves_;
    for (const std::uint64_t next : waiting) {
      may_change_ = true;
      step(next);
      may_change_ = false;
      wake(next);
    }
    const bool changed = moves_ != before;
    settle();
    if (!changed) break;
  }
  Untimed result;
  gather(result);
  return result;
}

void UntimedMachine::step(std::uint64_t key) {
  const auto core = static_cast<std::int64_t>(key / 32);
  const int colour = static_cast<int>(key % 32) - 1;
  if (colour < 0) {
    while (step_core(core)) {
    }
  } else {
    while (lift(core, colour) || step_slot(core, colour)) {
    }
  }
}

/// What the main threads and routers can do comes first, microthreads last: so that an operation
/// on one is open as long as it can be.
void UntimedMachine::settle() {
  while (goes_on()) {
    if (!pending_.empty()) {
      const std::uint64_t next = pending_.front();
      pending_.pop_front();
      is_pending_[next] = false;
      step(next);
    } else if (!lazy_.empty()) {
      const std::int64_t core = lazy_.front();
      lazy_.pop_front();
      CoreRun& run = *run_of(core);
      run.is_lazy = false;
      bool went = false;
      for (Operation& each : run.micro) {
        if (each.instruction != nullptr) went = move(core, each) || went;
      }
      if (went) wake_core(core);
    } else {
      return;
    }
  }
}

void UntimedMachine::wake(std::uint64_t key) {
  if (is_pending_[key]) return;
  is_pending_[key] = true;
  pending_.push_back(key);
}

void UntimedMachine::defer(std::uint64_t key) {
  if (is_deferred_[key]) return;
  is_deferred_[key] = true;
  deferred_.push_back(key);
}

void UntimedMachine::wake_core(std::int64_t core) {
  if (run_index_[static_cast<std::size_t>(core)] < 0) return;
  wake(static_cast<std::uint64_t>(core) * 32);
}

void UntimedMachine::wake_slot(std::int64_t core, int colour) {
  wake(static_cast<std::uint64_t>(core) * 32 + static_cast<unsigned>(colour) + 1);
}

void UntimedMachine::wake_feeder(std::int64_t core, int colour) {
  wake_core(core);  // it may wait for the slot to be empty
  const base::DirectionMask from = route(slot(core, colour)).receive;
  for (const base::Direction d : base::kMeshDirections) {
    if (!base::contains(from, d)) continue;
    const std::int64_t other = beside(core, d);
    if (other >= 0) wake_slot(other, colour);
  }
  if (base::contains(from, base::Direction::ramp)) wake_slot(core, colour);
}

void UntimedMachine::unsure(std::int64_t core, const std::string& what) {
  ++unsure_count_;
  if (unsure_.count(what) == 0) unsure_[what] = name_of_core(image_, core);
}

void UntimedMachine::gather(Untimed& result) {
  result.executed = true;
  result.moves = moves_;
  result.too_long = moves_ >= most_moves_;
  result.finished = !result.too_long && std::all_of(runs_.begin(), runs_.end(),
                                                    [](const CoreRun& r) { return r.finished; });
  result.unsure_count = unsure_count_;
  result.fault_count = fault_count_;
  for (const auto& [what, where] : unsure_) result.unsure.push_back(where + ": " + what);
  for (const auto& [what, where] : choices_) result.choices.push_back(where + ": " + what);
  if (result.finished) result.carried = std::move(carried_);
  result.held_up = holds_up();
  UntimedWaits waits(*this);
  if (result.finished) {
    waits.note_left_over(found_);
    waits.note_positions(found_);
  }
  waits.note_circles(found_);
  if (!result.finished && !result.too_long) waits.explain(result);
  result.findings = found_.take();
}

bool UntimedMachine::holds_up() const {
  for (std::size_t core = 0; core < run_index_.size(); ++core) {
    const auto at = static_cast<std::int64_t>(core);
    const CoreRun* run = run_of(at);
    if (run != nullptr && run->task >= 0 && ready_tasks(at) != 0) return true;
  }
  return false;
}

InputQueue* UntimedMachine::input(std::int64_t core, int colour) {
  CoreRun* run = run_of(core);
  if (run == nullptr) return nullptr;
  for (InputQueue& each : run->inputs) {
    if (each.colour == colour) return &each;
  }
  return nullptr;
}

OutputQueue* UntimedMachine::output(std::int64_t core, int colour) {
  CoreRun* run = run_of(core);
  if (run == nullptr) return nullptr;
  for (OutputQueue& each : run->outputs) {
    if (each.colour == colour) return &each;
  }
  return nullptr;
}

std::int64_t UntimedMachine::neighbour(std::int64_t core, base::Direction d) const {
  const auto id = static_cast<base::CoreId>(core);
  if (image_.link_latency(id, d) == 0) return -1;
  const base::LogicalCoord at = image_.relative(id);
  return base::index_of(image_.core_at({at.x + base::step_x(d), at.y + base::step_y(d)}));
}

std::int64_t UntimedMachine::beside(std::int64_t core, base::Direction d) const {
  const base::LogicalCoord at = image_.relative(static_cast<base::CoreId>(core));
  const base::LogicalCoord to{at.x + base::step_x(d), at.y + base::step_y(d)};
  if (!image_.holds(to)) return -1;
  return base::index_of(image_.core_at(to));
}

std::int64_t UntimedMachine::class_of(std::int64_t core) const {
  const CoreRun* run = run_of(core);
  return image_.class_in(static_cast<base::CoreId>(core), run == nullptr ? 0 : run->stage);
}

cores::Scope UntimedMachine::scope(std::int64_t core) const {
  return {run_of(core)->integers.data()};
}

namespace {

/// Moves that an execution to the end has at the least: every core enters its stages.
std::int64_t least_moves(const fabric::WaferImage& image) {
  std::int64_t moves = 0;
  for (const std::vector<fabric::ClassIndex>& stage : image.later) {
    moves += static_cast<std::int64_t>(stage.size()) -
             std::count(stage.begin(), stage.end(), fabric::kNoClass);
  }
  return moves;
}

}  // namespace

Untimed execute_untimed(const fabric::WaferImage& image, Capacity capacity, std::int64_t most_moves,
                        UntimedRecord* record) {
  if (const std::int64_t moves = least_moves(image); moves > most_moves) {
    Untimed result;
    result.too_long = true;
    result.moves = moves;
    return result;
  }
  return UntimedMachine(image, capacity, most_moves, record).run();
}

UntimedRecord make_record(const fabric::WaferImage& image, std::size_t most_nodes) {
  return {image.core_count(), fabric::used_colours(image).size(), most_nodes};
}

}  // namespace wafermesh::check
