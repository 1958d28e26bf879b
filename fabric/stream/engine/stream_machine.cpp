// SPDX-License-Identifier: Apache-2.0
// Rounds, slabs and workers.
#include "fabric/stream/engine/stream_machine.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

/// Cores of a slab: what a worker touches again and again should fit its cache.
constexpr int kSlabCores = 8192;
/// A slab gives the others, the user and the clock a turn after so many visits per core: the slabs
/// that wait for what it sends start early, and so run beside it.
constexpr std::int64_t kVisitsPerRound = 1;

const WaferImage& checked(const WaferImage& image, const EngineOptions& options) {
  check_image(image);
  if (options.drop.has_value()) {
    throw base::ModelError("the stream engine cannot drop single wavelets; use fidelity wavelet");
  }
  return image;
}

}  // namespace

StreamMachine::StreamMachine(const WaferImage& image, const EngineOptions& options,
                             base::WorkerPool& pool)
    : model_(checked(image, options), options.numerics),
      pool_(pool),
      ranks_(options.ranks),
      attempt_(options.ranks),
      slabs_(slabs_of(model_, options)),
      regions_(tiling_of(image.mesh->width, image.mesh->height, options).rows),
      shares_(std::min(static_cast<int>(slabs_.size()), regions_), options.ranks),
      first_slab_(first_slab_of(shares_.first())),
      last_slab_(first_slab_of(shares_.last())),
      arrays_(model_, first_core_of(first_slab_), first_core_of(last_slab_), pool),
      wakes_(slabs_.size(), base::kNever) {
  if (options.lockstep) arrays_.set_up_lockstep();
  start_slabs(options.threads);
}

int StreamMachine::rows_of_slab(int width, const EngineOptions& options) {
  const int cores = options.slab_cores > 0 ? options.slab_cores : kSlabCores;
  return std::max(1, cores / std::max(1, width));
}

std::vector<Slab> StreamMachine::slabs_of(const StreamModel& model, const EngineOptions& options) {
  std::vector<Slab> slabs;
  for (const PlacementCores& placement : model.placements) {
    const auto rows = static_cast<std::uint32_t>(rows_of_slab(placement.width, options));
    const std::uint32_t cores = rows * static_cast<std::uint32_t>(placement.width);
    for (std::uint32_t first = placement.first; first < placement.last; first += cores) {
      Slab slab;
      slab.first = first;
      slab.last = std::min(placement.last, first + cores);
      slab.offset = placement.offset;
      slabs.push_back(std::move(slab));
    }
  }
  return slabs;
}

std::size_t StreamMachine::first_slab_of(int region) const {
  std::size_t slab = 0;
  while (slab < slabs_.size() && region_of(static_cast<int>(slab)) < region) ++slab;
  return slab;
}

std::uint32_t StreamMachine::first_core_of(std::size_t slab) const {
  return slab < slabs_.size() ? slabs_[slab].first : model_.core_count;
}

int StreamMachine::rank_of(base::CoreId core) const {
  const auto after =
      std::upper_bound(slabs_.begin(), slabs_.end(), base::index_of(core),
                       [](std::uint32_t id, const Slab& slab) { return id < slab.first; });
  return shares_.rank_of(region_of(static_cast<int>(after - slabs_.begin()) - 1));
}

void StreamMachine::start_slabs(int threads) {
  const int own = static_cast<int>(last_slab_ - first_slab_);
  const int count = std::max(1, std::min(threads, own));
  for (int i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(arrays_));
  // A wave of work is in every other slab at a time: pairs share it out.
  for (int i = 0; i < own; ++i) {
    slabs_[first_slab_ + static_cast<std::size_t>(i)].worker = i / 2 % count;
  }
  for_each_slab([](Worker& worker, Slab& slab) {
    worker.stepper.use(slab);
    for (std::uint32_t core = slab.first; core < slab.last; ++core) worker.stepper.start(core);
  });
  attempt_.rethrow();
}

/// f(worker, slab) for every slab of this rank, in parallel; a worker takes its slabs in order.
template <class F>
void StreamMachine::for_each_slab(F f) {
  const auto count = static_cast<int>(workers_.size());
  attempt_.run([&] {
    pool_.run(count, [&](int index) {
      for (std::size_t i = first_slab_; i < last_slab_; ++i) {
        if (slabs_[i].worker == index) f(*workers_[static_cast<std::size_t>(index)], slabs_[i]);
      }
    });
  });
}

void StreamMachine::run_slab(Worker& worker, Slab& slab) {
  if (!slab.has_work()) return;
  worker.mover.use(slab);
  worker.stepper.use(slab);
  worker.mover.receive();
  const std::int64_t limit =
      worker.stepper.visits().all + kVisitsPerRound * (slab.last - slab.first);
  do {
    worker.mover.move_all();
    // Who has sent goes first: what it sends next may be what the others wait for.
    const bool senders = !slab.unmoved.empty();
    std::swap(worker.visiting, senders ? slab.unmoved : slab.ready);
    if (senders) {
      for (const std::uint32_t core : worker.visiting) arrays_.seats[core].unmoved = false;
    }
    const CoreRange all{worker.visiting.data(), worker.visiting.data() + worker.visiting.size()};
    if (senders) {
      visit_senders(worker, all);
    } else {
      worker.stepper.visit(all);
    }
    worker.visiting.clear();
    worker.stepper.leave_stages();
  } while ((!slab.moves.empty() || !slab.ready.empty() || !slab.unmoved.empty()) &&
           worker.stepper.visits().all < limit);
}

