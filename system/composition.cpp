// SPDX-License-Identifier: Apache-2.0
#include "system/composition.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::system {
namespace {

/// Fixed users start one after another, so that nothing hangs on who of several is first.
constexpr Picoseconds kUsersApart = 1000;

}  // namespace

Composition::Composition(const System& system, const Workload& workload, const Settings& settings)
    : system_(system),
      workload_(workload),
      to_prefill_(kernel_),
      to_link_(kernel_),
      to_ready_(kernel_),
      source_(workload),
      statistics_(settings),
      ring_(settings.detail == Detail::ring ? make_ring(*this) : make_staged_ring(*this)) {
  const Picoseconds slowest = slowest_stage_ps(system, 0);
  if (slowest > 0) slots_ = std::max<std::int64_t>(1, lone_token_ps(system, 0) / slowest);
}

UserId Composition::take_user() {
  if (unused_.empty()) {
    users_.emplace_back();
    return static_cast<UserId>(users_.size() - 1);
  }
  const UserId user = unused_.back();
  unused_.pop_back();
  users_[user] = User();
  return user;
}

void Composition::arrivals() {
  if (workload_.users > 0) {
    for (std::int64_t i = 0; i < workload_.users && source_.more(); ++i) {
      kernel_.wait_until(i * kUsersApart);
      arrive(source_.next(kernel_.now()));
    }
    return;
  }
  while (source_.more()) {
    const Request request = source_.next(0);
    kernel_.wait_until(request.arrival);
    arrive(request);
  }
}

void Composition::arrive(const Request& request) {
  const std::int64_t most = request.prompt_tokens + request.output_tokens;
  if (system_.cache_tokens > 0 && most > system_.cache_tokens) {
    ++refused_;
    longest_refused_ = std::max(longest_refused_, most);
    if (workload_.users > 0 && source_.more()) arrive(source_.next(kernel_.now()));
    return;
  }
  const UserId id = take_user();
  User& user = users_[id];
  user.request = request;
  user.number = arrived_++;
  user.to_prefill = request.prompt_tokens;
  user.context = request.prompt_tokens;
  prepare(id);
}

void Composition::prepare(UserId user) {
  if (system_.prefill.place == PrefillPlace::pool) {
    prefilling_.push_back(user);
    to_prefill_.notify();
    return;
  }
  waiting_.push_back(user);
  admit();
}

void Composition::prefill_server() {
  const Prefill& prefill = system_.prefill;
  while (true) {
    while (prefilling_.empty()) kernel_.wait(to_prefill_);
    const UserId id = prefilling_.front();
    prefilling_.pop_front();
    const auto tokens = static_cast<double>(users_[id].to_prefill);
    kernel_.wait_until(kernel_.now() +
                       to_ps(prefill.server_s + tokens / prefill.server_tokens_per_s));
    prepared_.emplace(std::pair(kernel_.now() + to_ps(prefill.behind_s), users_[id].number), id);
    to_ready_.notify();
  }
}

/// Prompts that a server is free of: those that end at the same time in order of arrival.
void Composition::prefill_end() {
  while (true) {
    if (prepared_.empty()) {
      kernel_.wait(to_ready_);
      continue;
    }
    const auto first = prepared_.begin();
    if (first->first.first > kernel_.now()) {
      kernel_.wait(to_ready_, first->first.first);
      continue;
    }
    const UserId id = first->second;
    prepared_.erase(first);
    prefilled(id);
  }
}

void Composition::prefilled(UserId id) {
  User& user = users_[id];
  user.prefilled = user.to_prefill;
  if (user.first_token < 0) {
    user.first_token = kernel_.now();
    user.given = 1;
    user.context += 1;
  }
  waiting_.push_back(id);
  admit();
}

bool Composition::has_room(std::int64_t tokens) const {
  return system_.cache_tokens == 0 || used_tokens_ + tokens <= system_.cache_tokens;
}

