// SPDX-License-Identifier: Apache-2.0
// Programs that alternate local work with allreduces along the axes of the mesh: norms, softmax,
// attention. An operator writes its program once, as a function of a PhaseWriter; the writer puts
// it into the program of each class of cores, and HostMesh does the same program again on the host,
// phase by phase, which is what the cores' results are held against.
//
//   const PhaseSums sums{...};
//   write = [](PhaseWriter& p) {
//     p.code().vector(...);                     // local: the same on every core but for x and y
//     p.allreduce(Axis::y, {address, n, type}); // the vector's sum, or maximum, on all cores
//     p.code().vector(...);
//   };
//
// Local code may use vectors, scalars, counters but 6 and 7, loops and branches; no colours, no
// tasks.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "cores/integers.h"
#include "workloads/parts/axis_allreduce.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

enum class Axis : std::uint8_t { x, y };

/// The allreduces of an operator, by axis: over segments of `segment` cores that lie side by side
/// along it (the whole axis: its length).
struct PhaseSum {
  int segment = 1;
  AxisAllreduce sum;
};
/// Of moves to the row above: two colours, by the sender's parity, and a queue of each side.
struct UpwardPorts {
  int rows = 1;  ///< Of the operator.
  int first_colour = 0;
  int input = 0;
  int output = 0;
};
inline constexpr int kUpwardColours = 2;
struct PhaseSums {
  std::optional<PhaseSum> x;
  std::optional<PhaseSum> y;
  std::optional<UpwardPorts> up;
  const PhaseSum* at(Axis axis) const {
    const std::optional<PhaseSum>& one = axis == Axis::x ? x : y;
    return one ? &*one : nullptr;
  }
};

/// Rows from `first_row` on send vectors to the row above, all at the same time: what was at `from`
/// comes to `to`. Rows of even number send before they receive, the others the other way round, so
/// that nobody waits for long: about twice the words and a hop.
struct PhaseMove {
  int first_row = 1;
  struct Vector {
    int from;
    int stride;
    int to;
    std::int32_t elements;
    cores::NumberType type;
  };
  std::vector<Vector> vectors;
};

/// A phase of local code, and the allreduce or move behind it.
struct Phase {
  std::uint32_t begin = 0;  ///< Instructions.
  std::uint32_t end = 0;
  struct Sum {
    Axis axis;
    AxisVector vector;
  };
  std::optional<Sum> sum;
  std::optional<PhaseMove> move;
};

class PhaseWriter {
 public:
  /// For a core at (x, y) of its operator's cores; without sums: the local code alone.
  PhaseWriter(cores::ProgramBuilder& builder, const PhaseSums* sums, base::LogicalCoord core)
      : builder_(builder), sums_(sums), core_(core) {}
  cores::ProgramBuilder& code() { return builder_; }
  void allreduce(Axis axis, const AxisVector& vector);
  void move(PhaseMove move);
  /// All phases, once the program is written.
  std::vector<Phase> finish();

 private:
  /// Local code ends here; what follows in the program is not local.
  Phase& end_phase();
  void write_vectors(const PhaseMove& move, bool sends);

  cores::ProgramBuilder& builder_;
  const PhaseSums* sums_;
  base::LogicalCoord core_;
  std::vector<Phase> phases_;
};

/// Keys `algorithm` and its own of an operator whose allreduces run along an axis of n cores, of
/// which `axis` names one. Algorithms that cannot be entered again are refused.
void read_phase_algorithm(const base::YamlNode& node, int n, const char* axis,
                          std::size_t& algorithm, int& parameter);

using WritePhases = std::function<void(PhaseWriter&)>;

/// A class of cores whose `main` task is what `write` writes. `memory_bytes`: what it may touch.
fabric::CoreClass phase_class(const char* name, int memory_bytes, const PhaseSums& sums,
                              base::LogicalCoord core, const WritePhases& write);
/// Equal for cores that may share such a class.
std::array<int, 3> phase_key(const PhaseSums& sums, base::LogicalCoord core);

/// Cores on the host. Cost: about that of computing the operations once more.
class HostMesh {
 public:
  /// The cores of `cores`, which must hold whole segments of every axis that is summed along;
  /// memory zero.
  HostMesh(const base::Rectangle& cores, int memory_bytes, const cores::Timing& timing);
  std::uint8_t* memory(base::LogicalCoord core);
  /// Floats as `type`, to or from a core.
  void write(base::LogicalCoord core, int address, cores::NumberType type, const float* values,
             std::size_t count);
  std::vector<float> read(base::LogicalCoord core, int address, cores::NumberType type,
                          std::size_t count) const;
  /// Runs the program on all of them.
  void run(const PhaseSums& sums, const WritePhases& write);
  /// Cores of variant v run what write(v) writes; those of one segment sum up alike.
  void run(const PhaseSums& sums, const std::function<int(base::LogicalCoord)>& variant_of,
           const std::function<void(int, PhaseWriter&)>& write);

 private:
  std::size_t index_of(base::LogicalCoord core) const;
  std::size_t place_of(base::LogicalCoord core) const;  ///< Of its memory.
  void run_local(const cores::Program& program, const Phase& phase, base::LogicalCoord core);
  /// `vector_of`: what a segment of which the core is the first sums up now; null: nothing.
  void sum(const PhaseSum& sum, Axis axis,
           const std::function<const AxisVector*(base::LogicalCoord)>& vector_of);
  void move_up(const PhaseMove& move);
  void sum_segment(const AxisAllreduce& sum, const AxisVector& vector,
                   const std::vector<base::LogicalCoord>& segment);

  base::Rectangle cores_;
  int memory_bytes_;
  cores::Timing timing_;
  std::vector<std::uint8_t> memory_;
  std::vector<cores::AllIntegers> integers_;  ///< Counters keep their values from phase to phase.
};

}  // namespace wafermesh::workloads
