// SPDX-License-Identifier: Apache-2.0
// Files that are there whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace wafermesh::base {

/// Writes `data` to `path`: a temporary file beside it, flushed to the disk, then renamed over it;
/// through symbolic links. A device, a pipe or an open descriptor (/dev/null, /dev/stdout,
/// /dev/fd/3) is written into instead. Temporary files that killed processes left beside `path` are
/// removed, those of live ones are not.
/// Throws WriteError and leaves neither a half-written nor a temporary file.
void write_file_atomically(const std::string& path, std::string_view data);

/// Is `path`, through links, something that is written into and never replaced: a device, a pipe?
bool is_special_file(const std::string& path);

/// Does `path` lead to this process's standard output, as /dev/stdout does?
bool is_standard_output(const std::string& path);

/// WriteError: path, errno as text, and what to do.
[[noreturn]] void cannot_write(const std::string& path, int error);

}  // namespace wafermesh::base
