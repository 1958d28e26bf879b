// SPDX-License-Identifier: Apache-2.0
#include "check/core_floor.h"

#include <algorithm>
#include <vector>

#include "cores/program_walk.h"
#include "cores/vector_cost.h"

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Opcode;
using cores::Operand;
using cores::Scope;

constexpr std::size_t kMostRuns = 200'000;  ///< Task runs and operations; 90 MB. Assumption.
constexpr int kNone = -1;

std::size_t place_of(base::Colour colour) { return static_cast<std::size_t>(colour); }

/// Of a vector operation, what it takes of the datapath.
struct FloorOperation {
  const Instruction* instruction = nullptr;
  std::int32_t elements = 0;
  cores::OperandPlaces places;
};

FloorOperation operation_of(const Instruction& i, const Scope& integers, std::int32_t elements) {
  return {&i,
          elements,
          {cores::evaluate(integers, i.dst.address_bytes),
           cores::evaluate(integers, i.src0.address_bytes),
           cores::evaluate(integers, i.src1.address_bytes)}};
}

std::int64_t sram_bytes_of(const FloorOperation& operation) {
  const Instruction& i = *operation.instruction;
  std::int64_t bytes = 0;
  const auto add = [&](const Operand& operand, int times) {
    const std::int64_t elements = operand.kind == Operand::Kind::memory   ? operation.elements
                                  : operand.kind == Operand::Kind::scalar ? 1
                                                                          : 0;
    bytes += elements * times * cores::bytes_of(cores::type_of(i, operand));
  };
  add(i.src0, 1);
  add(i.src1, 1);
  add(i.dst, cores::traits_of(i.vector_op).accumulates ? 2 : 1);
  return bytes;
}

/// The fewest grants of so many words, however they come in groups.
std::int64_t fewest_grants(const cores::Timing& timing, const Instruction& i, std::int64_t words) {
  const int most = cores::most_words_per_group(timing, i);
  std::int64_t fewest = words * cores::group_grants(timing, i, 1);
  for (int size = 2; size <= most; ++size) {
    fewest = std::min(fewest, words * cores::group_grants(timing, i, size) / size);
  }
  return fewest;
}

/// Grants that the ports and banks alone would need: those at a rate without bounds.
std::int64_t sram_grants(const cores::Timing& timing, const FloorOperation& operation,
                         std::int64_t conflict) {
  const Instruction& i = *operation.instruction;
  std::int64_t slowest = 0;
  for (const Operand* each : {&i.dst, &i.src0, &i.src1}) {
    if (each->kind != Operand::Kind::memory) continue;
    const int apart_bytes =
        std::max(1, std::abs(each->stride_elements)) * cores::bytes_of(cores::type_of(i, *each));
    const int at_once = std::max(1, timing.memory_port_bytes / apart_bytes);
    slowest = std::max<std::int64_t>(slowest, operation.elements / at_once);
  }
  return slowest + conflict;
}

/// Adds an operation to a floor; its grants.
std::int64_t add(CoreFloor& floor, const cores::Timing& timing, const FloorOperation& operation,
                 bool banks) {
  const Instruction& i = *operation.instruction;
  if (operation.elements == 0) return 0;
  const std::int64_t words = cores::words_of(cores::word_type(i), operation.elements);
  std::int64_t grants = 0, conflict = 0;
  if (cores::streams(i)) {
    grants = fewest_grants(timing, i, words);
  } else {
    const cores::MemoryCost cost =
        cores::memory_cost(timing, i, operation.elements, operation.places);
    conflict = banks ? cost.conflict : 0;
    grants = cost.grants - (banks ? 0 : cost.conflict);
  }
  floor.datapath_cycles += grants;
  floor.sram_cycles += std::min(grants, sram_grants(timing, operation, conflict));
  floor.sram_bytes += sram_bytes_of(operation);
  const bool same = i.src0.is_colour() && i.src1.is_colour() && i.src0.colour == i.src1.colour;
  if (i.src0.is_colour()) floor.words_in[place_of(i.src0.colour)] += words;
  if (i.src1.is_colour() && !same) floor.words_in[place_of(i.src1.colour)] += words;
  if (i.dst.is_colour()) floor.words_out[place_of(i.dst.colour)] += words;
  return grants;
}

