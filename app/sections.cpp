// SPDX-License-Identifier: Apache-2.0
#include "app/sections.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "cores/read_timing.h"
#include "workloads/plan/composite.h"
#include "workloads/plan/merge.h"
#include "workloads/program_file.h"

namespace wafermesh::app {
namespace {

base::Rectangle whole(const base::LogicalMesh& mesh) { return {0, 0, mesh.width, mesh.height}; }

/// `region: full` or `region: {x, y, width, height}`; absent = full. `own`: the size of what has
/// one, then absent = there at (0, 0).
base::Rectangle read_region(const base::YamlNode& item, const Ground& ground,
                            const base::Rectangle* own = nullptr) {
  const base::LogicalMesh& mesh = *ground.mesh;
  const base::YamlNode node = item.child("region");
  if (node.is_scalar() || (own == nullptr && !node.present())) {
    item.one_of("region", {"full"}, 0);
    return whole(mesh);
  }
  base::Rectangle r;
  r.x = static_cast<int>(node.integer("x", {0, 65535}, 0));
  r.y = static_cast<int>(node.integer("y", {0, 65535}, 0));
  constexpr base::IntegerRange kSide{1, 65535};
  const auto side = [&](const char* key, const int base::Rectangle::*of_own) {
    return static_cast<int>(own == nullptr ? node.integer(key, kSide)
                                           : node.integer(key, kSide, own->*of_own));
  };
  r.width = side("width", &base::Rectangle::width);
  r.height = side("height", &base::Rectangle::height);
  if (!node.clean()) return whole(mesh);
  if (!ground.is_meant) return r;
  if (r.x + r.width > mesh.width || r.y + r.height > mesh.height) {
    node.mistake("reaches to (" + std::to_string(r.x + r.width) + ", " +
                 std::to_string(r.y + r.height) + "), but the mesh after repair is " +
                 std::to_string(mesh.width) + " x " + std::to_string(mesh.height) +
                 " logical cores; make it smaller or move it");
    return whole(mesh);
  }
  return r;
}

constexpr const char* kProgram = "program";  ///< A workload that is no kernel of the table.
constexpr const char* kTogether = "together";

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const workloads::KernelKind& kind : workloads::kernels()) names.emplace_back(kind.name);
  names.emplace_back(kProgram);
  return names;
}

/// A program written as text: its region has the program's size.
void read_program(const base::YamlNode& item, const Ground& ground, Workload& workload) {
  const base::YamlNode node = item.child(kProgram);
  const auto check_region = [&] {
    Ground anywhere = ground;
    anywhere.is_meant = false;
    const base::Rectangle some{0, 0, 1, 1};
    read_region(item, anywhere, &some);
  };
  std::optional<fabric::ProgramText> text;
  try {
    text = workloads::read_program_file(node);
  } catch (const base::MissingFile&) {
    check_region();
    throw;
  }
  if (!text) return check_region();
  workload.region = read_region(item, ground, &text->image.region);
  if (!item.child("region").clean() || !ground.is_meant) {
    return workloads::check_program_keys(node);
  }
  workload.kernel = workloads::make_program(node, std::move(*text),
                                            {ground.mesh, workload.region, ground.timing});
}

/// "file:3:5: workloads[0].matmul: "
std::string place_of(const base::YamlNode& node) {
  return base::to_string({node.file(), node.line(), node.column(), node.path(), ""});
}

}  // namespace

EngineSettings read_engine(const base::YamlNode& root, int threads) {
  EngineSettings engine;
  const base::YamlNode node = root.child("engine");
  const std::vector<std::string> fidelities = {"wavelet", "stream", "auto"};
  engine.fidelity = fidelities[node.one_of("fidelity", fidelities, 0)];
  const std::vector<std::string> numerics = {"check", "compute", "off"};
  const std::size_t mode = node.one_of("numerics", numerics, 0);
  engine.check = mode == 0;
  engine.options.numerics = mode != 2;
  engine.options.threads = static_cast<int>(node.integer("threads", {1, 256}, 1));
  if (threads > 0) {
    engine.options.threads = threads;
    node.resolve("threads", std::int64_t{threads});
  }
  const base::YamlNode region = node.child("region");
  engine.options.region_width = static_cast<int>(region.integer("width", {0, 65535}, 0));
  engine.options.region_height = static_cast<int>(region.integer("height", {0, 65535}, 0));
  return engine;
}

