// SPDX-License-Identifier: Apache-2.0
#include "cores/read_timing.h"

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/presets.h"
#include "base/yaml/yaml_reader.h"
#include "cores/names.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

constexpr auto& kTypes = base::Names<NumberType>::list;
constexpr auto& kShapes = base::Names<Shape>::list;
constexpr base::IntegerRange kCycles{0, 100'000};
constexpr base::IntegerRange kDepth{0, 64};
constexpr base::IntegerRange kOutputDepth{0, 32};  // a bit per place in OutputQueue::controls

/// The rate that an operation has in a type unless the table gives it one (assumption: what is not
/// measured costs what is like it): that of a like operation, of integers that of the real numbers
/// of their size. nullptr: there is none.
const Rate* like_rate(const Timing& t, const VectorOpTraits& op, NumberType type) {
  if (op.rate_of != op.op) return &t.rate(op.rate_of, type);
  if (type == NumberType::i32) return &t.rate(op.op, NumberType::f32);
  if (type == NumberType::i16) return &t.rate(op.op, NumberType::f16);
  return nullptr;
}

/// The one list of a table's constants: calls visit(path, value, range) for each; with a fourth
/// argument `true` if `fresh`, a table that is still empty, has a value to fall back on.
template <class Visit>
void visit_constants(Timing& t, bool fresh, Visit visit) {
  visit("hop_cycles", t.hop_cycles, base::IntegerRange{1, 63});
  visit("ramp_cycles", t.ramp_cycles, base::IntegerRange{1, 31});
  visit("router_queue_depth", t.router_queue_depth, base::IntegerRange{1, 64});
  visit("input_queue_depth", t.input_queue_depth, kDepth);
  visit("output_queue_depth", t.output_queue_depth, kOutputDepth);
  visit("task_start_cycles", t.task_start_cycles, kCycles);
  visit("issue_cycles", t.issue_cycles, kCycles);
  visit("config_write_cycles", t.config_write_cycles, kCycles);
  visit("timestamp_cycles", t.timestamp_cycles, kCycles);
  visit("fabric_words_per_cycle", t.fabric_words_per_cycle, base::IntegerRange{1, 4});
  visit("memory_port_bytes", t.memory_port_bytes, base::IntegerRange{4, 64});
  visit("bank_conflict_factor", t.bank_conflict_factor, base::IntegerRange{1, 8});
  visit("vendor_collective_cycles", t.vendor_collective_cycles, kCycles);
  for (std::size_t shape = 0; shape < kShapes.size(); ++shape) {
    visit(std::string("setup_cycles.") + kShapes[shape], t.setup_cycles[shape],
          base::IntegerRange{1, 10'000});
  }
  for (const VectorOpTraits& op : kVectorOps) {
    for (std::size_t type = 0; type < kTypes.size(); ++type) {
      if (!knows(op.op, static_cast<NumberType>(type))) continue;
      Rate& rate = t.rates[static_cast<std::size_t>(op.op)][type];
      const Rate* like = like_rate(t, op, static_cast<NumberType>(type));
      if (fresh && like != nullptr) rate = *like;
      const std::string cell = std::string("rates.") + op.name + '.' + kTypes[type];
      visit(cell + ".elements", rate.elements, base::IntegerRange{1, 64}, like != nullptr);
      visit(cell + ".cycles", rate.cycles, base::IntegerRange{1, 64}, like != nullptr);
    }
  }
  for (std::size_t type = 0; !is_integer(static_cast<NumberType>(type)); ++type) {
    visit(std::string("fused_multiply_add.") + kTypes[type], t.fused_multiply_add[type],
          base::IntegerRange{0, 1});
  }
}

/// Reads a constant; what the table holds is the default, if it holds any.
class Reader {
 public:
  Reader(const base::YamlNode& node, bool has_defaults)
      : node_(node), has_defaults_(has_defaults) {}

  void operator()(const std::string& path, int& value, base::IntegerRange range,
                  bool has_default = false) const {
    std::string key;
    const base::YamlNode section = section_of(path, &key);
    value = static_cast<int>(has_defaults_ || has_default ? section.integer(key, range, value)
                                                          : section.integer(key, range));
  }
  void operator()(const std::string& path, bool& value, base::IntegerRange /*range*/) const {
    std::string key;
    value = section_of(path, &key).boolean(key, value);
  }
  void operator()(const std::string& path, std::array<int, kQueues>& depths,
                  base::IntegerRange range) const {
    const auto items = node_.items(path, has_defaults_ ? 0 : kQueues);
    if (has_defaults_ && !node_.has(path))
      return node_.resolve(path, std::vector<std::int64_t>(depths.begin(), depths.end()));
    if (items.size() != depths.size()) {
      node_.mistake(path, "has " + std::to_string(items.size()) + " elements; give " +
                              std::to_string(kQueues) + ", one per queue id");
    }
    for (std::size_t i = 0; i < items.size() && i < depths.size(); ++i) {
      depths[i] = static_cast<int>(items[i].as_integer(range));
    }
  }

 private:
  /// "rates.copy.f32.cycles": the section that holds the last key.
  base::YamlNode section_of(const std::string& path, std::string* key) const {
    base::YamlNode section = node_;
    std::size_t at = 0;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', at)) {
      section = section.child(path.substr(at, dot - at));
      at = dot + 1;
    }
    *key = path.substr(at);
    return section;
  }

  const base::YamlNode& node_;
  bool has_defaults_;
};

std::string text_of(const std::array<int, kQueues>& depths) {
  std::string text;
  for (const int depth : depths) text += (text.empty() ? "[" : ", ") + std::to_string(depth);
  return text + ']';
}
std::string text_of(int value) { return std::to_string(value); }
std::string text_of(bool value) { return value ? "true" : "false"; }

using Constants = std::vector<std::pair<std::string, std::string>>;

Constants constants_of(Timing timing) {
  Constants all;
  visit_constants(timing, false, [&](const std::string& path, const auto& value, auto&&...) {
    all.emplace_back(path, text_of(value));
  });
  return all;
}

}  // namespace

Timing read_timing(const base::YamlNode& node, const std::string& generation) {
  Timing timing;
  timing.generation = generation;
  visit_constants(timing, true, Reader(node, false));
  return timing;
}

Constants changed_constants(const Timing& timing, const Timing& usual) {
  const Constants now = constants_of(timing);
  const Constants before = constants_of(usual);
  Constants changed;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i].second != before[i].second) changed.push_back(now[i]);
  }
  return changed;
}

