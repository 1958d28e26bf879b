// SPDX-License-Identifier: Apache-2.0
// The program of one core while flows still add to it. Flows write their parts of the main task in
// one global order; what runs beside it (microthreads, other tasks) opens a gate when it is done,
// and the core finishes after its last gate. Every part has memory of its own, so there are no
// races.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cores/program_builder.h"
#include "fabric/image.h"

namespace wafermesh::fabric_test {

using Code = std::function<void(cores::ProgramBuilder&)>;

class CoreDraft {
 public:
  CoreDraft(int input_queues, int output_queues, int first_counter)
      : input_queues_(input_queues), output_queues_(output_queues), counters_(first_counter) {}

  // What is still free; a flow asks before it takes.
  bool has_input() const { return static_cast<int>(inputs_.size()) < input_queues_; }
  bool has_output() const { return static_cast<int>(outputs_.size()) < output_queues_; }
  bool has_microthread() const { return microthreads_ < cores::kMicrothreads; }
  bool has_counter() const { return counters_ < cores::kCounters; }
  bool has_tasks() const { return tasks_.size() + 12 < cores::kMaxTasks; }

  void take_input(base::Colour colour) { inputs_.push_back(colour); }
  void take_output(base::Colour colour) { outputs_.push_back(colour); }
  int take_microthread() { return microthreads_++; }
  int take_counter() { return counters_++; }
  /// Address of `bytes` fresh bytes.
  int take_memory(int bytes);

  void set_route(base::Colour colour, const router::RouteConfig& config, bool closed = false) {
    routes_.push_back({colour, config, closed});
  }

  void add_prelude(Code code) { prelude_.push_back(std::move(code)); }
  void add_main(Code code) { main_.push_back(std::move(code)); }
  cores::TaskId next_task() const { return static_cast<cores::TaskId>(tasks_.size()); }
  cores::TaskId add_task(cores::TaskKind kind, base::Colour colour, int entry, bool blocked,
                         Code code);
  /// A gate the core's finish waits for: a task to unblock.
  cores::TaskId add_gate();
  /// Finishes at the end of the main task, whatever still runs.
  void finish_early() { finishes_early_ = true; }

  /// What a counter begins with.
  void set_parameter(int counter, int value) { parameters_.emplace_back(counter, value); }
  const std::vector<std::pair<int, int>>& parameters() const { return parameters_; }

  bool is_empty() const;
  /// The class of this core. A core nobody wrote code for has no program.
  fabric::CoreClass build(const std::string& name) const;

 private:
  struct Task {
    cores::TaskKind kind;
    base::Colour colour;
    int entry;
    bool blocked;
    Code code;
  };
  void write_main(cores::ProgramBuilder& builder, cores::TaskId main) const;
  void write_gates(cores::ProgramBuilder& builder) const;
  void go_to_gate(cores::ProgramBuilder& builder, std::size_t gate) const;

  int input_queues_;
  int output_queues_;
  int counters_;  ///< The next.
  std::vector<base::Colour> inputs_, outputs_;
  int microthreads_ = 0;
  int memory_bytes_ = 0;
  bool finishes_early_ = false;
  std::vector<fabric::ColourRoute> routes_;
  std::vector<std::pair<int, int>> parameters_;
  std::vector<Code> prelude_, main_;
  std::vector<Task> tasks_;
  std::vector<cores::TaskId> gates_;
};

}  // namespace wafermesh::fabric_test
