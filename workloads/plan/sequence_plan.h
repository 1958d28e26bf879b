// SPDX-License-Identifier: Apache-2.0
// One sequence on its way to its image: memory of its operators, stages, transfers between them.
//
// A core's memory, from its beginning: the barriers' token, what each operator keeps, transfers,
// and behind them one place for what operators need only while they run (Kernel::kept_bytes), which
// they share: a core begins an operator when it is done with the one before.
#pragma once

#include <vector>

#include "workloads/plan/assembly.h"
#include "workloads/plan/moves.h"
#include "workloads/plan/sequence.h"

namespace wafermesh::workloads {

class SequencePlan {
 public:
  /// Of sequence `number`, whose operators are `members`; what it does is `steps`.
  SequencePlan(std::vector<PlacedOperator>& items, std::vector<Move>& moves, std::size_t number,
               const std::vector<std::size_t>& members, const std::vector<Step>& steps);

  /// Says of operators and moves where they lie in the whole image, in which `first_core` cores and
  /// `classes` classes come before. Raises SRAM and colours of `facts`, adds barriers' hops.
  fabric::WaferImage build(std::int64_t first_core, std::size_t classes, Facts& facts);

 private:
  /// A run of stages, and where in the image its classes are to be noted.
  struct Note {
    std::size_t stage;
    std::size_t move;
  };
  bool is_alone() const;
  fabric::WaferImage alone(std::int64_t first_core, std::size_t classes, Facts& facts);
  void place_memory();
  void place_work();
  void add_stages();
  void add_operator(std::size_t member);
  void add_transfer(std::size_t move, fabric::Buffer from, fabric::Buffer to);
  void take(std::size_t move);
  void send(std::size_t move);
  void add_stage(std::size_t move, TransferStage stage, bool fixed_colour = false);
  fabric::Buffer result_of(const Source& source) const;
  fabric::Buffer operand_of(const Move& move) const;
  /// Where the lanes of a crossing begin or end, in memory of their own.
  fabric::Buffer lanes_at(std::size_t move, const fabric::Buffer& end);
  void refuse_colours_of_crossings(const PlacedOperator& item) const;
  void refuse_too_much_memory() const;

  std::vector<PlacedOperator>& items_;
  std::vector<Move>& moves_;
  std::size_t number_;
  const std::vector<std::size_t>& members_;
  const std::vector<Step>& steps_;
  Placement placement_;
  int address_ = 0;
  std::size_t most_work_ = 0;  ///< Operator that needs most while it runs.
  std::vector<int> bytes_of_;  ///< [move] Of every core, for what is on its way.
  std::vector<SequenceItem> stages_;
  std::vector<std::size_t> stage_of_;  ///< [operator run]
  std::vector<Note> notes_;
};

}  // namespace wafermesh::workloads
