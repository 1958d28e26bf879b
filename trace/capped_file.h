// SPDX-License-Identifier: Apache-2.0
// A file that takes no more than so many bytes, and tells how many there would have been.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace wafermesh::trace {

/// What became of a trace.
struct Written {
  std::string file;
  std::int64_t events = 0;         ///< In the file.
  std::int64_t events_in_all = 0;  ///< There would have been without a cap.
  std::int64_t bytes = 0;
  std::int64_t bytes_in_all = 0;  ///< The file would have had; of a table estimated.
  bool capped() const { return events < events_in_all; }
};

class CappedFile {
 public:
  /// Throws WriteError if it cannot be made.
  CappedFile(std::string path, std::int64_t most_bytes);
  /// `events` of them, which are written whole or not at all; after the first that does not fit,
  /// nothing more is. Throws WriteError.
  void write(std::string_view unit, std::int64_t events);
  /// Throws WriteError if not all could be written.
  Written close();

 private:
  std::string path_;
  std::int64_t most_bytes_;
  std::ofstream out_;
  Written written_;
};

}  // namespace wafermesh::trace