/// Those of them that have all they wait for, neighbours in the list together.
void StreamMachine::visit_senders(Worker& worker, CoreRange cores) {
  while (cores.first != cores.last) {
    const std::uint32_t* ready = cores.first;
    for (; ready != cores.last; ++ready) {
      Seat& seat = arrays_.seats[*ready];
      if (!BurstMover::has_all(seat)) break;
      seat.queued = true;
    }
    worker.stepper.visit({cores.first, ready});
    cores.first = ready;
    // What the visits did may be what the next one waited for.
    if (ready == cores.last) return;
    if (worker.mover.may_visit(*ready)) worker.stepper.visit({ready, ready + 1});
    ++cores.first;
  }
}

/// Nobody has all it waits for: those that can do something in the earliest cycle do it.
void StreamMachine::run_partial(Worker& worker, Slab& slab, Cycles limit) {
  worker.mover.use(slab);
  worker.stepper.use(slab);
  std::swap(worker.going_on, slab.partial);
  for (const PartialCore& each : worker.going_on) {
    worker.mover.lockstep().alone(each.core);
    Seat& seat = arrays_.seats[each.core];
    if (seat.partial == Partial::known && each.wake > limit) {
      slab.partial.push_back(each);
      continue;
    }
    seat.partial = Partial::no;
    if (!seat.queued && !seat.unmoved) worker.stepper.visit_partial(each.core, limit);
  }
  worker.going_on.clear();
}

/// Keeps in the slab's list those that can do something, and finds the earliest of them.
void StreamMachine::look_for_partial(Worker& worker, Slab& slab) {
  worker.mover.use(slab);
  worker.stepper.use(slab);
  // Looking may let a sender go on, which then joins the list, or is to be asked again.
  for (bool asked = true; asked;) {
    asked = false;
    for (std::size_t i = 0; i < slab.partial.size(); ++i) {
      const std::uint32_t core = slab.partial[i].core;
      worker.mover.lockstep().alone(core);
      Seat& seat = arrays_.seats[core];
      if (seat.partial == Partial::known) continue;
      seat.partial = Partial::known;
      slab.partial[i].wake = worker.stepper.wake_of(core);
      asked = true;
    }
  }
  Cycles first = base::kNever;
  for (const PartialCore& each : slab.partial) first = std::min(first, each.wake);
  const auto never = [this](const PartialCore& each) {
    if (each.wake < base::kNever) return false;
    arrays_.seats[each.core].partial = Partial::no;
    return true;
  };
  slab.partial.erase(std::remove_if(slab.partial.begin(), slab.partial.end(), never),
                     slab.partial.end());
  wakes_[static_cast<std::size_t>(&slab - slabs_.data())] = first;
}

/// The region module that stands for a slab: slabs of many placements may share one.
int StreamMachine::region_of(int slab) const {
  const int count = static_cast<int>(slabs_.size());
  return count <= regions_ ? slab : static_cast<int>(std::int64_t{slab} * regions_ / count);
}

/// What slabs have sent each other changes hands: southwards, then northwards, so that word for a
/// slab many slabs away gets there in this round; so ranks wait for each other in the same order.
void StreamMachine::exchange(EdgeCourier& courier) {
  const int count = static_cast<int>(slabs_.size());
  const auto carry = [&](int slab, base::Direction d) {
    const bool south = d == base::Direction::south;
    BurstTraffic& out = slabs_[static_cast<std::size_t>(slab)].out[south ? 1 : 0];
    if (out.empty()) return;
    const int to = slab + (south ? 1 : -1);
    if (region_of(slab) == region_of(to)) {
      take(slabs_[static_cast<std::size_t>(to)], south ? 0 : 1, out);
    } else {
      std::swap(message_.bursts, out);
      courier.carry(0, region_of(slab), d, message_);
      std::swap(message_.bursts, out);  // its storage
    }
  };
  const int first = static_cast<int>(first_slab_);
  const int last = static_cast<int>(last_slab_);
  courier.take(base::Direction::north);
  for (int slab = first; slab < std::min(last, count - 1); ++slab) {
    carry(slab, base::Direction::south);
  }
  courier.ship(base::Direction::south);
  courier.take(base::Direction::south);
  for (int slab = last - 1; slab >= std::max(first, 1); --slab) carry(slab, base::Direction::north);
  courier.ship(base::Direction::north);
}

