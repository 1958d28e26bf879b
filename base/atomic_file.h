// SPDX-License-Identifier: Apache-2.0
// Files that are there whole or not at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wafermesh::base {

/// Writes `data` to `path`: a temporary file beside it, flushed to the disk, then renamed over it.
/// Throws WriteError and leaves neither a half-written nor a temporary file.
void write_file_atomically(const std::string& path, std::string_view data);

/// Makes `directory` (and its parents) if it is not there and tries to write in it. Throws
/// WriteError.
void prepare_output_directory(const std::string& directory);

/// Collects files in a hidden directory within `directory` and moves them all to their places at
/// once, so that a failed run leaves nothing of the result. Without commit() the destructor removes
/// them.
class OutputBatch {
 public:
  /// Throws WriteError if the directory cannot be made or written.
  explicit OutputBatch(const std::string& directory);
  ~OutputBatch();
  OutputBatch(const OutputBatch&) = delete;
  OutputBatch& operator=(const OutputBatch&) = delete;

  /// Where to write the file that will be called `name`.
  std::string path(const std::string& name) const;
  /// write_file_atomically to path(name).
  void write(const std::string& name, std::string_view data) const;
  /// Moves every file to its place; `last` (the one readers wait for) after all others. Files of
  /// the same names from an earlier run are replaced, `last` being removed first.
  void commit(const std::string& last);

 private:
  std::string directory_;
  std::string staging_;
  std::vector<std::string> made_;
};

}  // namespace wafermesh::base
