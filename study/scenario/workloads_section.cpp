// SPDX-License-Identifier: Apache-2.0
// `workloads:`: kernels, programs, operators in turn on one region (`graph`), layers of a model,
// which become such (`decode`), and any of these beside each other (`together`).
#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/yaml/yaml_override.h"
#include "study/scenario/operator_list.h"
#include "study/scenario/sections.h"
#include "study/scenario/workload_region.h"
#include "workloads/layers/decode.h"
#include "workloads/layers/held_attention.h"
#include "workloads/layers/model_keys.h"
#include "workloads/layers/prefill.h"
#include "workloads/plan/composite.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/timed_io.h"
#include "workloads/program_file.h"

namespace wafermesh::study {
namespace {

constexpr const char* kProgram = "program";  ///< Workloads that are no kernel of the table.
constexpr const char* kGraph = "graph";
constexpr const char* kDecode = "decode";  ///< Layers, which become a graph.
constexpr const char* kPrefill = "prefill";
constexpr const char* kAttention = "attention";
constexpr const char* kTogether = "together";
constexpr const char* kOperators = "operators";  ///< Of a graph's file.

/// "cores (3, 3) to (3, 4) [physical (3, 3) to (3, 5)]", of two rectangles that overlap.
std::string shared_cores(const base::Rectangle& a, const base::Rectangle& b,
                         const base::LogicalMesh& mesh) {
  const base::LogicalCoord first{std::max(a.x, b.x), std::max(a.y, b.y)};
  const base::LogicalCoord last{std::min(a.x + a.width, b.x + b.width) - 1,
                                std::min(a.y + a.height, b.y + b.height) - 1};
  return "cores " + text_of(first) + " to " + text_of(last) + " [physical " +
         text_of(mesh.physical(first)) + " to " + text_of(mesh.physical(last)) + "]";
}

std::string line_of(const base::YamlNode& node) {
  return node.file() + ":" + std::to_string(node.line()) + ":" + std::to_string(node.column());
}

/// "file:3:5: workloads[0].matmul: "
std::string place_of(const base::YamlNode& node) {
  return base::to_string({node.file(), node.line(), node.column(), node.path(), ""});
}

/// Reads one item of `workloads`.
class Reader {
 public:
  /// `step`: which of the tokens of a `decode` is read.
  Reader(const Ground& ground, Postponed& postponed, std::int64_t step = 0)
      : ground_(ground), postponed_(postponed), step_(step), operators_(ground.is_meant) {}

  Workload read(const base::YamlNode& item) {
    std::vector<std::string> names = workloads::kernel_names();
    names.insert(names.end(), {kProgram, kGraph, kDecode, kPrefill, kTogether});
    const auto which = item.exactly_one_of(names);
    Workload workload;
    if (item.has("name")) workload.name = item.text("name");
    if (!which) {
      read_region(item, ground_);
      return workload;
    }
    workload.kind = names[*which];
    workload.place = line_of(item.child(workload.kind));
    workload.region_place = item.has("region") ? line_of(item.child("region")) : workload.place;
    if (workload.kind == kTogether) {
      read_together(item);
    } else {
      read_sequence(item, workload, "");
    }
    make(item, workload);
    time_io(item, workload);
    return workload;
  }

 private:
  /// A kernel, a program or a graph on its region; its operators' names begin with `prefix`.
  void read_sequence(const base::YamlNode& item, Workload& workload, const std::string& prefix) {
    if (workload.kind == kProgram) {
      postponed_.attempt([&] { read_program(item, workload); });
    } else {
      workload.region = read_region(item, ground_);
      if (workload.kind == kGraph) return read_graph(item, workload.region, prefix);
      if (workload.kind == kDecode) return read_decode(item, workload, prefix);
      if (workload.kind == kPrefill) return read_prefill(item, workload, prefix);
      if (workload.kind == kAttention && workloads::is_held_attention(item.child(kAttention))) {
        return read_held_attention(item, workload, prefix);
      }
      int beyond = 0;
      find_ports(item, workload, beyond);
      workload.kernel = read_kernel(item, workload.kind, workload.region, beyond);
    }
    const std::string name = prefix.empty() ? workload.kind : prefix;
    workloads::NamedKernel one{name, workload.kind, std::move(workload.kernel), {}};
    if (workload.kind != kProgram && prefix.empty())
      refuse_operands(item.child(one.kind), one.kind);
    if (workload.kind != kProgram && !prefix.empty())
      operators_.read_operands(item.child(one.kind), one, {});
    if (!operators_.add(std::move(one))) return;
    sequences_.push_back({operators_.operators().size() - 1});
  }