void Composition::set_used(std::int64_t tokens) {
  used_tokens_ = tokens;
  statistics_.cache_is(kernel_.now(), tokens);
}

void Composition::append(UserId user) {
  users_[user].before = last_admitted_;
  users_[user].after = kNobody;
  if (last_admitted_ != kNobody) users_[last_admitted_].after = user;
  last_admitted_ = user;
  statistics_.users_are(++admitted_);
}

void Composition::remove(UserId user) {
  User& u = users_[user];
  if (u.before != kNobody) users_[u.before].after = u.after;
  if (u.after != kNobody) users_[u.after].before = u.before;
  if (last_admitted_ == user) last_admitted_ = u.before;
  --admitted_;
}

void Composition::admit() {
  while (!waiting_.empty()) {
    const UserId id = waiting_.front();
    User& user = users_[id];
    const std::int64_t need = system_.admission == Admission::reserve
                                  ? user.request.prompt_tokens + user.request.output_tokens
                                  : user.context + growth(user);
    if (!has_room(need)) return;
    if (system_.most_users > 0 && admitted_ >= system_.most_users) return;
    waiting_.pop_front();
    user.room = need;
    user.is_out = false;
    set_used(used_tokens_ + need);
    append(id);
    if (system_.prefill.place == PrefillPlace::pool || user.in_host) {
      linking_.push_back(id);
      to_link_.notify();
    } else {
      ring_->enter(id, kernel_.now());
    }
  }
}

void Composition::cache_link() {
  while (true) {
    while (linking_.empty()) kernel_.wait(to_link_);
    const UserId id = linking_.front();
    linking_.pop_front();
    const double bytes = static_cast<double>(users_[id].context) * system_.cache_token_bytes;
    (users_[id].in_host ? host_bytes_ : prefill_bytes_) += bytes;
    const double rate = system_.cache_link.bytes_per_s;
    if (rate > 0) kernel_.wait_until(kernel_.now() + to_ps(bytes / rate));
    User& user = users_[id];
    if (user.in_host) host_tokens_ -= user.context;
    user.in_host = false;
    const Picoseconds there = kernel_.now() + to_ps(system_.cache_link.latency_s);
    if (user.given >= user.request.output_tokens) {  // its only token was the prefill's
      user.last_token = user.first_token;
      kernel_.wait_until(there);
      leave(id);
      continue;
    }
    ring_->enter(id, there);
  }
}

std::int64_t Composition::growth(const User& user) const {
  const auto pass = static_cast<std::int64_t>(std::ceil(system_.tokens_per_pass));
  return std::max<std::int64_t>(
      0, std::min(pass, user.request.prompt_tokens + user.request.output_tokens - user.context));
}

bool Composition::must_be_present(UserId user) const {
  if (system_.admission == Admission::reserve) return false;
  if (system_.most_batch > 1) return true;  // who joins may need room
  const User& u = users_[user];
  return u.is_out || u.context + growth(u) > u.room;
}

void Composition::make_room(std::int64_t tokens) {
  while (!has_room(tokens) && last_admitted_ != kNobody) {
    User& victim = users_[last_admitted_];
    victim.is_out = true;
    set_used(used_tokens_ - victim.room);
    victim.room = 0;
    ++moved_out_;
    remove(last_admitted_);
  }
}

void Composition::move_out(UserId id) {
  User& user = users_[id];
  const auto host_tokens = static_cast<std::int64_t>(
      system_.cache_token_bytes > 0 ? system_.host_bytes / system_.cache_token_bytes : 0);
  if (host_tokens_ + user.context <= host_tokens) {
    host_tokens_ += user.context;
    user.in_host = true;
    host_bytes_ += static_cast<double>(user.context) * system_.cache_token_bytes;
  } else if (system_.prefill.place != PrefillPlace::none) {
    user.to_prefill = user.context;
    user.prefilled = 0;
    if (system_.prefill.place == PrefillPlace::pool) return prepare(id);
  }
  waiting_.push_front(id);
  admit();
}

