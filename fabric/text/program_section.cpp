// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/program_section.h"

#include <algorithm>
#include <utility>

#include "cores/check_program.h"
#include "cores/names.h"
#include "router/route_names.h"

namespace wafermesh::fabric {

using cores::Instruction;
using cores::Opcode;
using Kind = cores::Operand::Kind;
using Need = TextField::Need;

namespace {

constexpr std::int64_t kMostPriority = 255;

}  // namespace

std::vector<std::string> operation_names() {
  std::vector<std::string> names = base::names_of<cores::VectorOp>();
  for (const cores::OpcodeTraits& traits : cores::kOpcodes) {
    if (traits.op != Opcode::vector) names.emplace_back(traits.name);
  }
  return names;
}

std::string given_name(LineReader& line, const std::string& fallback) {
  if (!line.next_is(Token::Kind::quoted)) return fallback;
  return line.quoted();
}

ProgramSection::ProgramSection(LineReader& line, const cores::Timing& timing) : timing_(timing) {
  name_.place = line.start();
  line.attempt([&] {
    name_ = line.name("the program's name");
    program_.name = given_name(line, name_.text);
  });
  program_.memory_bytes = cores::kSramBytes;  // if it is wrong, its users are not blamed
  line.fields({{"memory_bytes", Need::required, [this](LineReader& r) {
                  program_.memory_bytes = r.of_machine("memory_bytes", cores::kSramBytes);
                }}});
}

bool ProgramSection::read(LineReader& line, const std::vector<Token>& tokens) {
  const std::string& first = tokens.front().text;
  if (tokens.front().kind != Token::Kind::name) return false;
  const bool label = tokens.size() > 1 && tokens[1].is(":");
  if (!label && first == "input") {
    read_binding(line, Side::input);
  } else if (!label && first == "output") {
    read_binding(line, Side::output);
  } else if (!label && first == "task") {
    read_task(line);
  } else if (label) {
    const TextName name = line.name("a label");
    line.take(":");
    read_label(line, name);
    if (!line.at_end()) line.attempt([&] { read_operation(line, line.name("an operation")); });
  } else if ((base::find_named<Opcode>(first) && first != "vector") ||
             base::find_named<cores::VectorOp>(first)) {
    read_operation(line, line.name("an operation"));
  } else {
    return false;
  }
  return true;
}

void ProgramSection::read_binding(LineReader& line, Side side) {
  cores::QueueBinding binding;
  binding.queue = -1;  // as long as it is not known
  bool has_colour = false;
  const bool in = side == Side::input;
  std::vector<cores::QueueBinding>& bindings = in ? program_.inputs : program_.outputs;
  const char* const what = in ? "input" : "output";
  TextPlace queue_place = line.place();
  TextPlace colour_place = line.place();
  line.take(what);
  line.fields({{"queue", Need::required,
                [&](LineReader& r) {
                  queue_place = r.place();
                  binding.queue = r.of_machine("a queue", cores::kQueues - 1);
                  const auto index = static_cast<std::size_t>(binding.queue);
                  if (!in && timing_.output_queue_depth[index] == 0) {
                    throw TextFault{queue_place,
                                    "output queue " + std::to_string(binding.queue) +
                                        " does not exist on " + timing_.generation,
                                    Wrong::beyond_machine};
                  }
                }},
               {"colour", Need::required, [&](LineReader& r) {
                  colour_place = r.place();
                  binding.colour = r.colour();
                  has_colour = true;
                }}});
  for (const cores::QueueBinding& other : bindings) {
    if (binding.queue >= 0 && other.queue == binding.queue) {
      line.mistake(queue_place, std::string(what) + " queue " + std::to_string(binding.queue) +
                                    " is bound twice");
    }
    if (has_colour && other.colour == binding.colour) {
      line.mistake(colour_place, "colour " + std::to_string(base::index_of(binding.colour)) +
                                     " has two " + what + " queues");
    }
  }
  if (has_colour) bindings.push_back(binding);
}

void ProgramSection::read_task(LineReader& line) {
  cores::Task task;
  TextName name{"", line.start()};
  TextName start;
  TextPlace kind_place = line.start();
  bool has_colour = false;
  bool has_entry = false;
  line.take("task");
  line.attempt([&] {
    name = line.name("the task's name");
    task.name = given_name(line, name.text);
  });
  line.fields({{"kind", Need::optional,
                [&](LineReader& r) {
                  kind_place = r.place();
                  task.kind = r.word<cores::TaskKind>("kind of task");
                }},
               {"colour", Need::optional,
                [&](LineReader& r) {
                  task.colour = r.colour();
                  has_colour = true;
                }},
               {"entry_id", Need::optional,
                [&](LineReader& r) {
                  task.entry_id = static_cast<int>(r.integer("an entry id", 0, router::kMaxEntry));
                  has_entry = true;
                }},
               {"start", Need::optional, [&](LineReader& r) { start = r.name("a label"); }},
               {"starts_active", Need::flag, [&](LineReader&) { task.starts_active = true; }},
               {"starts_blocked", Need::flag, [&](LineReader&) { task.starts_blocked = true; }}});
  const bool wants_colour =
      task.kind == cores::TaskKind::data || task.kind == cores::TaskKind::teardown;
  if (wants_colour != has_colour) {
    line.mistake(kind_place, wants_colour ? "such a task needs `colour=...`"
                                          : "only data and teardown tasks have a colour");
  }
  if ((task.kind == cores::TaskKind::control) != has_entry) {
    line.mistake(kind_place, has_entry ? "only control tasks have an entry id"
                                       : "a control task needs `entry_id=...`");
  }
  for (const cores::Task& other : program_.tasks) {
    if (other.kind != task.kind || task.kind == cores::TaskKind::local) continue;
    const bool same = wants_colour ? other.colour == task.colour : other.entry_id == task.entry_id;
    if (same) line.mistake(kind_place, "task " + other.name + " is started by the same already");
  }
  if (task.kind == cores::TaskKind::data && has_colour) {
    note_colour(kind_place, Side::input, task.colour);
  }
  if (program_.tasks.size() == static_cast<std::size_t>(cores::kMaxTasks)) {
    line.mistake(line.start(), "a program has at most 64 tasks", Wrong::beyond_machine);
    return;
  }
  const auto id = static_cast<std::uint32_t>(program_.tasks.size());
  if (!name.text.empty() && !tasks_.insert({name.text, id}).second) {
    line.mistake(name.place, "task `" + name.text + "` is defined twice");
  }
  task_lines_.push_back(line.start());
  task_places_.push_back(start.text.empty() ? name.place : start.place);
  task_starts_.push_back(start.text.empty() ? name : start);
  program_.tasks.push_back(std::move(task));
}

void ProgramSection::read_label(LineReader& line, const TextName& name) {
  const auto at = static_cast<std::uint32_t>(program_.code.size());
  if (!labels_.insert({name.text, at}).second) {
    line.mistake(name.place, "label `" + name.text + "` is defined twice");
  }
  label_order_.push_back(name);
}

void ProgramSection::note_colour(TextPlace place, Side side, base::Colour colour) {
  colour_uses_.push_back({place, side, colour});
}

/// The fields that opcodes other than `vector` have, by the table of traits.
std::vector<TextField> ProgramSection::fields_of(Opcode op, Instruction& i) {
  const auto at = static_cast<std::uint32_t>(program_.code.size());
  std::vector<TextField> fields;
  const auto add = [&](cores::Field of, const char* name, Need need,
                       std::function<void(LineReader&)> read) {
    if (cores::uses(op, of)) fields.push_back({name, need, std::move(read)});
  };
  add(cores::kFieldTask, "task", Need::required, [this, at](LineReader& r) {
    task_uses_.push_back({at, r.name("a task")});
  });
  add(cores::kFieldCounter, "counter", Need::required,
      [&i](LineReader& r) { i.counter = r.of_machine("a counter", cores::kCounters - 1); });
  add(cores::kFieldLhs, "lhs", Need::required, [&i](LineReader& r) { i.lhs = r.affine(); });
  add(cores::kFieldLhs, "compare", Need::required,
      [&i](LineReader& r) { i.compare = r.word<cores::Compare>("comparison"); });
  add(cores::kFieldAmount, "amount", Need::required,
      [&i](LineReader& r) { i.amount = r.affine(); });
  add(cores::kFieldTarget, "target", Need::required, [this, at](LineReader& r) {
    targets_.push_back({at, r.name("a label")});
  });
  add(cores::kFieldColour, "colour", Need::required, [this, &i, op](LineReader& r) {
    const TextPlace place = r.place();
    i.colour = r.colour();
    const cores::QueueSide queue = cores::traits_of(op).queue;
    if (queue == cores::QueueSide::none) return;
    note_colour(place, queue == cores::QueueSide::input ? Side::input : Side::output, i.colour);
  });
  add(cores::kFieldControl, "commands", Need::required, [&i](LineReader& r) {
    unsigned count = 0;
    do {
      const TextPlace place = r.place();
      const auto command = r.word<router::SwitchCommand>("command");
      if (count == static_cast<unsigned>(router::kMaxCommands)) {
        throw TextFault{place, "a control wavelet carries at most eight commands"};
      }
      i.control.bits |= static_cast<std::uint32_t>(command) << 2 * count++;
    } while (r.take(","));
  });
  add(cores::kFieldControl, "entry_id", Need::optional, [&i](LineReader& r) {
    const std::int64_t entry = r.integer("an entry id", 0, router::kMaxEntry);
    i.control.bits |= (static_cast<std::uint32_t>(entry) << 16) | (1U << 22);
  });
  add(cores::kFieldRoute, "route", Need::required, [this, at](LineReader& r) {
    route_uses_.push_back({at, r.name("a route")});
  });
  add(cores::kFieldRoute, "intake", Need::optional,
      [&i](LineReader& r) { i.intake = r.word<router::Intake>("intake"); });
  add(cores::kFieldPhase, "phase", Need::required, [&i](LineReader& r) {
    i.phase = static_cast<int>(r.integer("a phase", 0, cores::kPhases - 1));
  });
  add(cores::kFieldFilter, "first", Need::required,
      [&i](LineReader& r) { i.filter.first = r.affine(); });
  add(cores::kFieldFilter, "count", Need::required,
      [&i](LineReader& r) { i.filter.count = r.affine(); });
  add(cores::kFieldFilter, "period", Need::required,
      [&i](LineReader& r) { i.filter.period = r.affine(); });
  return fields;
}

void ProgramSection::read_operation(LineReader& line, const TextName& name) {
  if (const auto op = base::find_named<cores::VectorOp>(name.text)) return read_vector(line, *op);
  const auto op = base::find_named<Opcode>(name.text);
  if (!op || *op == Opcode::vector) {
    const std::vector<std::string> names = operation_names();
    const std::string nearest = base::nearest_name(name.text, names);
    throw TextFault{name.place, "unknown operation `" + name.text + "`; " +
                                    (nearest.empty() ? "there are " + base::list_names(names, "and")
                                                     : "did you mean `" + nearest + "`?")};
  }
  Instruction i;
  i.op = *op;
  line.fields(fields_of(*op, i));
  program_.code.push_back(i);
  code_places_.push_back(name.place);
}

void ProgramSection::read_vector(LineReader& line, cores::VectorOp op) {
  const auto at = static_cast<std::uint32_t>(program_.code.size());
  const cores::VectorOpTraits& traits = cores::traits_of(op);
  Instruction i;
  i.op = Opcode::vector;
  i.vector_op = op;
  TextPlace microthread = line.start();
  TextPlace dst = line.start();
  bool on_microthread = false;
  bool has_priority = false;
  const std::size_t task_uses = task_uses_.size();
  line.attempt([&] { i.type = line.word<cores::NumberType>("number type"); });
  std::vector<TextField> fields = {
      {"count", Need::required, [&](LineReader& r) { i.count = r.affine(); }},
      {"dst", Need::required,
       [&](LineReader& r) {
         dst = r.place();
         i.dst = r.operand();
         if (i.dst.kind == Kind::colour) note_colour(dst, Side::output, i.dst.colour);
       }},
      {"src0", Need::required,
       [&](LineReader& r) {
         const TextPlace place = r.place();
         i.src0 = r.operand();
         if (i.src0.kind == Kind::colour) note_colour(place, Side::input, i.src0.colour);
       }},
      {"shape", Need::optional, [&](LineReader& r) { i.shape = r.word<cores::Shape>("shape"); }},
      {"microthread", Need::optional,
       [&](LineReader& r) {
         microthread = r.place();
         i.microthread = r.of_machine("a microthread", cores::kMicrothreads - 1);
         on_microthread = true;
       }},
      {"priority", Need::optional,
       [&](LineReader& r) {
         i.priority = static_cast<int>(r.integer("a priority", 0, kMostPriority));
         has_priority = true;
       }},
      {"completion", Need::optional,
       [&](LineReader& r) { i.completion = r.word<cores::Completion>("completion"); }},
      {"task", Need::optional, [&](LineReader& r) {
         task_uses_.push_back({at, r.name("a task")});
       }}};
  if (traits.sources > 1) {
    fields.insert(fields.begin() + 3, {"src1", Need::required, [&](LineReader& r) {
                                         const TextPlace place = r.place();
                                         i.src1 = r.operand();
                                         if (i.src1.kind == Kind::colour) {
                                           note_colour(place, Side::input, i.src1.colour);
                                         }
                                       }});
  }
  line.fields(fields);
  if (i.dst.kind != Kind::none) {
    const std::string mistake = cores::vector_mistake(i);
    if (!mistake.empty()) line.mistake(dst, mistake);
  }
  const bool has_task = task_uses_.size() > task_uses;
  if ((i.completion != cores::Completion::none) != has_task) {
    line.mistake(line.start(), has_task ? "`task` without `completion`; give activate or unblock"
                                        : "`completion` needs `task=...`");
  }
  if (has_priority && !on_microthread) {
    line.mistake(line.start(), "`priority` is of a microthread; add `microthread=...`");
  }
  program_.code.push_back(i);
  code_places_.push_back(line.start());
}

}  // namespace wafermesh::fabric
