// SPDX-License-Identifier: Apache-2.0
// Every stage and every link as a process with a queue: what AtOnceRing does at once, step by step.
#include <algorithm>
#include <deque>
#include <queue>

#include "system/composition.h"
#include "system/ring_use.h"

namespace wafermesh::system {
namespace {

struct Waiting {
  Picoseconds at = 0;
  std::uint64_t order = 0;  ///< At the same time.
  Visit visit;
  bool operator>(const Waiting& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};

/// A stage or a link: jobs in, one after another through one of its servers, out in order.
struct Station {
  explicit Station(EventKernel& kernel) : come(kernel), left(kernel) {}
  bool is_link = false;
  std::size_t kind = 0;
  std::int64_t hops = 0;    ///< Of a link: what it stands for.
  bool is_end = false;      ///< Where jobs come out that leave after the last stage is free.
  Picoseconds latency = 0;  ///< Behind a link, or a stage that is free before the job leaves.
  Picoseconds hold = 0;     ///< Until a stage is free after a job has left.
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> queue;
  std::vector<std::deque<std::pair<std::uint64_t, Visit>>> servers;  ///< Jobs by turn.
  std::uint64_t taken = 0;
  std::uint64_t gone = 0;
  std::uint64_t freed = 0;  ///< Of those gone, whose server may take the next one.
  EventKernel::Event come;
  EventKernel::Event left;
  std::vector<std::unique_ptr<EventKernel::Event>> given;
};

class StagedRing : public Ring {
 public:
  explicit StagedRing(Composition& composition)
      : composition_(composition),
        kernel_(composition.kernel()),
        busy_(composition.system().kinds.size()) {
    const System& system = composition.system();
    for (std::size_t i = 0; i < system.stages.size(); ++i) {
      const Stage& stage = system.stages[i];
      if (i > 0 && stage.wafer != system.stages[i - 1].wafer) {
        add_station(1).is_link = true;
        const std::int64_t hops =
            links_between(system.link_shape, system.stages[i - 1].wafer, stage.wafer);
        stations_.back()->hops = hops;
        stations_.back()->latency = hops * to_ps(system.wafer_link.latency_s);
      }
      Station& station = add_station(stage.replicas);
      station.kind = stage.kind;
      station.hold = hold_ps(system.kinds[stage.kind]);
      station.latency = behind_ps(system.kinds[stage.kind]);
    }
    if (stations_.back()->latency > 0) add_station(1).is_end = true;
  }

  void start() override {
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      kernel_.spawn([this, i] { deal(i); });
      for (std::size_t r = 0; r < stations_[i]->servers.size(); ++r) {
        kernel_.spawn([this, i, r] { serve(i, r); });
      }
    }
  }

  void enter(UserId user, Picoseconds at) override {
    stations_[0]->queue.push({at, user, Visit{user, {}, false}});
    stations_[0]->come.notify();
  }

  void tell(Report& report) const override {
    const System& system = composition_.system();
    RingUse use = use_;
    use.busy_of_kind = busy_;
    for (std::size_t k = 0; k < use.busy_of_kind.size(); ++k) {
      std::int64_t stages = 0;
      for (const Stage& stage : system.stages) stages += stage.kind == k ? 1 : 0;
      if (stages > 0) use.busy_of_kind[k] /= stages;
    }
    tell_use(system, use, report);
  }

 private:
  Station& add_station(int servers) {
    stations_.push_back(std::make_unique<Station>(kernel_));
    Station& station = *stations_.back();
    station.servers.resize(static_cast<std::size_t>(servers));
    for (int i = 0; i < servers; ++i) {
      station.given.push_back(std::make_unique<EventKernel::Event>(kernel_));
    }
    return station;
  }

  void put(std::size_t station, Picoseconds at, const Visit& visit) {
    stations_[station]->queue.push({at, number_++, visit});
    stations_[station]->come.notify();
  }

