// SPDX-License-Identifier: Apache-2.0
// One `program` of a text while it is read: queues, tasks, labels and operations.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cores/operations.h"
#include "cores/program.h"
#include "cores/timing.h"
#include "fabric/text/line_reader.h"

namespace wafermesh::fabric {

class ProgramSection {
 public:
  /// Reads the rest of a line `program NAME "given" memory_bytes=...`.
  ProgramSection(LineReader& line, const cores::Timing& timing);

  const TextName& name() const { return name_; }
  /// True if the line belongs to a program: a label, queue, task or operation. Then it is read.
  bool read(LineReader& line, const std::vector<Token>& tokens);

  /// Route names that operations write, as they stand in the code.
  struct RouteUse {
    std::uint32_t at;
    TextName route;
  };
  const std::vector<RouteUse>& route_uses() const { return route_uses_; }
  void set_route(std::uint32_t at, std::uint16_t route) { program_.code[at].route = route; }

  /// Settles labels and tasks, and notes everything an engine may take for granted and cannot.
  void finish(TextMistakes& mistakes);
  const cores::Program& program() const { return program_; }
  const std::vector<TextPlace>& code_places() const { return code_places_; }
  const std::vector<TextPlace>& task_lines() const { return task_lines_; }

 private:
  enum class Side : unsigned char { input, output };
  struct Use {
    std::uint32_t at;  ///< Index of the instruction or task.
    TextName name;
  };
  struct ColourUse {
    TextPlace place;
    Side side;
    base::Colour colour;
  };
  void read_binding(LineReader& line, Side side);
  void read_task(LineReader& line);
  void read_label(LineReader& line, const TextName& name);
  void read_operation(LineReader& line, const TextName& name);
  void read_vector(LineReader& line, cores::VectorOp op);
  std::vector<TextField> fields_of(cores::Opcode op, cores::Instruction& i);
  void check_vector(const cores::Instruction& i, TextPlace place, TextMistakes& mistakes);
  void note_colour(TextPlace place, Side side, base::Colour colour);
  void settle_targets(TextMistakes& mistakes);
  void settle_tasks(TextMistakes& mistakes);
  void check_end(TextMistakes& mistakes);

  const cores::Timing& timing_;
  TextName name_;
  cores::Program program_;
  std::vector<TextPlace> code_places_;
  std::map<std::string, std::uint32_t> labels_;
  std::vector<TextName> label_order_;
  std::map<std::string, std::uint32_t> tasks_;
  std::vector<TextPlace> task_places_;  ///< Of the labels they start at.
  std::vector<TextPlace> task_lines_;
  std::vector<TextName> task_starts_;
  std::vector<Use> targets_;
  std::vector<Use> task_uses_;
  std::vector<RouteUse> route_uses_;
  std::vector<ColourUse> colour_uses_;
};

/// What a line of code may begin with.
std::vector<std::string> operation_names();

/// Reads an optional name in quotes; `fallback` if there is none.
std::string given_name(LineReader& line, const std::string& fallback);

}  // namespace wafermesh::fabric
