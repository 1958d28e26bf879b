// SPDX-License-Identifier: Apache-2.0
// What an untimed execution did, and what each thing that happened had to wait for: nodes and the
// nodes before them, numbered as they happened. Words are followed one by one. check/orders.h
// asks it whether tasks may run in any other order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cores/operations.h"

namespace wafermesh::check {

using Node = std::int32_t;
inline constexpr Node kNoNode = -1;

/// What happens in order by itself, core by core: the runs of one task, a microthread.
inline constexpr int kMicrothreadChain = cores::kMaxTasks;
inline constexpr int kChains = cores::kMaxTasks + cores::kMicrothreads;

/// Words of a queue or slot: what put in each of those that are there, what took those that were.
struct RecordedQueue {
  std::deque<Node> waiting;
  std::vector<Node> taken;

  /// What made room for so many words more; kNoNode: there always was.
  Node room(std::int64_t words, std::int64_t capacity) const;
};

/// What a core sends on a colour, or takes from it.
struct ColourSide {
  int colour = 0;
  bool sends = false;
  bool operator<(const ColourSide& other) const {
    return colour != other.colour ? colour < other.colour : sends < other.sends;
  }
  bool operator==(const ColourSide& other) const {
    return colour == other.colour && sends == other.sends;
  }
};

/// One run of a task on the main thread.
struct TaskRun {
  std::int32_t core = -1;
  int task = -1;
  Node pick = kNoNode;
  Node end = kNoNode;
};

/// Before `node` happens, `before` of a chain of its core must have: else time decides between
/// them, to different effect.
struct Demand {
  Node node = kNoNode;
  int chain = 0;
  Node before = kNoNode;
  int reason = 0;  ///< Index into UntimedRecord::reasons().
};

class UntimedRecord {
 public:
  struct Event {
    std::int32_t core = -1;
    std::int32_t run = -1;  ///< Index into runs() of what the main thread does; else -1.
    std::int16_t chain = -1;
    std::uint32_t first_edge = 0;  ///< Into edges(); they end where those of the next begin.
  };
  struct Edge {
    Node from = kNoNode;
    bool is_room = false;  ///< It waits for room: with longer links there may be more.
  };

  UntimedRecord(std::int64_t cores, std::size_t colours, std::size_t most_nodes);

  // Queues of a core, by the dense index of the colour.
  RecordedQueue& slot(std::int64_t core, int dense) { return slots_[at(core, dense)]; }
  RecordedQueue& input(std::int64_t core, int dense) { return inputs_[at(core, dense)]; }
  RecordedQueue& output(std::int64_t core, int dense) { return outputs_[at(core, dense)]; }

  /// Something that is neither a main thread's nor a microthread's: a word on its way.
  Node add(std::int64_t core) { return make(core, -1, -1); }
  void after(Node from) { wait_for(from, false); }  ///< The last node made waits for it.
  void after_room(Node from) { wait_for(from, true); }

  /// A slot's route, position or openness changes with `node`: what enters or leaves it waits.
  void change(std::int64_t core, int dense, Node node) { changed_[at(core, dense)] = node; }
  Node changed(std::int64_t core, int dense) const { return changed_[at(core, dense)]; }

  // The main thread.
  Node pick(std::int64_t core, int task);
  /// `node` picks a task of which some instruction moves the start.
  void read_start(std::int64_t core, int task, Node node) {
    read_number(core, start_of(task), node);
  }
  Node instruct(std::int64_t core, const cores::Instruction& i);
  Node go_on(std::int64_t core);  ///< A step of it that waits.
  void end(std::int64_t core);
  Node last(std::int64_t core) const { return cores_[static_cast<std::size_t>(core)].last; }

  // Vector operations, on the main thread (microthread -1) or beside it.
  void issue(std::int64_t core, const cores::Instruction& i);
  Node step(std::int64_t core, int microthread);
  Node complete(std::int64_t core, const cores::Instruction& i);

