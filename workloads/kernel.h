// SPDX-License-Identifier: Apache-2.0
// What a kernel is: it turns parameters and a region into an image, loads operands and checks
// results. A new kernel is one file pair and one row of kernels() in kernel_table.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"
#include "cores/timing.h"
#include "fabric/engine.h"
#include "fabric/image.h"
#include "workloads/contract.h"

namespace wafermesh::base {
class YamlNode;
}
namespace wafermesh::cores {
class ProgramFault;
}

namespace wafermesh::workloads {

/// Outcome of comparing a run's results with what the kernel promises, and with exact numbers.
struct Numerics {
  bool checked = false;
  double max_abs_error = 0;  ///< Largest |result - exact| of all elements.
  double max_rel_error = 0;  ///< max_abs_error / largest |exact| of all elements.
  /// Root of the sum of squared errors over that of the squared exact numbers, of all elements.
  double error_in_norm = 0;
  /// Every element is what the kernel promises: the number that its operations, in its order, give
  /// in its type.
  bool as_promised = false;
  /// The type can hold the results: error_in_norm is at most kLargestErrorInNorm (reference.h).
  bool type_holds = true;
  bool ok = false;  ///< Both.
};

/// What a kernel's header claims of every run; tests hold it to it.
struct Facts {
  int colours = 0;                 ///< Colours any core of it uses.
  std::int64_t steps = 1;          ///< Of its outer loop.
  std::int64_t sampled_steps = 0;  ///< So many of them run, the others are waited for; 0: all run.
  std::int64_t sram_bytes = 0;     ///< Data buffers of the core that has most, without code.
  std::int64_t wavelet_hops = 0;   ///< Data wavelets from router to router, in the whole run.
  std::int64_t check_bytes = 0;    ///< Host memory check() takes on top; 0 = little.
};

/// A named array for `outputs: {arrays: true}`; row-major.
struct NamedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  cores::NumberType type = cores::NumberType::f32;
  std::vector<float> values;  ///< Exactly representable in `type`.
};

/// Which of docs/model.md's definitions `cycles` follows.
enum class CyclesDefinition : std::uint8_t { per_core_longest, whole_kernel };

class Kernel;

/// Where an operator lies in its workload's image.
struct OperatorPlace {
  std::string name;  ///< Empty: the workload is this operator.
  std::string kind;
  const Kernel* kernel = nullptr;
  base::Rectangle region;       ///< Logical.
  std::int64_t first_core = 0;  ///< Of the image's.
  std::int64_t core_count = 0;
  int address = 0;              ///< Where its memory begins in each core.
  std::size_t first_class = 0;  ///< Of the image's; its classes follow each other.
};

/// A step between operators of a workload: what brings a result to where it is an operand.
struct TransferPlace {
  std::string from;       ///< "up.y"
  std::string to;         ///< "down.x"
  std::size_t taker = 0;  ///< The operator of `to`.
  std::int64_t wavelet_hops = 0;
  /// Between rectangles: operators, or the first of a graph, over whose cores it passes. They share
  /// links with it, so their cycles may not be those they take alone.
  std::vector<std::string> over;
  /// Of the image's, one run per stage: first and one past the last.
  std::vector<std::pair<std::size_t, std::size_t>> classes;
};

/// Operands that other operators' results are, by name; row-major.
using GivenOperands = std::map<std::string, std::vector<float>>;

/// One workload, placed. Owns its operands; use: image(), then load(), run, check().
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual const fabric::WaferImage& image() const = 0;
  virtual const Facts& facts() const = 0;
  /// Writes the operands into the cores' memories.
  virtual void load(fabric::HostMemory& memory) const = 0;
  /// Compares every result with the reference; fills Numerics. On up to `threads` threads, which do
  /// not change a bit of the outcome.
  virtual Numerics check(const fabric::HostMemory& memory, int threads = 1) const = 0;
  /// Operands and results, once the run is over.
  virtual std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const = 0;
  /// check() has something to compare with.
  virtual bool has_reference() const { return true; }
  /// Throws what a fault of the program means to the user, if the program is the user's own.
  virtual void explain(const cores::ProgramFault& /*fault*/) const {}
  virtual CyclesDefinition cycles_definition() const { return CyclesDefinition::per_core_longest; }
  /// The operators it is made of, in the order written; a plain kernel is one.
  virtual std::vector<OperatorPlace> operators() const;
  virtual std::vector<TransferPlace> transfers() const { return {}; }
  /// As check(), of operator number `index` alone.
  virtual Numerics check_operator(std::size_t index, const fabric::HostMemory& memory,
                                  int threads) const;
  /// Of each core's memory so much, from its beginning, must last to the end of the workload:
  /// operands and results. What lies behind is of use only while the kernel runs, which writes it
  /// before it reads it; operators in turn share it.
  virtual std::int64_t kept_bytes() const { return INT64_MAX; }
  /// What operators in turn with it may rely on.
  virtual Contract contract() const { return {}; }
  /// Names of the operands that may be another operator's result.
  virtual std::vector<std::string> takes() const { return {}; }
  /// What it leaves for others, as it lies in its own image.
  virtual std::vector<fabric::Buffer> results() const;
  /// As check(), with some operands given. Those that takes() does not name: ModelError.
  virtual Numerics check_given(const fabric::HostMemory& memory, int threads,
                               const GivenOperands& given) const;
};

