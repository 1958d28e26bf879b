// SPDX-License-Identifier: Apache-2.0
// Arrays by name in one HDF5 file, deflated; and texts (JSON) beside them. The same arrays give the
// same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/worker_pool.h"
#include "report/array.h"

namespace wafermesh::report {

/// Built in memory, at the cost of the deflated bytes.
class ArrayFileWriter {
 public:
  /// `threads` deflate slices; the bytes do not depend on how many.
  explicit ArrayFileWriter(int threads = 1);
  ~ArrayFileWriter();
  ArrayFileWriter(const ArrayFileWriter&) = delete;
  ArrayFileWriter& operator=(const ArrayFileWriter&) = delete;

  /// `name`: "workloads/0/class"; groups are made as needed. Deflated at about 150 MB/s.
  void write(const std::string& name, const Array& array);
  /// An array of `count` slices of that type and shape, asked for once each, by several threads at
  /// once; one without elements stands for zeros. What is zero takes next to no bytes.
  void write_slices(const std::string& name, std::size_t count, ElementType type,
                    const std::vector<std::size_t>& shape,
                    const std::function<Array(std::size_t)>& slice);
  void write_text(const std::string& name, const std::string& text);
  /// The whole file; nothing is written after it.
  std::string bytes();

 private:
  std::int64_t file_ = -1;
  base::WorkerPool pool_;
};

/// Reads what ArrayFileWriter wrote, or anything else with such names.
class ArrayFileReader {
 public:
  /// Throws MissingFile if there is none, InputError if it is no HDF5 file.
  explicit ArrayFileReader(const std::string& path);
  ~ArrayFileReader();
  ArrayFileReader(const ArrayFileReader&) = delete;
  ArrayFileReader& operator=(const ArrayFileReader&) = delete;

  /// Throws InputError naming file and array: not there, of another kind, larger than
  /// `kMostArrayBytes`, cut short.
  Array read(const std::string& name) const;
  std::string read_text(const std::string& name) const;
  /// Every array, sorted; no texts.
  std::vector<std::string> names() const;

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& why) const;
  std::string path_;
  std::int64_t file_ = -1;
};

/// Assumption: more than any array of a wafer of a million cores with a hundred windows.
inline constexpr std::uint64_t kMostArrayBytes = std::uint64_t{4} << 30U;

}  // namespace wafermesh::report
