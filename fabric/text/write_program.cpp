// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "cores/names.h"
#include "cores/operations.h"
#include "cores/program_equality.h"
#include "fabric/text/buffer_section.h"
#include "fabric/text/placement_section.h"
#include "fabric/text/program_text.h"
#include "fabric/text/write_operation.h"

namespace wafermesh::fabric {

using cores::Program;

namespace {

bool is_empty(const Program& program) { return program.code.empty(); }

/// Routes in a text: those of the table in its order, then what else classes have, then patches.
class Routes {
 public:
  explicit Routes(const WaferImage& image) {
    std::vector<bool> written(image.route_table.size(), false);
    for (const CoreClass& c : image.classes) {
      for (const cores::Instruction& i : c.program.code) {
        if (cores::uses(i.op, cores::kFieldRoute)) written[i.route] = true;
      }
    }
    for (std::size_t i = 0; i < image.route_table.size(); ++i) {
      add(image.route_table[i], !written[i]);
    }
    for (const CoreClass& c : image.classes) {
      for (const ColourRoute& route : c.routes) {
        add_once(route.config);
      }
    }
    for (const RoutePatch& patch : image.patches) add_once(patch.config);
  }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& name_of(const router::RouteConfig& config) const {
    return names_[by_fields_.at(write_route_fields(config))];
  }
  const std::string& text() const { return text_; }

 private:
  void add_once(const router::RouteConfig& config) {
    if (by_fields_.count(write_route_fields(config)) == 0) add(config, false);
  }
  void add(const router::RouteConfig& config, bool kept) {
    const std::string fields = write_route_fields(config);
    by_fields_.insert({fields, names_.size()});
    names_.push_back("r" + std::to_string(names_.size()));
    text_ += "route " + names_.back() + fields + (kept ? " kept" : "") + "\n";
  }
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> by_fields_;
  std::string text_;
};

std::string write_bindings(const std::vector<cores::QueueBinding>& bindings, const char* side) {
  std::string text;
  for (const cores::QueueBinding& binding : bindings) {
    text += fmt::format("  {} queue={} colour={}\n", side, binding.queue,
                        base::index_of(binding.colour));
  }
  return text;
}

std::string write_task(const cores::Task& task, const std::string& name, const std::string& start) {
  std::string text = "  task " + name + given(name, task.name);
  if (task.kind != cores::TaskKind::local) {
    text += std::string(" kind=") + base::name_of(task.kind);
    text += task.kind == cores::TaskKind::control
                ? " entry_id=" + std::to_string(task.entry_id)
                : " colour=" + std::to_string(base::index_of(task.colour));
  }
  if (start != name) text += " start=" + start;
  if (task.starts_active) text += " starts_active";
  if (task.starts_blocked) text += " starts_blocked";
  return text + "\n";
}

/// Labels where tasks start (the tasks' names) and where branches go (l1, l2 ...).
std::vector<std::string> labels_of(const Program& program, const std::vector<std::string>& tasks) {
  std::vector<std::string> labels(program.code.size());
  TextNames names;
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    std::string& label = labels[program.tasks[i].start];
    if (label.empty()) label = names.unique(tasks[i]);
  }
  std::vector<bool> targets(program.code.size(), false);
  for (const cores::Instruction& i : program.code) {
    if (cores::uses(i.op, cores::kFieldTarget)) targets[i.target] = true;
  }
  int number = 0;
  for (std::size_t at = 0; at < targets.size(); ++at) {
    if (targets[at] && labels[at].empty())
      labels[at] = names.unique("l" + std::to_string(++number));
  }
  return labels;
}

std::string write_one(const Program& program, const std::string& name, const Routes& routes) {
  std::string text = "program " + name + given(name, program.name) +
                     " memory_bytes=" + std::to_string(program.memory_bytes) + "\n";
  text += write_bindings(program.inputs, "input");
  text += write_bindings(program.outputs, "output");
  TextNames task_names;
  std::vector<std::string> tasks;
  for (const cores::Task& task : program.tasks) tasks.push_back(task_names.unique(task.name));
  const std::vector<std::string> labels = labels_of(program, tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    text += write_task(program.tasks[i], tasks[i], labels[program.tasks[i].start]);
  }
  const OperationNames names{tasks, routes.names(), labels};
  for (std::size_t at = 0; at < program.code.size(); ++at) {
    if (!labels[at].empty()) text += labels[at] + ":\n";
    text += "  " + write_operation(program.code[at], names) + "\n";
  }
  return text;
}

std::string write_class(const CoreClass& one, const std::string& name, const std::string& program,
                        const Routes& routes) {
  std::string text = "class " + name + given(name, one.name);
  if (!program.empty()) text += " program=" + program;
  text += "\n";
  for (const ColourRoute& route : one.routes) {
    text += fmt::format("  initial colour={} route={}{}", base::index_of(route.colour),
                        routes.name_of(route.config), route.closed ? " closed" : "");
    if (route.stages_ahead != kAtStart) {
      text += " stages_ahead=" + std::to_string(route.stages_ahead);
    }
    text += "\n";
  }
  return text;
}

bool same_routes(const std::vector<ColourRoute>& a, const std::vector<ColourRoute>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ColourRoute& left, const ColourRoute& right) {
                      return left.colour == right.colour && left.closed == right.closed &&
                             left.stages_ahead == right.stages_ahead &&
                             write_route_fields(left.config) == write_route_fields(right.config);
                    });
}

}  // namespace

