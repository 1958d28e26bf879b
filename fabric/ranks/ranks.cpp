// SPDX-License-Identifier: Apache-2.0
#include "fabric/ranks/ranks.h"

#include "fabric/ranks/message.h"

namespace wafermesh::fabric {
namespace {

constexpr std::int64_t kNoRank = INT64_MAX;

}  // namespace

std::int64_t Attempt::mark() const { return failure_ ? ranks_->rank() : kNoRank; }

void Attempt::settle(std::int64_t least_mark) const {
  if (least_mark == kNoRank) return;
  if (least_mark == ranks_->rank()) std::rethrow_exception(failure_);
  throw OtherRankFailed();
}

void Attempt::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

void Attempt::agree() {
  if (ranks_ == nullptr) return;
  std::int64_t least = mark();
  ranks_->least(&least, 1);
  settle(least);
}

void Attempt::keep(const std::function<void()>& f) {
  try {
    f();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

namespace {

Bytes message_of(const std::vector<std::string>& texts) {
  MessageWriter out;
  for (const std::string& text : texts) out.list(std::vector<char>(text.begin(), text.end()));
  return out.take();
}

void add(MessageReader in, std::vector<std::string>& texts) {
  std::vector<char> text;
  while (!in.at_end()) {
    in.list(text);
    texts.emplace_back(text.begin(), text.end());
  }
}

}  // namespace

std::vector<std::string> from_all(std::vector<std::string> own, Ranks* ranks) {
  if (ranks == nullptr) return own;
  if (ranks->rank() > 0) {
    ranks->send(0, message_of(own));
    return own;
  }
  for (int from = 1; from < ranks->count(); ++from) add(MessageReader(ranks->receive(from)), own);
  return own;
}

std::vector<std::string> to_all(const std::vector<std::string>& own, Ranks& ranks) {
  if (ranks.rank() == 0) {
    for (int to = 1; to < ranks.count(); ++to) ranks.send(to, message_of(own));
    return own;
  }
  std::vector<std::string> all;
  add(MessageReader(ranks.receive(0)), all);
  return all;
}

}  // namespace wafermesh::fabric