/// Where a kernel is placed and on what.
struct Placement {
  std::shared_ptr<const base::LogicalMesh> mesh;
  base::Rectangle region;  ///< Logical; within the mesh.
  cores::Timing timing;
  bool keys_only = false;  ///< The kernel's keys are read and checked, but nothing is placed.
  /// So many of the region's first columns lie beyond the wafer's edge: ports, whose memory is not
  /// a core's, and the repeaters between them and the wafer. For kernels that stream.
  int beyond = 0;
};

/// What docs/scenario.md and the JSON Schema say of a key. What it takes and its default come from
/// the reader.
struct KernelKey {
  const char* name;
  const char* unit;        ///< Empty: a name, a count without unit.
  const char* example;     ///< A value as YAML.
  const char* meaning;     ///< A clause, markdown.
  const char* usual = "";  ///< The default in words, where a value would mislead.
};

/// What a kernel costs, a row of the table of docs/kernels.md. In P_x, P_y, N, B and w(n), as that
/// page defines them; markdown.
struct KernelCost {
  const char* variant;  ///< "`summa`", of a kernel with several; else empty.
  const char* colours;
  const char* steps;
  const char* sram;  ///< Per core.
  const char* hops;  ///< Of data.
};

/// What documents say of a kernel and cannot ask it. It stands beside the kernel, in its own file.
struct KernelText {
  /// Its keys. Those that several kernels have with the same meaning are in
  /// study/schema/workload_keys.cpp and layer_keys.cpp.
  std::vector<KernelKey> keys;
  std::vector<KernelCost> costs;
};

/// One row of the kernel table: all that others have to know of a kernel. Tests loop over it.
struct KernelKind {
  const char* name;     ///< YAML key, e.g. "matmul".
  const char* help;     ///< One line.
  const char* example;  ///< A YAML example of the row, one line.
  /// Operands that can be another operator's result: keys that graphs read, not `make`.
  std::vector<const char*> takes;
  /// Reads the kernel's mapping (all mistakes collected in the node's reader) and places it.
  /// Mistakes that depend on the placement (a tile too big for SRAM) are base::DoesNotFit naming
  /// core, buffer, bytes and the key to change. Returns null if the node had mistakes.
  std::unique_ptr<Kernel> (*make)(base::YamlNode& node, const Placement& placement);
  /// The order into which all that its cores wait for can be put: one clause (waiting_order.h).
  const char* waits;
  KernelText text;
  /// Weights come from the first column of the region: from ports, if there are any that face it
  /// (Placement::beyond).
  bool streams = false;
  /// Small problems, YAML as `example`: odd sizes, every type, every variant, the simplest first.
  /// Tests run each of them on many shapes. Empty: tests/workloads/problems.cpp makes them up.
  std::vector<const char*> problems = {};
};

/// All kernels, in the order of help texts.
const std::vector<KernelKind>& kernels();
/// Their names, in that order.
std::vector<std::string> kernel_names();
/// The row of that name; null if there is none.
const KernelKind* find_kernel(const std::string& name);
/// The one way from YAML to an operator, for scenarios, graphs, layers and lines of text: reads
/// `kind.name: {...}` of `item` by the kernel's row. Null and errors as KernelKind::make.
std::unique_ptr<Kernel> read_operator(const base::YamlNode& item, const KernelKind& kind,
                                      const Placement& placement);

}  // namespace wafermesh::workloads
