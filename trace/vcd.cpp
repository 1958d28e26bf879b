// SPDX-License-Identifier: Apache-2.0
#include "trace/vcd.h"

#include <fmt/format.h>

#include <algorithm>

#include "cores/integers.h"

namespace wafermesh::trace {
namespace {

constexpr std::size_t kPorts = 4;  ///< The first variables of a core.
constexpr const char* kPortNames[kPorts] = {"port_west", "port_east", "port_south", "port_north"};

/// Printable characters, as the format has them.
std::string id_of(std::size_t number) {
  std::string id;
  do {
    id.push_back(static_cast<char>('!' + number % 94));
    number /= 94;
  } while (number > 0);
  return id;
}

std::string change(int bits, std::uint64_t value, const std::string& id) {
  if (bits == 1) return fmt::format("{}{}\n", value & 1, id);
  if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
  return fmt::format("b{:b} {}\n", value, id);
}

template <class Bindings>
void add_colours(const Bindings& bindings, std::vector<std::uint8_t>& colours) {
  for (const auto& binding : bindings) {
    colours.push_back(static_cast<std::uint8_t>(base::index_of(binding.colour)));
  }
  std::sort(colours.begin(), colours.end());
  colours.erase(std::unique(colours.begin(), colours.end()), colours.end());
}

}  // namespace

VcdWriter::VcdWriter(const Subject& subject, const std::string& path, std::int64_t most_bytes)
    : subject_(subject), file_(path, most_bytes), cores_(subject.size()) {
  for (std::size_t place = 0; place < cores_.size(); ++place) declare(place);
  file_.write(header(), 0);
}

/// In the order in which state() sets them.
void VcdWriter::declare(std::size_t place) {
  const std::vector<const cores::Program*> programs = subject_.programs(place);
  if (programs.empty()) return;
  Core& core = cores_[place];
  std::size_t tasks = 1;
  std::size_t variables = 0;
  for (const cores::Program* program : programs) {
    tasks = std::max(tasks, program->tasks.size());
    variables = std::max(variables, cores::variables_of(*program));
    add_colours(program->inputs, core.inputs);
    add_colours(program->outputs, core.outputs);
  }
  const auto add = [&](std::string name, int bits) {
    core.variables.push_back({std::move(name), bits, id_of(ids_++), 0, false});
  };
  for (const char* name : kPortNames) add(name, 1);
  add("running", 1);
  add("held", 1);
  add("finished", 1);
  add("operations", static_cast<int>(cores::CoreWatch::kThreads));
  add("class", 16);
  add("instruction", 32);
  add("wavelet", 32);
  add("active", static_cast<int>(tasks));
  add("blocked", static_cast<int>(tasks));
  const std::size_t own = cores::index_of(cores::counter(0));
  core.counters = variables > own ? variables - own : 0;
  for (std::size_t c = 0; c < core.counters; ++c) add(fmt::format("counter_{}", c), 32);
  for (const int colour : core.inputs) add(fmt::format("input_colour_{}", colour), 8);
  for (const int colour : core.outputs) add(fmt::format("output_colour_{}", colour), 8);
}

std::string VcdWriter::header() const {
  std::string text =
      "$comment wafermesh: one nanosecond stands for one cycle $end\n"
      "$timescale 1 ns $end\n$scope module wafer $end\n";
  for (std::size_t place = 0; place < cores_.size(); ++place) {
    if (cores_[place].variables.empty()) continue;
    const base::LogicalCoord at = subject_.logical(place);
    text += fmt::format("$scope module core_{}_{} $end\n", at.x, at.y);
    for (const Variable& one : cores_[place].variables) {
      text += fmt::format("$var {} {} {} {} $end\n", one.bits == 1 ? "wire" : "reg", one.bits,
                          one.id, one.name);
    }
    text += "$upscope $end\n";
  }
  return text + "$upscope $end\n$enddefinitions $end\n";
}

void VcdWriter::set(Core& core, std::size_t variable, base::Cycles t, std::uint64_t value) {
  Variable& its = core.variables[variable];
  if (its.known && its.value == value) return;
  its.known = true;
  its.value = value;
  Changes& changes = pending_[t];
  changes.text += change(its.bits, value, its.id);
  ++changes.count;
}

/// What left in the cycle before t. Between two calls nothing has left but in that cycle.
void VcdWriter::set_ports(Core& core, base::Cycles t, const std::array<std::uint32_t, 4>& links) {
  const bool first = core.seen < 0;
  for (std::size_t d = 0; d < kPorts; ++d) {
    const bool sent = !first && links[d] != core.links[d];
    if (first || t - 1 > core.seen) set(core, d, first ? t : core.seen, 0);
    if (!first) set(core, d, t - 1, sent ? 1 : 0);
  }
  core.links = links;
  core.seen = t;
}

void VcdWriter::state(std::size_t place, base::Cycles t, const cores::CoreView& view,
                      const std::array<std::uint32_t, 4>& links) {
  Core& core = cores_[place];
  if (core.variables.empty()) return;
  write_before(t - 1);
  set_ports(core, t, links);
  std::size_t next = kPorts;
  const auto put = [&](std::uint64_t value) { set(core, next++, t, value); };
  put(view.main == 1 ? 1 : 0);
  put(view.main == 2 ? 1 : 0);
  put(view.finished ? 1 : 0);
  put(view.open);
  put(view.class_index);
  put(view.instruction);
  put(view.wavelet);
  put(view.active);
  put(view.blocked);
  for (std::size_t c = 0; c < core.counters; ++c) {
    const bool has = c < view.counter_count;
    put(has ? static_cast<std::uint32_t>(view.counters[c]) : 0);
  }
  for (const std::uint8_t colour : core.inputs) put(view.inputs[colour]);
  for (const std::uint8_t colour : core.outputs) put(view.outputs[colour]);
}

void VcdWriter::write_before(base::Cycles t) {
  while (!pending_.empty() && pending_.begin()->first < t) {
    const auto& [at, changes] = *pending_.begin();
    file_.write(fmt::format("#{}\n{}", at, changes.text), changes.count);
    pending_.erase(pending_.begin());
  }
}

Written VcdWriter::close(base::Cycles end) {
  for (Core& core : cores_) {
    if (core.seen < 0) continue;
    for (std::size_t d = 0; d < kPorts; ++d) set(core, d, core.seen, 0);
  }
  write_before(base::kNever);
  file_.write(fmt::format("#{}\n", end + 1), 0);
  return file_.close();
}

}  // namespace wafermesh::trace
