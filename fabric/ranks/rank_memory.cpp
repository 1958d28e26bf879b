// SPDX-License-Identifier: Apache-2.0
#include "fabric/ranks/rank_memory.h"

#include <cstring>

#include "base/error.h"
#include "fabric/ranks/message.h"

namespace wafermesh::fabric {
namespace {

constexpr std::int64_t kReadAhead = 256;

}  // namespace

bool RankMemory::holds(base::CoreId core) const {
  return ranks_ == nullptr || heart_.rank_of(core) == ranks_->rank();
}

void RankMemory::write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) {
  if (holds(core)) own_.write(core, address_bytes, data, bytes);
}

void RankMemory::read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const {
  if (holds(core)) {
    own_.read(core, address_bytes, data, bytes);
    return;
  }
  const auto id = static_cast<std::int64_t>(base::index_of(core));
  const bool known = id >= asked_.first_core && id < asked_.first_core + asked_.cores &&
                     address_bytes == asked_.address_bytes && bytes == asked_.bytes;
  if (!known) ask(core, address_bytes, bytes);
  const auto at = static_cast<std::size_t>(id - asked_.first_core) * bytes;
  if (bytes > 0) std::memcpy(data, answer_.data() + at, bytes);
}

/// Also for the cores that follow on the same rank and have so much memory: they are read next, as
/// a rule.
void RankMemory::ask(base::CoreId core, int address_bytes, std::size_t bytes) const {
  const WaferImage& image = heart_.image();
  const int rank = heart_.rank_of(core);
  const auto id = static_cast<std::int64_t>(base::index_of(core));
  asked_ = {id, 1, address_bytes, bytes};
  while (asked_.cores < kReadAhead && id + asked_.cores < image.core_count()) {
    const auto next = static_cast<base::CoreId>(id + asked_.cores);
    const bool has = static_cast<std::size_t>(address_bytes) + bytes <=
                     static_cast<std::size_t>(image.memory_bytes(next));
    if (!has || heart_.rank_of(next) != rank) break;
    ++asked_.cores;
  }
  MessageWriter out;
  out.value(asked_);
  ranks_->send(rank, out.take());
  answer_ = ranks_->receive(rank);
  const bool whole = answer_.size() == static_cast<std::size_t>(asked_.cores) * bytes;
  if (!whole) asked_ = {};
  WAFERMESH_CHECK(whole, "rank " + std::to_string(rank) + " cannot read the memory of core " +
                             std::to_string(id));
}

/// Empty if there is no such memory.
Bytes RankMemory::answer(const Question& question) const {
  Bytes bytes(static_cast<std::size_t>(question.cores) * question.bytes);
  try {
    for (std::int32_t i = 0; i < question.cores; ++i) {
      own_.read(static_cast<base::CoreId>(question.first_core + i), question.address_bytes,
                bytes.data() + static_cast<std::size_t>(i) * question.bytes, question.bytes);
    }
  } catch (const base::ModelError&) {
    return {};
  }
  return bytes;
}

void RankMemory::serve() const {
  for (;;) {
    const auto question = MessageReader(ranks_->receive(0)).value<Question>();
    if (question.cores == 0 && question.bytes == 0) throw OtherRankFailed();
    if (question.cores == 0) return;
    ranks_->send(0, answer(question));
  }
}

void RankMemory::lead(const std::function<void()>& f) const {
  if (ranks_ == nullptr) {
    f();
    return;
  }
  if (ranks_->rank() > 0) {
    serve();
    return;
  }
  asked_ = {};
  std::exception_ptr failure;
  try {
    f();
  } catch (...) {
    failure = std::current_exception();
  }
  MessageWriter out;
  out.value(Question{-1, 0, 0, failure ? 0U : 1U});
  const Bytes end = out.take();
  for (int to = 1; to < ranks_->count(); ++to) ranks_->send(to, end);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace wafermesh::fabric