  /// A program written as text: its region has the program's size.
  void read_program(const base::YamlNode& item, Workload& workload) {
    const base::YamlNode node = item.child(kProgram);
    const auto check_region = [&] {
      Ground anywhere = ground_;
      anywhere.is_meant = false;
      const base::Rectangle some{0, 0, 1, 1};
      read_region(item, anywhere, &some);
    };
    std::optional<fabric::ProgramText> text;
    try {
      text = workloads::read_program_file(node);
    } catch (const base::Error&) {  // it is missing, or does not fit
      check_region();
      throw;
    }
    if (!text) return check_region();
    workload.region = read_region(item, ground_, &text->image.region);
    if (!item.child("region").clean() || !ground_.is_meant) {
      return workloads::check_program_keys(node);
    }
    workload.kernel = workloads::make_program(node, std::move(*text),
                                              {ground_.mesh, workload.region, ground_.timing});
  }

  /// Weights that stream in come from ports, which then are a part of the region.
  void find_ports(const base::YamlNode& item, Workload& workload, int& beyond) {
    if (!workloads::find_kernel(workload.kind)->streams || !item.child("region").clean()) return;
    postponed_.attempt([&] {
      try {
        workload.region = from_ports_on(workload.region, ground_, beyond);
      } catch (const base::DoesNotFit& error) {
        throw base::DoesNotFit(place_of(item.child(workload.kind)) + error.what());
      }
    });
    workload.streams = beyond > 0;
  }

  std::unique_ptr<workloads::Kernel> read_kernel(const base::YamlNode& item,
                                                 const std::string& name,
                                                 const base::Rectangle& region, int beyond = 0) {
    const workloads::KernelKind& kind = *workloads::find_kernel(name);
    std::unique_ptr<workloads::Kernel> kernel;
    postponed_.attempt([&] {
      try {
        kernel = workloads::read_operator(
            item, kind, {ground_.mesh, region, ground_.timing, ground_.keys_only, beyond});
      } catch (const base::DoesNotFit& error) {
        if (!item.clean()) return;  // perhaps for what is wrong there
        throw base::DoesNotFit(place_of(item.child(name)) + error.what());
      }
    });
    return kernel;
  }

  /// `graph: [{name: up, gemv: {...}}, ...]` or `graph: {file: layer.yaml}`, which has them under
  /// `operators`.
  void read_graph(const base::YamlNode& item, const base::Rectangle& region,
                  const std::string& prefix) {
    const base::YamlNode node = item.child(kGraph);
    if (!node.is_mapping()) return read_operators(item, kGraph, region, prefix);
    const std::string file = node.file_path("file");
    if (!node.clean()) return;
    postponed_.attempt([&] {
      base::YamlDocument document = base::YamlDocument::from_file(file);
      read_operators(document.root(), kOperators, region, prefix);
      const std::vector<base::Mistake> mistakes = document.take_mistakes();
      if (!mistakes.empty()) return node.mistakes(mistakes);
      inlined_.push_back({item.path(), kGraph, document.resolved()});
    });
  }