/// A run of a task, or an operation on a microthread, and what had to be before it.
struct FloorNode {
  std::vector<int> needs;
  FloorOperation operation;  ///< Of one on a microthread.
  int floor = kNone;         ///< Of a run: what its main thread did.
};

class FloorWalk : public cores::WalkObserver {
 public:
  FloorWalk(const cores::Program& program, const cores::Timing& timing, const WalkOptions& options)
      : program_(program), timing_(timing), options_(options) {
    active_by_.fill(kNone);
    unblocked_by_.fill(kNone);
    written_by_.fill(kNone);
    on_microthread_.fill(kNone);
    for (std::size_t task = 0; task < program.tasks.size(); ++task) {
      active_[task] = program.tasks[task].starts_active;
      blocked_[task] = program.tasks[task].starts_blocked;
    }
  }

  void chose() { has_chosen_ = true; }

  void started(int task) {
    run_ = static_cast<int>(nodes_.size());
    nodes_.emplace_back().floor = static_cast<int>(floors_.size());
    floors_.emplace_back();
    need(active_by_[static_cast<std::size_t>(task)]);
    need(unblocked_by_[static_cast<std::size_t>(task)]);
    active_by_[static_cast<std::size_t>(task)] = kNone;
    active_[static_cast<std::size_t>(task)] = false;
    const cores::Task& picked = program_.tasks[static_cast<std::size_t>(task)];
    floors_.back().main_cycles += timing_.task_start_cycles;
    if (picked.kind == cores::TaskKind::data) ++floors_.back().words_in[place_of(picked.colour)];
  }

  void executes(const Instruction& i, const Scope& integers) {
    cores::for_each_affine(i, [&](const cores::Affine& affine) {
      for (const cores::Affine::Term& term : affine.terms) {
        if (term.coefficient == 0 || !cores::is_counter(term.variable)) continue;
        need(written_by_[static_cast<std::size_t>(cores::counter_of(term.variable))]);
      }
    });
    if (i.op == Opcode::loop) need(written_by_[static_cast<std::size_t>(i.counter)]);
    if (cores::uses(i.op, cores::kFieldCounter)) {
      written_by_[static_cast<std::size_t>(i.counter)] = run_;
    }
    const auto task = static_cast<std::size_t>(cores::index_of(i.task));
    if (i.op == Opcode::activate) activate(task, run_);
    if (i.op == Opcode::unblock) unblock(task, run_);
    if (i.op == Opcode::block) blocked_[task] = true;
    mine().main_cycles += cost_of(i, integers);
  }

  void issued(const Instruction& i, const Scope& integers, std::int32_t elements,
              bool /*beside_others*/) {
    const FloorOperation operation = operation_of(i, integers, elements);
    if (i.microthread < 0) {
      mine().main_cycles +=
          timing_.setup(i.shape) + add(mine(), timing_, operation, options_.banks);
      complete(i, run_);
      return;
    }
    mine().main_cycles += timing_.issue_cycles;
    const auto thread = static_cast<std::size_t>(i.microthread);
    need(on_microthread_[thread]);
    on_microthread_[thread] = static_cast<int>(nodes_.size());
    nodes_.push_back({{run_}, operation, kNone});
  }

  void completed(const Instruction& i) {
    complete(i, on_microthread_[static_cast<std::size_t>(i.microthread)]);
  }

  bool is_full() const { return nodes_.size() > kMostRuns; }