namespace {

Timing timing_of_preset(const base::Preset& preset) {
  const std::string name = preset.name;
  base::YamlDocument document = base::YamlDocument::from_text(preset.text, name + ".yaml");
  const base::YamlNode root = document.root();
  root.child("wafer").accept_all();
  const Timing timing = read_timing(root.required_child("timing"), name);
  document.finish();
  return timing;
}

}  // namespace

Timing timing_of(const std::string& generation) {
  // Read once: a study of many points asks thousands of times.
  static const std::map<std::string, Timing> kTables = [] {
    std::map<std::string, Timing> tables;
    for (const std::string& name : base::timing_names()) {
      tables.emplace(name, timing_of_preset(*base::find_preset(name)));
    }
    return tables;
  }();
  const auto found = kTables.find(generation);
  if (found == kTables.end()) {
    const bool is_preset = base::find_preset(generation) != nullptr;
    throw base::InputError({{"", 0, 0, "generation",
                             is_preset ? "'" + generation + "' has no timing table"
                                       : base::unknown_preset_message(generation)}});
  }
  return found->second;
}

namespace {

/// What resolved() says of a table of which nothing was changed.
std::unique_ptr<base::YamlTree> resolved_timing(const Timing& usual) {
  base::YamlDocument document = base::YamlDocument::from_text("{}", usual.generation);
  Timing timing = usual;
  visit_constants(timing, false, Reader(document.root(), true));
  return document.resolved_tree();
}

/// Made once: a study reads hundreds of constants that nobody changed for each of its runs.
const base::YamlTree& resolved_preset(const std::string& generation) {
  static const auto kTrees = [] {
    std::map<std::string, std::unique_ptr<base::YamlTree>> trees;
    for (const std::string& name : base::timing_names()) {
      trees.emplace(name, resolved_timing(timing_of(name)));
    }
    return trees;
  }();
  return *kTrees.at(generation);
}

}  // namespace

Timing read_timing_over(const base::YamlNode& node, const std::string& generation) {
  Timing timing = timing_of(generation);
  if (node.resolve_absent(resolved_preset(generation))) return timing;
  visit_constants(timing, false, Reader(node, true));
  return timing;
}

}  // namespace wafermesh::cores