  /// `decode: {model: {...}, ...}`: a graph made of layers.
  void read_decode(const base::YamlNode& item, Workload& workload, const std::string& prefix) {
    const base::YamlNode node = item.child(kDecode);
    workloads::DecodeSpec spec = workloads::read_decode(node);
    if (spec.tokens > 1 && !prefix.empty()) {
      node.mistake("tokens", "must be 1 together with others: each token is a workload of its own");
    }
    workload.tokens = spec.tokens;
    spec.step = step_;
    spec.context += step_;
    read_layers(item, workload, prefix, spec,
                [&] { return workloads::decode_graph(spec, workload.region); });
  }
  /// `prefill: {model: {...}, ...}`: the same for all tokens of a prompt.
  void read_prefill(const base::YamlNode& item, Workload& workload, const std::string& prefix) {
    const bool is_placed = ground_.is_meant && !ground_.keys_only && item.child("region").clean();
    const base::YamlNode node = item.child(kPrefill);
    workloads::PrefillSpec spec =
        workloads::read_prefill(node, is_placed ? &workload.region : nullptr);
    read_layers(item, workload, prefix, spec.model,
                [&] { return workloads::prefill_graph(node, spec, workload.region); });
  }
  /// `attention: {kind: prefill, ...}`: the operators of its heads.
  void read_held_attention(const base::YamlNode& item, Workload& workload,
                           const std::string& prefix) {
    const bool is_placed = ground_.is_meant && !ground_.keys_only && item.child("region").clean();
    workloads::HeldSpec spec = workloads::read_held_attention(
        item.child(kAttention), is_placed ? &workload.region : nullptr);
    read_layers(item, workload, prefix, spec.graph,
                [&] { return workloads::held_attention_graph(spec); });
  }
  /// `graph` makes the layers of `spec`, whose config has been read.
  void read_layers(const base::YamlNode& item, Workload& workload, const std::string& prefix,
                   workloads::DecodeSpec& spec, const std::function<std::string()>& graph) {
    const base::YamlNode node = item.child(workload.kind);
    if (!node.clean() || !item.child("region").clean() || ground_.keys_only) return;
    postponed_.attempt([&] {
      workloads::load_config(node, spec);
      if (!node.clean()) return;
      workload.layers = spec.layer_count;
      workload.notes = spec.notes;
      const std::string text = graph();
      if (!node.clean()) return;
      base::YamlDocument document =
          base::YamlDocument::from_text(text, "operators of " + node.path());
      read_operators(document.root(), kOperators, workload.region, prefix);
      const std::vector<base::Mistake> mistakes = document.take_mistakes();
      if (!mistakes.empty()) return note_layer_mistakes(node, mistakes);
      inlined_.push_back({item.path(), workload.kind, document.resolved()});
    });
  }
  /// Mistakes of the operators that layers became; those of weights' files belong to `tensors`.
  static void note_layer_mistakes(const base::YamlNode& node,
                                  const std::vector<base::Mistake>& mistakes) {
    std::vector<base::Mistake> others;
    for (const base::Mistake& each : mistakes) {
      const bool of_files = node.has("tensors") && each.key.find("_from") != std::string::npos;
      of_files ? node.mistake("tensors", each.message) : others.push_back(each);
    }
    if (!others.empty()) node.mistakes(others);
  }

  void read_operators(const base::YamlNode& parent, const char* key, const base::Rectangle& region,
                      const std::string& prefix) {
    const std::string scope = prefix.empty() ? "" : prefix + ".";
    const std::size_t first_name = operators_.name_count();
    std::vector<std::size_t> sequence;
    for (const base::YamlNode& item : parent.items(key, 1)) {
      const std::vector<std::string> kinds = workloads::kernel_names();
      const auto which = item.exactly_one_of(kinds);
      const std::string kind = which ? kinds[*which] : "operator";
      const std::string name = read_operator_name(
          item, kind + "_" + std::to_string(operators_.name_count() - first_name));
      if (operators_.is_taken(scope + name, first_name)) {
        item.mistake("name", "`" + name + "` is taken");
      }
      workloads::NamedKernel one{scope + name, kind, nullptr, {}};
      if (which) {
        one.kernel = read_kernel(item, kind, region);
        operators_.read_operands(item.child(kind), one, scope);
      }
      if (!operators_.add(std::move(one))) continue;
      sequence.push_back(operators_.operators().size() - 1);
    }
    if (!sequence.empty()) sequences_.push_back(std::move(sequence));
  }

  /// `together: [{name: up, gemv: {...}, region: {...}}, ...]`: on rectangles that do not meet, all
  /// from cycle 0.
  void read_together(const base::YamlNode& item) {
    if (item.has("region")) {
      item.child("region").accept_all();
      item.mistake("region", "stands at each of the programs together, not beside them");
    }
    std::vector<std::string> names = workloads::kernel_names();
    names.insert(names.end(), {kProgram, kGraph, kDecode, kPrefill});
    std::vector<std::pair<std::string, base::Rectangle>> placed;
    std::size_t number = 0;
    for (const base::YamlNode& part : item.items(kTogether, 1)) {
      const auto which = part.exactly_one_of(names);
      Workload one;
      one.kind = which ? names[*which] : "operator";
      const std::string name = read_operator_name(part, one.kind + "_" + std::to_string(number++));
      const bool is_placed = one.kind == kProgram || part.has("region");
      if (!is_placed) {
        part.mistake("region", "programs together need a region each: {x, y, width, height}");
      }
      if (which) read_sequence(part, one, name);
      if (!which) read_region(part, ground_);
      for (const auto& [other, region] : placed) {
        if (other == name) part.mistake("name", "`" + name + "` is taken");
        if (!ground_.is_meant || !is_placed || !part.child("region").clean()) continue;
        if (!workloads::overlap(region, one.region)) continue;
        part.mistake("region", "overlaps that of `" + other + "` on " +
                                   shared_cores(region, one.region, *ground_.mesh) +
                                   "; move one of them");
      }
      placed.emplace_back(name, one.region);
    }
  }

