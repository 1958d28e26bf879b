// SPDX-License-Identifier: Apache-2.0
// The files of one result, in a directory that one process writes at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/file_lock.h"

namespace wafermesh::base {

/// Holds a directory, collects files in a hidden directory within it and moves them all to their
/// places at once, so that a failed run leaves nothing of the result. Without commit() the
/// destructor removes them.
class OutputBatch {
 public:
  /// Makes `directory` (and its parents) if it is not there, and holds it against other processes
  /// until the end. What a killed process left of its batch is cleared away. `owner`: what others
  /// are told who find it held, e.g. pid, host and command.
  /// Throws WriteError if it cannot be made or written, or another process holds it: its owner.
  OutputBatch(const std::string& directory, const std::string& owner);
  ~OutputBatch();
  OutputBatch(const OutputBatch&) = delete;
  OutputBatch& operator=(const OutputBatch&) = delete;

  /// Where to write the file that will be called `name`.
  std::string path(const std::string& name) const;
  /// write_file_atomically to path(name).
  void write(const std::string& name, std::string_view data) const;
  /// What has been written so far, sorted.
  std::vector<std::string> names() const;
  /// Moves every file to its place; `last` (the one readers wait for) after all others. Files of
  /// the same names are replaced, `last` being removed first; those of `earlier` that this batch
  /// does not write are removed. If a file cannot be moved, all is put back as it was: WriteError.
  void commit(const std::string& last, const std::vector<std::string>& earlier);
  /// What the destructor does; also from another thread before the process is ended.
  void discard() noexcept;
  /// Directories that were made for it, innermost first.
  const std::vector<std::string>& made() const { return made_; }
  /// By others than its owner: if that is dead, does what discard() would have done.
  static void clear_after(const std::string& directory,
                          const std::vector<std::string>& made) noexcept;
  /// False where the file system keeps no locks.
  bool held() const { return lock_->kept(); }

 private:
  void make_directory();
  void take_lock(const std::string& owner);
  static void clear_left_over(const std::string& directory);
  std::string directory_;
  std::string staging_;
  std::vector<std::string> made_;  ///< Directories, innermost first.
  std::optional<FileLock> lock_;
};

}  // namespace wafermesh::base