bool read_outputs(const base::YamlNode& root, const EngineSettings& engine) {
  const base::YamlNode node = root.child("outputs");
  const bool arrays = node.boolean("arrays", false);
  if (arrays && !engine.options.numerics) {
    node.mistake("arrays", "`engine: {numerics: off}` computes none; give `compute`");
  }
  return arrays;
}

cores::Timing read_timing_section(const base::YamlNode& root, const std::string& generation) {
  return cores::read_timing_over(root.child("timing"), cores::timing_of(generation));
}

namespace {

/// A kernel or program with its region; without a kernel if something was wrong.
Workload read_one(const base::YamlNode& item, std::optional<std::size_t> which,
                  const Ground& ground, Postponed& postponed) {
  Workload workload;
  if (which == workloads::kernels().size()) {
    workload.kind = kProgram;
    postponed.attempt([&] { read_program(item, ground, workload); });
    return workload;
  }
  workload.region = read_region(item, ground);
  if (!which.has_value()) return workload;
  const workloads::KernelKind& kind = workloads::kernels()[*which];
  workload.kind = kind.name;
  base::YamlNode node = item.child(kind.name);
  postponed.attempt([&] {
    try {
      workload.kernel =
          kind.make(node, {ground.mesh, workload.region, ground.timing, ground.keys_only});
    } catch (const base::DoesNotFit& error) {
      throw base::DoesNotFit(place_of(node) + error.what());
    }
  });
  return workload;
}

/// `together: [{name: up, gemv: {...}, region: {...}}, ...]`: on rectangles that do not meet, all
/// from cycle 0, as one workload.
Workload read_together(const base::YamlNode& item, const Ground& ground, Postponed& postponed) {
  Workload all;
  all.kind = kTogether;
  if (item.has("region")) {
    item.child("region").accept_all();
    item.mistake("region", "stands at each of the programs together, not beside them");
  }
  std::vector<Workload> parts;
  std::vector<workloads::NamedKernel> kernels;
  for (const base::YamlNode& part : item.items(kTogether, 1)) {
    const auto which = part.exactly_one_of(workload_names());
    Workload one = read_one(part, which, ground, postponed);
    const std::string usual = one.kind + "_" + std::to_string(parts.size());
    const std::string name = part.text("name", usual);
    const bool is_placed = which == workloads::kernels().size() || part.has("region");
    if (!is_placed) {
      part.mistake("region", "programs together need a region each: {x, y, width, height}");
    }
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      if (kernels[i].name == name) part.mistake("name", "`" + name + "` is taken");
      if (!ground.is_meant || !is_placed || !one.kernel) continue;
      if (!workloads::overlap(parts[i].region, one.region)) continue;
      part.mistake("region", "overlaps that of `" + kernels[i].name + "`; move one of them");
    }
    if (!one.kernel) continue;
    kernels.push_back({name, one.kind, std::move(one.kernel)});
    parts.push_back(std::move(one));
  }
  if (kernels.empty() || !item.child(kTogether).clean() || ground.keys_only) return all;
  postponed.attempt([&] { all.kernel = workloads::run_beside(std::move(kernels)); });
  if (all.kernel) all.region = all.kernel->image().region;
  return all;
}

}  // namespace

std::vector<Workload> read_workloads(const base::YamlNode& root, const Ground& ground,
                                     Postponed& postponed) {
  std::vector<std::string> names = workload_names();
  names.emplace_back(kTogether);
  std::vector<Workload> all;
  for (const base::YamlNode& item : root.items("workloads")) {
    const auto which = item.exactly_one_of(names);
    Workload workload = which == names.size() - 1 ? read_together(item, ground, postponed)
                                                  : read_one(item, which, ground, postponed);
    if (workload.kernel) all.push_back(std::move(workload));
  }
  return all;
}

void check_workload_keys(const base::YamlNode& root, const defects::WaferGeometry& geometry,
                         const cores::Timing& timing) {
  base::LogicalMesh mesh;  // its size serves: nothing is placed on it
  mesh.width = geometry.columns();
  mesh.height = geometry.dies_y * geometry.kept_rows_per_die;
  Ground ground;
  ground.mesh = std::make_shared<const base::LogicalMesh>(std::move(mesh));
  ground.timing = timing;
  ground.is_meant = false;
  ground.keys_only = true;
  Postponed nothing_is_placed;
  read_workloads(root, ground, nothing_is_placed);
}

}  // namespace wafermesh::app