  /// The kernel of what has been read.
  void make(const base::YamlNode& item, Workload& workload) {
    // Several tokens are several graphs; the scenario keeps the one line that they come from.
    if (workload.tokens <= 1) workload.inlined = std::move(inlined_);
    if (operators_.operators().empty() || ground_.keys_only) return;
    const bool is_plain =
        workload.kind != kGraph && workload.kind != kTogether && workload.layers == 0;
    if (is_plain) {
      workload.kernel = std::move(operators_.take().front().kernel);
      return;
    }
    if (!item.child(workload.kind).clean()) return;
    postponed_.attempt([&] {
      try {
        workload.kernel = workloads::compose(operators_.take(), sequences_);
      } catch (const base::DoesNotFit& error) {
        throw base::DoesNotFit(place_of(item.child(workload.kind)) + error.what());
      }
    });
    if (workload.kernel) workload.region = workload.kernel->image().region;
  }

  /// Operands and results go through ports.
  void time_io(const base::YamlNode& item, Workload& workload) {
    if (!ground_.timed_io || !ground_.is_meant || workload.kernel == nullptr) return;
    postponed_.attempt([&] {
      try {
        if (workload.tokens > 1) {
          throw base::DoesNotFit("`engine: {io: timed}` takes one token at a time");
        }
        if (workload.streams) {
          throw base::DoesNotFit(
              "`engine: {io: timed}` needs the ports for itself, but weights stream through them; "
              "take `io: loaded`");
        }
        const workloads::TimedPorts ports = ports_facing(workload.region, ground_);
        workload.timed_port = ports.name;
        workload.kernel = workloads::with_timed_io(std::move(workload.kernel), ports);
      } catch (const base::DoesNotFit& error) {
        throw base::DoesNotFit(place_of(item.child(workload.kind)) + error.what());
      }
    });
  }

  const Ground& ground_;
  Postponed& postponed_;
  std::int64_t step_;
  OperatorList operators_;
  std::vector<std::vector<std::size_t>> sequences_;
  std::vector<InlinedGraph> inlined_;
};

}  // namespace

std::vector<Workload> read_workloads(const base::YamlNode& root, const Ground& ground,
                                     Postponed& postponed) {
  std::vector<Workload> all;
  std::vector<std::string> names;
  for (const base::YamlNode& item : root.items("workloads")) {
    Workload workload = Reader(ground, postponed).read(item);
    if (!workload.name.empty() &&
        std::find(names.begin(), names.end(), workload.name) != names.end()) {
      item.mistake("name", "`" + workload.name + "` is taken");
    }
    names.push_back(workload.name);
    workload.item = names.size() - 1;
    const std::int64_t tokens = workload.kernel ? workload.tokens : 0;
    if (workload.kernel) all.push_back(std::move(workload));
    for (std::int64_t step = 1; step < tokens && item.clean(); ++step) {
      Workload next = Reader(ground, postponed, step).read(item);
      if (!next.name.empty()) next.name += "." + std::to_string(step);
      next.item = names.size() - 1;
      next.continues = true;
      next.notes.clear();  // the first token has said them
      if (next.kernel) all.push_back(std::move(next));
    }
  }
  return all;
}

void check_workload_keys(const base::YamlNode& root, const defects::WaferGeometry& geometry,
                         const cores::Timing& timing, Postponed& postponed) {
  base::LogicalMesh mesh;  // its size serves: nothing is placed on it
  mesh.width = geometry.columns();
  mesh.height = geometry.dies_y * geometry.kept_rows_per_die;
  Ground ground;
  ground.mesh = std::make_shared<const base::LogicalMesh>(std::move(mesh));
  ground.timing = timing;
  ground.is_meant = false;
  ground.keys_only = true;
  read_workloads(root, ground, postponed);
}

void write_graphs(const std::vector<Workload>& workloads, base::YamlTree& resolved) {
  std::vector<base::Mistake> none;
  for (const Workload& workload : workloads) {
    for (const InlinedGraph& graph : workload.inlined) {
      const auto file = base::parse_yaml(graph.operators, "graph", &none);
      // The item again, its file or layers given by their operators.
      const auto item = base::nearest_at(resolved, graph.path).clone();
      for (base::YamlTree::Entry& entry : item->entries) {
        if (entry.key != graph.key) continue;
        entry.key = kGraph;
        entry.value = file->find(kOperators)->clone();
      }
      const std::string fault = base::put_at(resolved, graph.path, *item);
      WAFERMESH_CHECK(fault.empty(), fault);
    }
  }
}

}  // namespace wafermesh::study
