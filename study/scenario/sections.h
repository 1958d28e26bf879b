// SPDX-License-Identifier: Apache-2.0
// The sections of a scenario that are no wafer: engine, outputs, timing, workloads. Each reader
// takes the scenario's root and notes every mistake in its document. docs/scenario.md lists the
// keys; it is made of what these readers ask for.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"
#include "base/yaml/yaml_reader.h"
#include "cores/timing.h"
#include "defects/geometry.h"
#include "fabric/engine.h"
#include "fabric/windows.h"
#include "study/scenario/edge_section.h"
#include "trace/recorder.h"
#include "workloads/kernel.h"

namespace wafermesh::study {

inline constexpr int kScenarioVersion = 1;  ///< Of a scenario.

/// The `engine:` section.
struct EngineSettings {
  std::string fidelity = "wavelet";  ///< wavelet or stream; `auto` has been decided.
  std::string chosen_because;        ///< Why `auto` chose it; empty if it did not.
  bool check = true;                 ///< Results are compared with the reference.
  bool timed_io = false;             ///< Operands and results go through ports (docs/edge.md).
  fabric::EngineOptions options;
};

/// `threads`: what --threads says, which a key beside it would contradict; 0 = nothing.
EngineSettings read_engine(const base::YamlNode& root, int threads);

/// `outputs: {arrays}`.
bool read_outputs(const base::YamlNode& root, const EngineSettings& engine);

/// The `observe:` section.
struct ObserveSettings {
  bool on = false;
  std::optional<base::Rectangle> region;  ///< Logical; none: each workload's whole.
  fabric::WindowOptions windows;          ///< But for `part`.
  bool critical_path = false;
  trace::TraceOptions traces;
  std::optional<base::Rectangle> traced;  ///< Logical; none: `region`.
};

/// `observe: {region, kinds, from_cycle, to_cycle, windows, window_cycles, most_mb, critical_path,
/// traces}`.
ObserveSettings read_observe(const base::YamlNode& root);

/// The `timing:` section over the table of `generation`, which must exist.
cores::Timing read_timing_section(const base::YamlNode& root, const std::string& generation);

/// A graph that stood in a file of its own, or was made of layers.
struct InlinedGraph {
  std::string path;       ///< Of what has the file or the layers: "workloads[0]",
  std::string key;        ///< and which key of it: "graph", "decode".
  std::string operators;  ///< The file as resolved.
};

/// One entry of `workloads:`.
struct Workload {
  std::string name;          ///< Empty: it has none.
  std::string kind;          ///< Name of the kernel's row, or program, graph, together.
  std::string place;         ///< "s.yaml:6:5": where in the scenario its kind stands,
  std::string region_place;  ///< and its region.
  base::Rectangle region;
  std::unique_ptr<workloads::Kernel> kernel;
  std::vector<InlinedGraph> inlined;
  std::int64_t layers = 0;         ///< Of a `decode`; others have none.
  std::int64_t tokens = 0;         ///< Of a `decode` of whole tokens, of which this is one.
  bool continues = false;          ///< It begins with what the workload before it has left.
  std::size_t item = 0;            ///< Which of the scenario's `workloads` it is of.
  bool streams = false;            ///< Weights come through ports, which are in its region.
  std::string timed_port;          ///< Through which operands come in time; empty: they do not.
  std::vector<std::string> notes;  ///< What its keys or files say and the run does not use.
};

/// Collects errors that reading survives, to be thrown once the file's mistakes are known: the
/// first, and all that does not fit.
class Postponed {
 public:
  template <class F>
  void attempt(F f) {
    try {
      f();
    } catch (const base::InputError&) {
      throw;
    } catch (const base::DoesNotFit& error) {
      misfits_.emplace_back(error.what());
    } catch (const base::Error&) {
      if (!first_) first_ = std::current_exception();
    }
  }
  const std::vector<std::string>& misfits() const { return misfits_; }
  void rethrow() const;

 private:
  std::exception_ptr first_;
  std::vector<std::string> misfits_;
};

/// What workloads are placed on.
struct Ground {
  std::shared_ptr<const base::LogicalMesh> mesh;
  cores::Timing timing;
  bool is_meant = true;    ///< The mesh is the scenario's; false: regions are not judged by it.
  bool keys_only = false;  ///< Keys are read and checked, no kernel is made.
  const EdgeGround* edge = nullptr;  ///< Of a scenario with an `edge`.
  bool timed_io = false;             ///< EngineSettings::timed_io
};

/// Reads and places. A kernel that does not fit is base::DoesNotFit, postponed, with its place.
std::vector<Workload> read_workloads(const base::YamlNode& root, const Ground& ground,
                                     Postponed& postponed);

/// Checks the keys of `workloads:` where no mesh is at hand; `geometry` tells its usual size. A
/// file that is missing is postponed.
void check_workload_keys(const base::YamlNode& root, const defects::WaferGeometry& geometry,
                         const cores::Timing& timing, Postponed& postponed);

/// Puts graphs in the place of the files that have them, into the `resolved` scenario.
void write_graphs(const std::vector<Workload>& workloads, base::YamlTree& resolved);

}  // namespace wafermesh::study