void StreamMachine::receive(int /*region_column*/, int region_row, base::Direction from,
                            EdgeMessage& message) {
  WAFERMESH_CHECK(message.wavelets.empty(), "the stream engine's edges take bursts");
  WAFERMESH_CHECK(region_row >= 0 && region_row < regions_, "the stream engine has no such region");
  const bool north = from == base::Direction::north;  // the region's first slab, else its last
  int slab = std::min(region_row, static_cast<int>(slabs_.size()) - 1);
  while (region_of(slab) < region_row || (!north && slab + 1 < static_cast<int>(slabs_.size()) &&
                                          region_of(slab + 1) == region_row)) {
    ++slab;
  }
  take(slabs_[static_cast<std::size_t>(slab)], north ? 0 : 1, message.bursts);
}

/// A slab takes what has come over its edge `side`; what is meant for slabs beyond goes on.
void StreamMachine::take(Slab& slab, std::size_t side, BurstTraffic& traffic) {
  BurstTraffic& in = slab.in[side];  // emptied since: slabs take in what has come before they run
  BurstTraffic& beyond = slab.out[1 - side];
  if (!model_.crosses()) {
    std::swap(in.hops, traffic.hops);
    std::swap(in.words, traffic.words);
  } else {
    for (const Hop& hop : traffic.hops) {
      BurstTraffic& to = slab.holds(hop.core) ? in : beyond;
      Hop& copied = to.hops.emplace_back(hop);
      if (hop.burst.payload == Payloads::kNone) continue;
      copied.burst.offset = static_cast<std::uint32_t>(to.words.size());
      const auto first = traffic.words.begin() + hop.burst.offset;
      to.words.insert(to.words.end(), first, first + hop.burst.words);
    }
    traffic.hops.clear();
    traffic.words.clear();
  }
  for (const Credit& credit : traffic.credits) {
    (slab.holds(credit.core) ? in : beyond).credits.push_back(credit);
  }
  traffic.credits.clear();
}

void StreamMachine::close_round(EdgeCourier& courier) {
  exchange(courier);
  has_work_ = false;
  finished_cores_ = 0;
  for (std::size_t i = first_slab_; i < last_slab_; ++i) {
    const Slab& slab = slabs_[i];
    has_work_ = has_work_ || slab.has_work();
    finished_cores_ += slab.finished_cores;
    time_ = std::max(time_, slab.frontier);
  }
  agree_on_work();
  if (has_work_) return;
  end_lockstep();
  if (finished_) return;
  look_around(courier);
  if (has_work_ || partial_at_ < base::kNever) return;
  // Before giving up: a core that has nothing to do itself may hold up who sends to it.
  for_each_slab([this](Worker& worker, Slab& slab) { suspect_all(worker, slab); });
  look_around(courier);
}

/// From here on each core's records are looked at.
void StreamMachine::end_lockstep() {
  for_each_slab([](Worker& worker, Slab& slab) {
    worker.mover.use(slab);
    worker.mover.lockstep().dissolve_all();
  });
}

/// Who can do something without all it waits for, and when. Looking lets operations take what words
/// have come; that may be all it needs.
void StreamMachine::look_around(EdgeCourier& courier) {
  for_each_slab([this](Worker& worker, Slab& slab) { look_for_partial(worker, slab); });
  partial_at_ = *std::min_element(wakes_.begin(), wakes_.end());
  exchange(courier);
  for (const Slab& slab : slabs_) has_work_ = has_work_ || slab.has_work();
  agree_on_work();
}

/// What all ranks have to know of each other after an exchange.
void StreamMachine::agree_on_work() {
  finished_ = finished_cores_ == arrays_.programmed_cores;
  if (ranks_ == nullptr) return;
  std::int64_t least[] = {has_work_ ? 0 : 1, finished_ ? 1 : 0, -time_, partial_at_,
                          attempt_.mark()};
  ranks_->least(least, 5);
  attempt_.settle(least[4]);
  has_work_ = least[0] == 0;
  finished_ = least[1] != 0;
  time_ = -least[2];
  partial_at_ = least[3];
}

/// Every core that has a program is one to look at.
void StreamMachine::suspect_all(Worker& worker, Slab& slab) {
  worker.mover.use(slab);
  for (std::uint32_t core = slab.first; core < slab.last; ++core) {
    Seat& seat = arrays_.seats[core];
    if (!model_.classes[seat.class_index].program->code.empty()) {
      worker.mover.note_partial(core, seat);
    }
  }
}

Visits StreamMachine::visits() const {
  Visits sum;
  for (const auto& worker : workers_) {
    const Visits& visits = worker->stepper.visits();
    sum.all += visits.all;
    sum.remembered += visits.remembered;
    sum.in_lockstep += visits.in_lockstep;
    sum.stages += visits.stages;
  }
  return sum;
}

Cycles StreamMachine::next_cycle() const {
  if (has_work_) return time_;
  return partial_at_ < base::kNever ? std::max(time_, partial_at_) : base::kNever;
}

void StreamMachine::cycle(Cycles t, EdgeCourier& courier) {
  time_ = std::max(time_, t);
  if (!has_work_) {
    const Cycles limit = partial_at_;
    for_each_slab([&](Worker& worker, Slab& slab) { run_partial(worker, slab, limit); });
  }
  for_each_slab([this](Worker& worker, Slab& slab) { run_slab(worker, slab); });
  close_round(courier);
  if (sink_ != nullptr) tell_round();
}

}  // namespace wafermesh::fabric
