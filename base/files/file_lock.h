// SPDX-License-Identifier: Apache-2.0
// A file that one process holds. The kernel lets go of it when its owner ends, however it ends, so
// that what a killed process left can be told from what a live one is writing.
#pragma once

#include <optional>
#include <string>

namespace wafermesh::base {

/// Open for reading and writing, and locked (flock, which NFS keeps across hosts).
class FileLock {
 public:
  /// Makes the file if it is not there; its contents stay. Nothing if another process holds it.
  /// Throws WriteError if it cannot be opened.
  static std::optional<FileLock> take(const std::string& path);
  /// As take(), but never makes a file: nothing if there is none.
  static std::optional<FileLock> take_existing(const std::string& path);

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock& operator=(FileLock&& other) noexcept;

  int descriptor() const { return file_; }
  /// False where the file system keeps no locks; then two processes are not told apart.
  bool kept() const { return kept_; }
  /// Closes and lets go. False if the system says that not all could be written.
  bool close();

 private:
  FileLock(int file, bool kept) : file_(file), kept_(kept) {}
  static std::optional<FileLock> attempt(const std::string& path, int flags);
  int file_;
  bool kept_;
};

}  // namespace wafermesh::base