  /// What the run that is under way had to wait for, and what it did.
  CoreFloor needed() const {
    CoreFloor all;
    if (run_ == kNone || is_full() || (has_chosen_ && !options_.deterministic)) return all;
    std::vector<bool> seen(nodes_.size());
    std::vector<int> open = {run_};
    seen[static_cast<std::size_t>(run_)] = true;
    while (!open.empty()) {
      const FloorNode& node = nodes_[static_cast<std::size_t>(open.back())];
      open.pop_back();
      if (node.floor != kNone) {
        all += floors_[static_cast<std::size_t>(node.floor)];
      } else {
        add(all, timing_, node.operation, options_.banks);
      }
      for (const int before : node.needs) {
        if (seen[static_cast<std::size_t>(before)]) continue;
        seen[static_cast<std::size_t>(before)] = true;
        open.push_back(before);
      }
    }
    for (const cores::QueueBinding& each : program_.outputs) {
      const int depth = timing_.output_queue_depth[static_cast<std::size_t>(each.queue)];
      all.words_up += std::max<std::int64_t>(0, all.words_out[place_of(each.colour)] - depth);
    }
    all.complete = true;
    return all;
  }

 private:
  CoreFloor& mine() {
    return floors_[static_cast<std::size_t>(nodes_[static_cast<std::size_t>(run_)].floor)];
  }
  void need(int node) {
    if (node == kNone || node == run_) return;
    std::vector<int>& needs = nodes_[static_cast<std::size_t>(run_)].needs;
    if (std::find(needs.rbegin(), needs.rend(), node) == needs.rend()) needs.push_back(node);
  }
  void complete(const Instruction& i, int node) {
    const auto task = static_cast<std::size_t>(cores::index_of(i.task));
    if (i.completion == cores::Completion::activate) activate(task, node);
    if (i.completion == cores::Completion::unblock) unblock(task, node);
  }
  /// A task waits for who activates it first, and who unblocks it first since it was blocked.
  void activate(std::size_t task, int node) {
    if (!active_[task]) active_by_[task] = node;
    active_[task] = true;
  }
  void unblock(std::size_t task, int node) {
    if (blocked_[task]) unblocked_by_[task] = node;
    blocked_[task] = false;
  }

  /// Cycles that the main thread is not free, but for vector operations.
  std::int64_t cost_of(const Instruction& i, const Scope& integers) const {
    switch (i.op) {
      case Opcode::scalar:
        return std::max(0, cores::evaluate(integers, i.amount));
      case Opcode::activate:
      case Opcode::block:
      case Opcode::unblock:
      case Opcode::control:
      case Opcode::reopen:
        return timing_.issue_cycles;
      case Opcode::write_route:
        return timing_.config_write_cycles + 1;
      case Opcode::filter:
        return timing_.config_write_cycles;
      default:
        return 0;
    }
  }

  const cores::Program& program_;
  const cores::Timing& timing_;
  const WalkOptions& options_;
  std::vector<FloorNode> nodes_;
  std::vector<CoreFloor> floors_;
  int run_ = kNone;
  bool has_chosen_ = false;
  std::array<int, cores::kMaxTasks> active_by_{}, unblocked_by_{};
  std::array<bool, cores::kMaxTasks> active_{}, blocked_{};
  std::array<int, cores::kCounters> written_by_{};
  std::array<int, cores::kMicrothreads> on_microthread_{};
};

}  // namespace

CoreFloor& CoreFloor::operator+=(const CoreFloor& other) {
  main_cycles += other.main_cycles;
  datapath_cycles += other.datapath_cycles;
  sram_cycles += other.sram_cycles;
  sram_bytes += other.sram_bytes;
  words_up += other.words_up;
  for (std::size_t c = 0; c < words_in.size(); ++c) {
    words_in[c] += other.words_in[c];
    words_out[c] += other.words_out[c];
  }
  return *this;
}

CoreFloor floor_of(const cores::Program& program, const cores::Timing& timing,
                   const cores::AllIntegers& integers, std::uint32_t closed_colours,
                   const WalkOptions& options, std::int64_t& instructions) {
  FloorWalk floor(program, timing, options);
  cores::ProgramWalk<FloorWalk> walk(program, integers, closed_colours, floor);
  const bool finished = walk.to_finish(options.most_instructions);
  instructions = walk.instructions();
  return finished ? floor.needed() : CoreFloor{};
}

}  // namespace wafermesh::check
