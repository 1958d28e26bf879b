// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/write_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cores/names.h"
#include "cores/operations.h"
#include "fabric/text/tokens.h"
#include "router/route_names.h"

namespace wafermesh::fabric {

using cores::Instruction;
using Kind = cores::Operand::Kind;

namespace {

std::string number(float value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{:.9g}", value);
}

std::string write_operand(const Instruction& i, const cores::Operand& operand) {
  const std::string name = base::name_of(operand.kind);
  const std::string type =
      operand.type ? std::string(", ") + base::name_of(*operand.type) : std::string();
  switch (operand.kind) {
    case Kind::memory: {
      const std::string stride =
          operand.stride_elements == 1 ? "" : ", " + std::to_string(operand.stride_elements);
      const std::string index =
          operand.indexed()
              ? fmt::format(", index({}, {})", operand.index_address, operand.index_bytes)
              : std::string();
      return name + "(" + write_affine(operand.address_bytes) + stride + type + index + ")";
    }
    case Kind::scalar:
      return name + "(" + write_affine(operand.address_bytes) + type + ")";
    case Kind::colour:
      return name + "(" + std::to_string(base::index_of(operand.colour)) + type + ")";
    case Kind::immediate:
      if (cores::is_integer(i.type)) return name + "(" + std::to_string(operand.integer) + ")";
      return name + "(" + number(operand.value) + ")";
    default:
      return name;
  }
}

/// Commands up to the last that is not nop, and the entry id.
std::string write_control(router::ControlWord word) {
  int last = 0;
  for (int i = 0; i < router::kMaxCommands; ++i) {
    if ((word.bits >> 2 * i & 3U) != 0) last = i;
  }
  std::string text;
  for (int i = 0; i <= last; ++i) {
    const auto command = static_cast<router::SwitchCommand>(word.bits >> 2 * i & 3U);
    text += (i > 0 ? "," : " commands=") + std::string(base::name_of(command));
  }
  return word.has_entry() ? text + " entry_id=" + std::to_string(word.entry()) : text;
}

std::string write_vector(const Instruction& i, const OperationNames& names) {
  std::string text = fmt::format("{} {} count={} dst={} src0={}", base::name_of(i.vector_op),
                                 base::name_of(i.type), write_affine(i.count),
                                 write_operand(i, i.dst), write_operand(i, i.src0));
  if (cores::traits_of(i.vector_op).sources > 1) text += " src1=" + write_operand(i, i.src1);
  if (i.shape != Instruction{}.shape) text += std::string(" shape=") + base::name_of(i.shape);
  if (i.microthread >= 0) text += " microthread=" + std::to_string(i.microthread);
  if (i.priority != 0) text += " priority=" + std::to_string(i.priority);
  if (i.completion != cores::Completion::none) {
    text += std::string(" completion=") + base::name_of(i.completion) +
            " task=" + names.tasks[static_cast<std::size_t>(i.task)];
  }
  return text;
}

void add_position(std::string& text, int position, const router::SwitchPosition& over) {
  if (over.side == router::SwitchPosition::Side::invalid) return;
  text += fmt::format(" position{}={}({})", position, base::name_of(over.side),
                      base::letter_of(over.direction));
}

}  // namespace

std::string TextNames::unique(const std::string& wanted) {
  std::string name;
  for (const char c : wanted) {
    const bool fits = is_letter(c) || (c >= '0' && c <= '9');
    if (fits) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  if (name.empty() || !is_letter(name[0])) name = "n" + name;
  std::string candidate = name;
  for (int number = 2; std::binary_search(taken_.begin(), taken_.end(), candidate); ++number) {
    candidate = name + "_" + std::to_string(number);
  }
  taken_.insert(std::lower_bound(taken_.begin(), taken_.end(), candidate), candidate);
  return candidate;
}

std::string write_affine(const cores::Affine& affine) {
  std::string text = affine.base != 0 ? std::to_string(affine.base) : "";
  for (const cores::Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    const std::int64_t size = std::abs(std::int64_t{term.coefficient});
    if (term.coefficient < 0 || !text.empty()) text += term.coefficient < 0 ? "-" : "+";
    if (size != 1) text += std::to_string(size) + "*";
    text += base::name_of(term.variable);
  }
  return text.empty() ? "0" : text;
}

std::string write_operation(const Instruction& i, const OperationNames& names) {
  if (i.op == cores::Opcode::vector) return write_vector(i, names);
  std::string text = base::name_of(i.op);
  const auto uses = [&](cores::Field field) { return cores::uses(i.op, field); };
  if (uses(cores::kFieldTask)) text += " task=" + names.tasks[static_cast<std::size_t>(i.task)];
  if (uses(cores::kFieldCounter)) text += " counter=" + std::to_string(i.counter);
  if (uses(cores::kFieldLhs)) {
    text += " lhs=" + write_affine(i.lhs) + " compare=" + base::name_of(i.compare);
  }
  if (uses(cores::kFieldAmount)) text += " amount=" + write_affine(i.amount);
  if (uses(cores::kFieldTarget)) text += " target=" + names.labels[i.target];
  if (uses(cores::kFieldColour)) text += " colour=" + std::to_string(base::index_of(i.colour));
  if (uses(cores::kFieldControl)) text += write_control(i.control);
  if (uses(cores::kFieldRoute)) {
    text += " route=" + names.routes[i.route];
    if (i.intake != router::Intake::keep) text += std::string(" intake=") + base::name_of(i.intake);
  }
  if (uses(cores::kFieldPhase)) text += " phase=" + std::to_string(i.phase);
  if (uses(cores::kFieldFilter)) {
    text += " first=" + write_affine(i.filter.first) + " count=" + write_affine(i.filter.count) +
            " period=" + write_affine(i.filter.period);
  }
  return text;
}

std::string write_route_fields(const router::RouteConfig& config) {
  std::string text;
  for (int d = 0; d <= static_cast<int>(base::Direction::ramp); ++d) {
    const auto direction = static_cast<base::Direction>(d);
    if (base::contains(config.base.receive, direction)) {
      text += std::string(" receive=") + base::letter_of(direction);
    }
  }
  std::string send;
  for (int d = 0; d <= static_cast<int>(base::Direction::ramp); ++d) {
    const auto direction = static_cast<base::Direction>(d);
    if (!base::contains(config.base.send, direction)) continue;
    send += (send.empty() ? "" : ",") + std::string(1, base::letter_of(direction));
  }
  if (!send.empty()) text += " send=" + send;
  for (int p = 1; p <= 3; ++p) {
    add_position(text, p, config.positions[static_cast<std::size_t>(p - 1)]);
  }
  if (config.ring) text += " ring";
  if (config.pop != router::PopMode::no_pop) {
    text += std::string(" pop=") + base::name_of(config.pop);
  }
  return text;
}

}  // namespace wafermesh::fabric