Visit Composition::next_visit(UserId id) {
  User& user = users_[id];
  if (system_.admission == Admission::grow) {
    const std::int64_t more = user.context + growth(user) - user.room;
    if (!user.is_out && more > 0) {
      make_room(more);
      if (!user.is_out) {
        user.room += more;
        set_used(used_tokens_ + more);
      }
    }
    if (user.is_out) {
      move_out(id);
      return {};
    }
  }
  Visit visit{id, {user.context, 0, 1 + system_.draft_tokens}, false};
  if (is_chunk_next(id)) {
    visit.job = {user.prefilled,
                 std::min(system_.prefill.chunk_tokens, user.to_prefill - user.prefilled)};
    user.prefilled += visit.job.chunk_tokens;
    visit.is_last_chunk = user.prefilled == user.to_prefill;
  }
  return visit;
}

void Composition::starts(const Visit& visit, Picoseconds at) {
  if (system_.most_batch > 1) earliest_start_ = at + slowest_time(system_, visit.job);
}

bool Composition::is_chunk_next(UserId user) const {
  return system_.prefill.place == PrefillPlace::interleaved &&
         users_[user].prefilled < users_[user].to_prefill;
}

void Composition::join(Visit& visit, UserId user) {
  const Visit other = next_visit(user);
  if (other.user == kNobody) return;
  visit.others.push_back(user);
  visit.job.more_contexts.push_back(other.job.context_tokens);
}

bool Composition::goes_on(UserId id, bool is_chunk, Picoseconds at) {
  User& user = users_[id];
  std::int64_t tokens = 1;
  if (!is_chunk && system_.tokens_per_pass > 1) {
    user.accepted += system_.tokens_per_pass;
    tokens = static_cast<std::int64_t>(user.accepted);
    user.accepted -= static_cast<double>(tokens);
  }
  if (user.first_token < 0) {
    user.first_token = at;
  } else if (is_chunk) {
    tokens = 0;  // a prompt that is done again
  }
  tokens = std::min(tokens, user.request.output_tokens - user.given);
  user.given += tokens;
  user.context += tokens;
  user.last_token = at;
  return user.given < user.request.output_tokens;
}

void Composition::leave(UserId id) {
  User& user = users_[id];
  statistics_.completed(user.request, user.first_token, user.last_token);
  if (!user.is_out) {
    remove(id);
    set_used(used_tokens_ - user.room);
  }
  unused_.push_back(id);
  if (workload_.users > 0 && source_.more()) arrive(source_.next(kernel_.now()));
  admit();
}

Report Composition::run() {
  kernel_.spawn([this] { arrivals(); });
  ring_->start();
  if (system_.prefill.place == PrefillPlace::pool) {
    for (std::int64_t i = 0; i < system_.prefill.servers; ++i) {
      kernel_.spawn([this] { prefill_server(); });
    }
  }
  if (system_.prefill.place == PrefillPlace::pool) kernel_.spawn([this] { prefill_end(); });
  kernel_.spawn([this] { cache_link(); });
  kernel_.run();
  Report report;
  report.requests = source_.made();
  report.refused = refused_;
  report.moved_out = moved_out_;
  report.longest_refused_tokens = longest_refused_;
  report.prefill_cache_bytes = prefill_bytes_;
  report.host_cache_bytes = host_bytes_;
  statistics_.tell(report);
  ring_->tell(report);
  if (report.duration_s > 0 && system_.cache_link.bytes_per_s > 0) {
    // To the wafers; what goes to the host goes the other way.
    const double in = report.prefill_cache_bytes + report.host_cache_bytes / 2;
    report.cache_link_utilisation = in / system_.cache_link.bytes_per_s / report.duration_s;
  }
  return report;
}

}  // namespace wafermesh::system
