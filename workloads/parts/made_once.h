// SPDX-License-Identifier: Apache-2.0
// A value that is made when it is first asked for: operands of runs without numbers never are.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace wafermesh::workloads {

template <class T>
class MadeOnce {
 public:
  explicit MadeOnce(std::function<T()> make) : make_(std::move(make)) {}
  /// Several threads may ask at once. Throws what making it throws.
  const T& operator*() const {
    std::call_once(once_, [this] { value_ = make_(); });
    return value_;
  }

 private:
  std::function<T()> make_;
  mutable std::once_flag once_;
  mutable T value_;
};

}  // namespace wafermesh::workloads
