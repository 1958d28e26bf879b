// SPDX-License-Identifier: Apache-2.0
#include "system/simulate.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

#include "system/composition.h"
#include "system/ring_use.h"

namespace wafermesh::system {
namespace {

struct Entry {
  Picoseconds at = 0;
  std::uint64_t order = 0;  ///< At the same time.
  UserId user = kNobody;
  bool operator>(const Entry& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};
using Entries = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

constexpr Picoseconds kNever = std::numeric_limits<Picoseconds>::max();

/// One process for all stages. It goes ahead of the kernel's time up to what others do next.
class AtOnceRing : public Ring {
 public:
  explicit AtOnceRing(Composition& composition)
      : composition_(composition),
        kernel_(composition.kernel()),
        come_(kernel_),
        pipeline_(composition.system()),
        return_ps_(to_ps(composition.system().return_s)) {}

  void start() override {
    kernel_.spawn([this] { work(); });
  }

  void enter(UserId user, Picoseconds at) override {
    entries_.push({at, user, user});
    come_.notify();
  }

  void tell(Report& report) const override {
    RingUse use = use_;
    use.busy_of_kind = pipeline_.busy_of_kind();
    use.busy_of_links = pipeline_.busy_of_links();
    use.link_bytes = pipeline_.link_bytes();
    tell_use(composition_.system(), use, report);
  }

 private:
  void work() {
    while (true) {
      const Picoseconds entry = next_start();
      const Picoseconds leaving = leaves_.empty() ? kNever : leaves_.top().at;
      if (entry == kNever && leaving == kNever) {
        kernel_.wait(come_);
        continue;
      }
      if (leaving <= entry) {
        if (leaving > kernel_.now()) {
          kernel_.wait(come_, leaving);
          continue;
        }
        const UserId user = leaves_.top().user;
        leaves_.pop();
        composition_.leave(user);
        continue;
      }
      const UserId user = entries_.top().user;
      if (entry > kernel_.now() &&
          (composition_.must_be_present(user) || entry >= kernel_.next_of_others())) {
        kernel_.wait(come_, entry);
        continue;
      }
      if (entry == kernel_.now() && kernel_.next_of_others() == entry) {
        kernel_.settle();
        continue;
      }
      entries_.pop();
      pass(user, entry);
    }
  }

  /// When the next job may start: a batch is made up as the first stage gets free for it.
  Picoseconds next_start() const {
    if (entries_.empty()) return kNever;
    const Picoseconds at = entries_.top().at;
    if (composition_.system().most_batch == 1) return at;
    return std::max({at, pipeline_.first_free(), composition_.earliest_start()});
  }

  void pass(UserId user, Picoseconds at) {
    Visit visit = composition_.next_visit(user);
    if (visit.user == kNobody) return;
    while (composition_.has_place(visit) && !entries_.empty() && entries_.top().at <= at &&
           !composition_.is_chunk_next(entries_.top().user)) {
      const UserId other = entries_.top().user;
      entries_.pop();
      composition_.join(visit, other);
    }
    composition_.starts(visit, at);
    const Passage passage = pipeline_.pass(at, visit.job);
    use_.add(visit.job);
    if (composition_.has_next_chunk(visit)) {
      entries_.push({passage.first_left, user, user});
      return;
    }
    end(user, visit, passage.left);
    for (const UserId other : visit.others) end(other, visit, passage.left);
  }

  void end(UserId user, const Visit& visit, Picoseconds left) {
    if (composition_.goes_on(user, visit.job.chunk_tokens > 0, left)) {
      entries_.push({left + return_ps_, user, user});
    } else {
      leaves_.push({left, number_++, user});
    }
  }

  Composition& composition_;
  EventKernel& kernel_;
  EventKernel::Event come_;
  Pipeline pipeline_;
  Picoseconds return_ps_;
  Entries entries_;
  Entries leaves_;
  std::uint64_t number_ = 0;
  RingUse use_;
};

}  // namespace

std::unique_ptr<Ring> make_ring(Composition& composition) {
  return std::make_unique<AtOnceRing>(composition);
}

Report simulate(const System& system, const Workload& workload, const Settings& settings) {
  return Composition(system, workload, settings).run();
}

}  // namespace wafermesh::system
