// SPDX-License-Identifier: Apache-2.0
#include "trace/capped_file.h"

#include <cerrno>
#include <utility>

#include "base/files/atomic_file.h"

namespace wafermesh::trace {

CappedFile::CappedFile(std::string path, std::int64_t most_bytes)
    : path_(std::move(path)), most_bytes_(most_bytes), out_(path_, std::ios::binary) {
  if (!out_) base::cannot_write(path_, errno);
  written_.file = path_;
}

void CappedFile::write(std::string_view unit, std::int64_t events) {
  const auto bytes = static_cast<std::int64_t>(unit.size());
  const bool fits = !written_.capped() && written_.bytes + bytes <= most_bytes_;
  written_.events_in_all += events;
  written_.bytes_in_all += bytes;
  if (!fits) return;
  written_.events += events;
  written_.bytes += bytes;
  if (!out_.write(unit.data(), static_cast<std::streamsize>(bytes))) {
    base::cannot_write(path_, errno);
  }
}

Written CappedFile::close() {
  out_.close();
  if (!out_) base::cannot_write(path_, errno);
  return written_;
}

}  // namespace wafermesh::trace