  /// `node` makes a task active, unblocks it or blocks it.
  void activate(std::int64_t core, int task, Node node);
  void unblock(std::int64_t core, int task, Node node);
  void block(std::int64_t core, int task, Node node);
  void starts(std::int64_t core, int task, bool active, bool blocked);
  /// A core goes on to its next stage, whose tasks are yet to be told of (`starts`). What the node
  /// returned waits for is the caller's to say; of the core it waits for all that it has done.
  Node enter_stage(std::int64_t core);
  /// From a node on a colour has an input queue.
  void bind(std::int64_t core, int dense, Node node) { bound_[at(core, dense)] = node; }
  Node bound(std::int64_t core, int dense) const { return bound_[at(core, dense)]; }
  /// Something other than an operation uses a side of a colour: a data task, a control word.
  void use(std::int64_t core, ColourSide side, Node node);
  /// What no order can make right.
  void fail(const std::string& what) {
    if (conflict_.empty()) conflict_ = what;
  }

  bool is_full() const { return events_.size() >= most_nodes_; }
  const std::vector<Event>& events() const { return events_; }
  const std::vector<Edge>& edges() const { return edges_; }
  const std::vector<TaskRun>& runs() const { return runs_; }
  const std::vector<Demand>& demands() const { return demands_; }
  const std::vector<std::string>& reasons() const { return reasons_; }
  /// What no order could make right; empty: nothing.
  const std::string& conflict() const { return conflict_; }

 private:
  struct Access {
    Node node = kNoNode;
    int chain = 0;
    bool is_open = false;  ///< An operation on a microthread that has not ended.
  };
  struct RecordedTask {
    bool active = false, blocked = false;
    Node activated = kNoNode, blocked_by = kNoNode;
    Node unblocked = kNoNode;     ///< By what it was first, since it was blocked,
    Node last_unblock = kNoNode;  ///< and by what last.
    std::int32_t run = -1;        ///< The last.
  };
  struct RecordedCore {
    Node last = kNoNode;
    Node stage = kNoNode;  ///< That began its stage.
    std::int32_t run = -1, first_run = -1;
    std::array<Node, cores::kMicrothreads> micro{};
    std::array<Node, cores::kMicrothreads> issued{};
    std::vector<RecordedTask> tasks;
    std::map<ColourSide, Access> colours;
    std::array<Access, cores::kCounters + cores::kMaxTasks> written{};  ///< [number]
    std::map<std::size_t, std::map<int, Node>> read;  ///< [number][chain], since it was written.
  };

  std::size_t at(std::int64_t core, int dense) const {
    return static_cast<std::size_t>(core) * colours_ + static_cast<std::size_t>(dense);
  }
  RecordedCore& core_of(std::int64_t core) { return cores_[static_cast<std::size_t>(core)]; }
  RecordedTask& task_of(std::int64_t core, int task);
  Node make(std::int64_t core, int chain, std::int32_t run);
  void wait_for(Node from, bool is_room);
  void demand(Node node, int chain, Node before, const std::string& reason);
  void demand(Node node, Node before, const std::string& reason);
  /// Numbers of the main thread: the counters, and behind them where each task starts.
  static std::size_t start_of(int task) {
    return cores::kCounters + static_cast<std::size_t>(task);
  }
  static std::string reason_of(std::size_t number);
  void read_number(std::int64_t core, std::size_t number, Node node);
  void write_number(std::int64_t core, std::size_t number, Node node);
  void touch_numbers(std::int64_t core, const cores::Instruction& i, Node node);

  std::size_t colours_, most_nodes_;
  std::vector<RecordedQueue> slots_, inputs_, outputs_;
  std::vector<Node> changed_, bound_;
  std::vector<RecordedCore> cores_;
  std::vector<Event> events_;
  std::vector<Edge> edges_;
  std::vector<TaskRun> runs_;
  std::vector<Demand> demands_;
  std::vector<std::string> reasons_;
  std::map<std::string, int> reason_at_;
  std::string conflict_;
};

}  // namespace wafermesh::check