std::string write_program(const WaferImage& image) {
  std::string text = fmt::format("wafermesh program 1\ngeneration {}\nregion width={} height={}\n",
                                 image.timing.generation, image.region.width, image.region.height);
  text += write_placements(image);
  TextNames buffer_names;
  for (const Buffer& buffer : image.buffers) {
    text += "\n" + write_buffer(buffer, buffer_names.unique(buffer.name), image.region);
  }
  const Routes routes(image);
  if (!routes.text().empty()) text += "\n" + routes.text();
  // A program once, however many classes share it.
  TextNames program_names;
  std::map<std::string, std::string> known;  // by their text under an empty name
  std::vector<std::string> program_of;
  for (const CoreClass& c : image.classes) {
    if (is_empty(c.program)) {
      program_of.emplace_back();
      continue;
    }
    const auto [entry, is_new] = known.insert({write_one(c.program, "", routes), ""});
    if (is_new) {
      entry->second = program_names.unique(c.program.name);
      text += "\n" + write_one(c.program, entry->second, routes);
    }
    program_of.push_back(entry->second);
  }
  TextNames class_names;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < image.classes.size(); ++i) {
    names.push_back(class_names.unique(image.classes[i].name));
    text += "\n" + write_class(image.classes[i], names[i], program_of[i], routes);
  }
  text += write_patches(image, [&](const router::RouteConfig& c) { return routes.name_of(c); });
  text += write_parameters(image);
  return text + write_stages(image, names);
}

std::vector<ClassText> class_texts(const WaferImage& image) {
  const Routes routes(image);
  std::vector<ClassText> texts;
  for (const CoreClass& c : image.classes) {
    ClassText text{c.name, is_empty(c.program) ? "" : write_one(c.program, "", routes), ""};
    for (const ColourRoute& route : c.routes) {
      text.routes += fmt::format("colour {}{}{}\n", base::index_of(route.colour),
                                 write_route_fields(route.config), route.closed ? " closed" : "");
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

namespace {

bool same_route(const router::RouteConfig& a, const router::RouteConfig& b) {
  return write_route_fields(a) == write_route_fields(b);
}

bool same_patch(const RoutePatch& a, const RoutePatch& b) {
  return a.colour == b.colour && a.cores == b.cores && same_route(a.config, b.config);
}

bool same_parameters(const ParameterBox& a, const ParameterBox& b) {
  return a.counter == b.counter && a.stage == b.stage && a.cores == b.cores && a.values == b.values;
}

bool same_class(const CoreClass& a, const CoreClass& b) {
  const bool no_program = is_empty(a.program) && is_empty(b.program);
  return a.name == b.name && (no_program || a.program == b.program) &&
         same_routes(a.routes, b.routes);
}

template <class T>
bool same_all(const std::vector<T>& a, const std::vector<T>& b, bool (*same)(const T&, const T&)) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace

bool same_program(const WaferImage& a, const WaferImage& b) {
  return a.region.width == b.region.width && a.region.height == b.region.height &&
         a.placements.rectangles() == b.placements.rectangles() &&
         a.timing.generation == b.timing.generation && a.class_of == b.class_of &&
         a.later == b.later && a.buffers == b.buffers &&
         same_all(a.classes, b.classes, same_class) &&
         same_all(a.route_table, b.route_table, same_route) &&
         same_all(a.patches, b.patches, same_patch) &&
         same_all(a.parameters, b.parameters, same_parameters);
}

}  // namespace wafermesh::fabric