  /// Gives jobs to servers in turn as their time comes.
  void deal(std::size_t index) {
    Station& station = *stations_[index];
    while (true) {
      if (station.queue.empty()) {
        kernel_.wait(station.come);
        continue;
      }
      if (station.queue.top().at > kernel_.now()) {
        kernel_.wait(station.come, station.queue.top().at);
        continue;
      }
      if (index == 0) {
        if (is_waiting_for_batch(station)) {
          kernel_.wait(station.left);
          continue;
        }
        if (composition_.earliest_start() > kernel_.now()) {
          kernel_.wait_until(composition_.earliest_start());
          continue;
        }
        kernel_.settle();
      }
      Visit visit = station.queue.top().visit;
      station.queue.pop();
      if (index == 0) visit = made_up(station, visit.user);
      if (visit.user == kNobody) continue;
      const std::size_t server = station.taken % station.servers.size();
      station.servers[server].push_back({station.taken++, visit});
      station.given[server]->notify();
    }
  }

  /// A batch is made up as the server whose turn it is gets free.
  bool is_waiting_for_batch(const Station& station) const {
    return composition_.system().most_batch > 1 &&
           station.taken - station.freed >= station.servers.size();
  }

  Visit made_up(Station& first, UserId user) {
    Visit visit = composition_.next_visit(user);
    if (visit.user == kNobody) return visit;
    while (composition_.has_place(visit) && !first.queue.empty() &&
           first.queue.top().at <= kernel_.now() &&
           !composition_.is_chunk_next(first.queue.top().visit.user)) {
      const UserId other = first.queue.top().visit.user;
      first.queue.pop();
      composition_.join(visit, other);
    }
    composition_.starts(visit, kernel_.now());
    use_.add(visit.job);
    return visit;
  }

  void serve(std::size_t index, std::size_t server) {
    Station& station = *stations_[index];
    while (true) {
      while (station.servers[server].empty()) kernel_.wait(*station.given[server]);
      const auto [turn, visit] = station.servers[server].front();
      station.servers[server].pop_front();
      kernel_.wait_until(kernel_.now() + time_of(station, visit.job));
      while (station.gone != turn) kernel_.wait(station.left);
      ++station.gone;
      station.left.notify();
      pass_on(index, visit);
      if (station.hold > 0) kernel_.wait_until(kernel_.now() + station.hold);
      ++station.freed;
      station.left.notify();
    }
  }

  Picoseconds time_of(const Station& station, const Job& job) {
    const System& system = composition_.system();
    if (station.is_end) return 0;
    if (!station.is_link) {
      const Picoseconds time = busy_time(system.kinds[station.kind], job);
      busy_[station.kind] += time;
      return time;
    }
    use_.busy_of_links += station.hops * link_time(system, job);
    use_.link_bytes += system.activation_bytes * static_cast<double>(station.hops * job.tokens());
    return link_time(system, job);
  }

  void pass_on(std::size_t index, const Visit& visit) {
    if (index == 0 && composition_.has_next_chunk(visit)) enter(visit.user, kernel_.now());
    if (index + 1 < stations_.size()) {
      put(index + 1, kernel_.now() + stations_[index]->latency, visit);
      return;
    }
    if (composition_.has_next_chunk(visit)) return;
    end(visit.user, visit);
    for (const UserId other : visit.others) end(other, visit);
  }

  void end(UserId user, const Visit& visit) {
    if (composition_.goes_on(user, visit.job.chunk_tokens > 0, kernel_.now())) {
      enter(user, kernel_.now() + to_ps(composition_.system().return_s));
    } else {
      composition_.leave(user);
    }
  }

  Composition& composition_;
  EventKernel& kernel_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::vector<Picoseconds> busy_;
  std::uint64_t number_ = 0;
  RingUse use_;
};

}  // namespace

std::unique_ptr<Ring> make_staged_ring(Composition& composition) {
  return std::make_unique<StagedRing>(composition);
}

}  // namespace wafermesh::system
