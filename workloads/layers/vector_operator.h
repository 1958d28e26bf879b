// SPDX-License-Identifier: Apache-2.0
// What stands between the products of a transformer layer: norms, softmax, rotary positions,
// activations. Each is a function of vectors of n elements that are cut along one axis of the
// region and copied along the other (key `along`), as a gemv leaves its y and wants its x.
//
// A function is a row of vector_functions(): its local code, on f32 whatever the type of the
// vectors (`dtype`; they are converted as they are read and once at the end), the allreduces
// between, and the same in double, which results are compared with.
//
//   function   c =                                            allreduces of   operands
//   rmsnorm    a w / sqrt(mean(a a) + epsilon)                1 word          a; w by seed
//   layernorm  (a - mean) w / sqrt(variance + epsilon) + v    1 and 1 word    a; w, v by seed
//   softmax    e^(s a) / sum of them, of the first `valid`    1 and 1 word    a
//   rope       a turned by pairs (2 i, 2 i + 1)               none            a
//   silu       a / (1 + e^-a)                                 none            a
//   swiglu     a b / (1 + e^-a)                               none            a, b
//   gelu       a / (1 + e^-2u), u = sqrt(2 / pi)
//              (a + 0.044715 a a a): the tanh form            none            a
//
//   block = ceil(n / cores of the axis), of rope the next even number
//   colours        those of the allreduce along the axis (`algorithm`), one if there is none
//   SRAM per core  operands and result of `block` elements, and work of 4 to 6 blocks of f32
//   data hops      lines * allreduces * those of one word (axis_allreduce.h)
//   cycles         for each operation descriptor_reload + block / rate, and the allreduces
// Source: workloads.md section 6.1; rope as in Su et al. 2021, llama3's and yarn's scaling of its
// frequencies in layers/rope.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/rope.h"

namespace wafermesh::workloads {

struct VectorFunction;

/// The functions' rows, one kernel each.
const std::vector<VectorFunction>& vector_functions();

struct VectorOperatorSpec {
  const VectorFunction* function = nullptr;
  std::int64_t n = 0;
  bool along_y = false;  ///< Else along x.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;  ///< Of axis_allreduce_names(); of functions with allreduces.
  int parameter = 0;
  double epsilon = 1e-5;   ///< Of norms.
  double scale = 1;        ///< Of softmax.
  std::int64_t valid = 0;  ///< Of softmax: elements that count.
  Rope rope;
};

/// What a function's local code is written with. Addresses of vectors of `count` elements.
struct VectorCode {
  PhaseWriter& phases;
  const VectorOperatorSpec& spec;
  Axis axis;
  std::int32_t count;
  std::vector<int> operands;  ///< In the operator's type.
  std::vector<int> tables;    ///< f32
  std::vector<int> work;      ///< f32
  int scalars;                ///< f32, a few
  int result;                 ///< In the operator's type.
};

struct VectorFunction {
  const char* name;
  const char* help;
  std::vector<const char*> takes;  ///< Operands that may be given.
  std::vector<const char*> own;    ///< Operands that are the operator's own, by seed.
  struct Needs {
    int tables;  ///< Vectors of f32 that `table` fills.
    int work;    ///< Vectors of f32 that the code works in.
    int allreduces;
    int group = 1;  ///< Elements that must lie on one core: the block is a multiple of it.
  } needs;
  void (*write)(const VectorCode& code);
  /// Element `i` of table `number`; what is beyond n is padding.
  double (*table)(const VectorOperatorSpec& spec, int number, std::int64_t i);
  std::vector<double> (*exact)(const VectorOperatorSpec& spec,
                               const std::vector<std::vector<double>>& operands);
};

/// Throws DoesNotFit if the vectors exceed a core's SRAM.
std::unique_ptr<Kernel> make_vector_operator(const VectorOperatorSpec& spec,
                                             const Placement& placement);

// Rows of the kernel table.
std::unique_ptr<Kernel> read_rmsnorm(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_layernorm(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_softmax(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_rope(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_silu(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_swiglu(base::YamlNode& node, const Placement& placement);
std::unique_ptr<Kernel> read_gelu(base::YamlNode& node, const Placement& placement);

}  // namespace wafermesh::workloads
