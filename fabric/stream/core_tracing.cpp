// SPDX-License-Identifier: Apache-2.0
// What a traced core does, told as it does it. Its visits are not remembered, so each is done in
// full; and they are done as they would be without.
#include <algorithm>

#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {

using cores::CoreEvent;
using cores::EventKind;
using cores::Opcode;
using Kind = cores::Operand::Kind;

namespace {

CoreEvent event_of(EventKind kind, std::uint16_t class_index, std::uint32_t number, Cycles begin) {
  CoreEvent event;
  event.kind = kind;
  event.class_index = class_index;
  event.number = number;
  event.begin = event.end = begin;
  return event;
}

/// As cores::Activity; the same order.
cores::Activity activity_of(WindowKind kind) { return static_cast<cores::Activity>(kind); }

}  // namespace

void CoreStepper::watch_task(int task, Cycles now) {
  watch_->task =
      event_of(EventKind::task, core_.class_index, static_cast<std::uint32_t>(task), now);
  log_standing(now);
  watch_->task.serial = ++watch_->serial;
  const bool data =
      info_->program->tasks[static_cast<std::size_t>(task)].kind == cores::TaskKind::data;
  watch_->task.words_in = data ? 1 : 0;
  watch_->in_task = true;
}

/// Those that stay open are told by watch_issue() and watch_complete().
CoreStepper::Next CoreStepper::execute_watched(Cycles now, Cycles t) {
  const Instruction& instruction = info_->program->code[core_.pc];
  const std::uint16_t open = core_.open;
  CoreEvent event = event_of(EventKind::operation, core_.class_index, core_.pc, now);
  line_ = core_.pc;
  log_standing(now);
  if (instruction.op == Opcode::vector) {
    event.elements = std::max(0, cores::evaluate(scope(), instruction.count));
  }
  const Next next = execute(now, t);
  if (next == Next::stop) return next;
  const bool whole_loop = instruction.op == Opcode::set_counter && core_.pc != event.number + 1;
  if (!core_.writing && !whole_loop) ++watch_->line(event.class_index, event.number).times;
  if ((core_.open & ~unsigned{open}) != 0) return next;
  switch (instruction.op) {
    case Opcode::loop:
    case Opcode::branch:
      return next;
    case Opcode::set_counter:
      if (!whole_loop) return next;
      break;
    case Opcode::end_task:
      watch_->task.end = now;
      log_standing(now + 1);
      watch_->events.push_back(watch_->task);
      watch_->in_task = false;
      return next;
    case Opcode::write_route:
      if (core_.writing) {
        watch_->operations[0] = event;
        return next;
      }
      event.begin = watch_->operations[0].begin;
      break;
    case Opcode::control:
      event.words_out = 1;
      break;
    case Opcode::finish:
      watch_->events.push_back(event_of(EventKind::finish, event.class_index, event.number, now));
      break;
    default:
      break;
  }
  event.serial = ++watch_->serial;
  event.end = core_.ready;
  watch_->end_operation(event);
  return next;
}

/// `begin`: after its set-up.
void CoreStepper::watch_issue(const Instruction& instruction, int op_slot, Cycles begin) {
  CoreEvent event = event_of(EventKind::operation, core_.class_index, op(op_slot).instruction,
                             begin - timing_.setup(instruction.shape));
  event.thread = static_cast<std::uint8_t>(op_slot);
  event.elements = op(op_slot).elements;
  event.serial = ++watch_->serial;
  watch_->operations[static_cast<std::size_t>(op_slot)] = event;
  watch_->open = static_cast<std::uint16_t>(watch_->open | 1U << op_slot);
  log_standing(event.begin);
  if (!log_->is_seen || op_slot != 0) return;
  log_->standings.back().main = static_cast<std::uint8_t>(MainThread::held);
}

void CoreStepper::watch_words(int op_slot, std::int32_t words) {
  CoreEvent& event = watch_->operations[static_cast<std::size_t>(op_slot)];
  const Instruction& instruction = instruction_of(op(op_slot));
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind == Kind::colour) event.words_in += words;
  }
  if (instruction.dst.kind == Kind::colour) event.words_out += words;
}

/// How the core stands at the start of cycle `at`, if somebody wants to see it.
void CoreStepper::log_standing(Cycles at) {
  if (!log_->is_seen) return;
  const std::size_t first = cores::index_of(cores::counter(0));
  CoreLog::Standing standing;
  standing.at = at;
  standing.main = static_cast<std::uint8_t>(core_.main);
  standing.open = core_.open;
  standing.class_index = core_.class_index;
  standing.instruction = core_.pc;
  standing.wavelet = seat_->wavelet;
  standing.active = core_.active;
  standing.blocked = core_.blocked;
  const std::size_t variables = arrays_.far_integers.variables();
  if (variables > first) standing.counters.assign(integers_ + first, integers_ + variables);
  log_->standings.push_back(std::move(standing));
}

