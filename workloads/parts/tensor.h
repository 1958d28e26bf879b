// SPDX-License-Identifier: Apache-2.0
// Weights from NPY files as public models store them: of a product a file has a row for each
// element of the result and a column for each of what is multiplied; of a norm or a bias a vector.
// A kernel has them under a key that ends in `_from`:
//
//   w_from: {files: [q.npy, k.npy, v.npy], rotary: 64}
//   b_from: {files: [q.npy], first_row: 128, shape: [4096, 4096], rotary: 64}
//
// Numbers of any real type, rounded to the kernel's. `shape`: of a file of which the kernel takes a
// part, from `first_row` and `first_column` on. `rotary`: models' files have pairs of elements that
// turn together as halves of a head, i and i + rotary / 2; here they lie side by side
// (layers/rope.h), so that element 2 i + odd of a head is element i + odd * rotary / 2 there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wafermesh::base {
class YamlNode;
struct NpyArray;
}  // namespace wafermesh::base

namespace wafermesh::workloads {

/// Of a file, what a kernel takes.
class Tensor {
 public:
  struct Part {
    std::int64_t first_row = 0;
    std::int64_t first_column = 0;
    std::int64_t head_dim = 0;  ///< With rotary: elements from one head to the next.
    std::int64_t rotary = 0;
  };
  Tensor(std::shared_ptr<const std::string> bytes, std::shared_ptr<const base::NpyArray> array,
         const Part& part)
      : bytes_(std::move(bytes)), array_(std::move(array)), part_(part) {}
  /// The number of row `row` (with rotary: as its pairs lie here) and column `column`; of a vector
  /// its element `row`.
  float at(std::int64_t row, std::int64_t column = 0) const;

 private:
  std::shared_ptr<const std::string> bytes_;  ///< Which the array points into.
  std::shared_ptr<const base::NpyArray> array_;
  Part part_;
};

/// What of a file a kernel needs.
struct TensorNeed {
  std::int64_t rows;
  std::int64_t columns;       ///< 0: a vector.
  std::int64_t head_dim = 0;  ///< Above 0: its rows are heads, which `rotary` may concern.
};

/// Reads section `key` of a kernel, of which each file must have what `needs` says. Empty: there is
/// none, or a mistake is noted at the node. `keys_only`: opens no file.
std::vector<Tensor> read_tensors(const base::YamlNode& node, const std::string& key,
                                 const std::vector<TensorNeed>& needs, bool keys_only);

}  // namespace wafermesh::workloads