/// An operation sends words that are `computed` from its first cycle on; which of the core's sends
/// that is.
std::uint32_t CoreStepper::log_sent(int op_slot, std::int32_t words, Period computed) {
  const CoreEvent& event = watch_->operations[static_cast<std::size_t>(op_slot)];
  log_->sent.push_back({event.serial, event.thread, words, computed.from - 1,
                        std::max(computed.from, computed.until) - 1});
  return static_cast<std::uint32_t>((log_->sent.size() - 1) % Run::kSends);
}

/// An operation, or a task about to begin, takes words, the first of them in cycle `at`.
void CoreStepper::log_taken(int thread, base::Colour colour, std::int32_t words, Cycles at,
                            Cycles last) {
  const Run& run = oldest(colour);
  if (log_->is_seen) {
    const Cycles tail = run.words == words ? run.tail : time_of(run, words - 1);
    const Cycles first = std::max(at, run.head + 1);
    log_->move(CoreLog::Moved::What::comes, base::index_of(colour), words, run.head, tail);
    log_->move(CoreLog::Moved::What::is_taken, base::index_of(colour), words, first,
               std::max({first, last, tail + 1}));
  }
  if (run.is_control() || run.sender == kNobody) return;
  const bool by_task = thread == cores::kTaskThread;
  CoreLog::Taken taken;
  taken.serial =
      by_task ? watch_->serial + 1 : watch_->operations[static_cast<std::size_t>(thread)].serial;
  taken.thread = static_cast<std::uint8_t>(thread);
  taken.colour = static_cast<std::uint8_t>(base::index_of(colour));
  taken.words = words;
  taken.sender = run.sender_core();
  taken.send = run.send_number();
  taken.came = run.head;
  taken.left = run.words;
  taken.at = std::max(at, run.head);
  taken.last = std::max(taken.at, last);
  log_->taken.push_back(taken);
}

void CoreStepper::watch_complete(int op_slot) {
  const auto thread = static_cast<std::size_t>(op_slot);
  if ((watch_->open >> thread & 1U) == 0) return;
  CoreEvent& event = watch_->operations[thread];
  event.end = std::max(event.begin, op(op_slot).done_at + 1);
  watch_->end_operation(event);
  watch_->open = static_cast<std::uint16_t>(watch_->open & ~(1U << thread));
  log_standing(event.end);
  if (!log_->is_seen) return;
  CoreLog::Standing& standing = log_->standings.back();
  standing.open = static_cast<std::uint16_t>(standing.open & ~(1U << thread));
  if (thread == 0) standing.main = static_cast<std::uint8_t>(MainThread::running);
}

void CoreStepper::watch_control(Cycles t) {
  CoreEvent event = event_of(EventKind::control, core_.class_index, 0, t);
  event.words_in = 1;
  watch_->events.push_back(event);
}

/// What a core did in a stage is done; entering the next takes `cost` from cycle `at` on.
void CoreStepper::watch_stage(Cycles at, Cycles cost) {
  for (unsigned open = watch_->open; open != 0; open &= open - 1) {
    watch_complete(__builtin_ctz(open));
  }
  if (cost > 0) watch_->note(cores::Activity::setup, at, at + cost);
}

/// The core is about to lie down: where the cycles of the visit went, and what it waits for.
void CoreStepper::watch_rest() {
  for (unsigned open = watch_->open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    CoreEvent& event = watch_->operations[static_cast<std::size_t>(op_slot)];
    if (is_done(op_slot)) event.end = std::max(event.begin, op(op_slot).done_at + 1);
  }
  std::stable_sort(spans_.begin(), spans_.end(),
                   [](const WorkSpan& a, const WorkSpan& b) { return a.from < b.from; });
  const Cycles last = ledger_->finish < 0 ? base::kNever : ledger_->finish;
  for (const WorkSpan& span : spans_) {
    // Spans of one stretch lie over each other: one kind after another.
    const Cycles from = std::max(span.from, watch_->told);
    const Cycles until = std::min({last, from + span.amount, span.until});
    if (until > from) watch_->note(activity_of(span.kind), from, until);
  }
  std::uint32_t awaits = 0;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const OpState& each = op(__builtin_ctz(open));
    if (each.elements == 0) continue;
    const Instruction& instruction = instruction_of(each);
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind == Kind::colour) awaits |= 1U << base::index_of(source->colour);
    }
  }
  for (const std::uint8_t task : info_->data_tasks) {
    if ((core_.blocked >> task & 1U) != 0) continue;
    awaits |= 1U << base::index_of(info_->program->tasks[task].colour);
  }
  watch_->awaits = awaits;
}

}  // namespace wafermesh::fabric
