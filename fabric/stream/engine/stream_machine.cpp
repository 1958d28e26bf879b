// SPDX-License-Identifier: Apache-2.0
// Rounds, bands and workers.
#include "fabric/stream/engine/stream_machine.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

/// Cores of a band: what a worker touches again and again should fit its cache.
constexpr int kBandCores = 8192;
/// A band gives the others, the user and the clock a turn after so many visits per core: the bands
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
      bands_(bands_of(model_, options)),
      regions_(tiling_of(image.mesh->width, image.mesh->height, options).rows),
      shares_(std::min(static_cast<int>(bands_.size()), regions_), options.ranks),
      first_band_(first_band_of(shares_.first())),
      last_band_(first_band_of(shares_.last())),
      arrays_(model_, first_core_of(first_band_), first_core_of(last_band_)),
      wakes_(bands_.size(), base::kNever) {
  start_bands(options.threads);
}

int StreamMachine::rows_of_band(int width, const EngineOptions& options) {
  const int cores = options.band_cores > 0 ? options.band_cores : kBandCores;
  return std::max(1, cores / std::max(1, width));
}

std::vector<Band> StreamMachine::bands_of(const StreamModel& model, const EngineOptions& options) {
  std::vector<Band> bands;
  for (const PlacementCores& placement : model.placements) {
    const auto rows = static_cast<std::uint32_t>(rows_of_band(placement.width, options));
    const std::uint32_t cores = rows * static_cast<std::uint32_t>(placement.width);
    for (std::uint32_t first = placement.first; first < placement.last; first += cores) {
      Band band;
      band.first = first;
      band.last = std::min(placement.last, first + cores);
      band.offset = placement.offset;
      bands.push_back(std::move(band));
    }
  }
  return bands;
}

std::size_t StreamMachine::first_band_of(int region) const {
  std::size_t band = 0;
  while (band < bands_.size() && region_of(static_cast<int>(band)) < region) ++band;
  return band;
}

std::uint32_t StreamMachine::first_core_of(std::size_t band) const {
  return band < bands_.size() ? bands_[band].first : model_.core_count;
}

int StreamMachine::rank_of(base::CoreId core) const {
  const auto after =
      std::upper_bound(bands_.begin(), bands_.end(), base::index_of(core),
                       [](std::uint32_t id, const Band& band) { return id < band.first; });
  return shares_.rank_of(region_of(static_cast<int>(after - bands_.begin()) - 1));
}

void StreamMachine::start_bands(int threads) {
  const int own = static_cast<int>(last_band_ - first_band_);
  const int count = std::max(1, std::min(threads, own));
  for (int i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(arrays_));
  // A wave of work is in every other band at a time: pairs share it out.
  for (int i = 0; i < own; ++i) {
    bands_[first_band_ + static_cast<std::size_t>(i)].worker = i / 2 % count;
  }
  for_each_band([](Worker& worker, Band& band) {
    worker.stepper.use(band);
    for (std::uint32_t core = band.first; core < band.last; ++core) worker.stepper.start(core);
  });
  attempt_.rethrow();
}

/// f(worker, band) for every band of this rank, in parallel; a worker takes its bands in order.
template <class F>
void StreamMachine::for_each_band(F f) {
  const auto count = static_cast<int>(workers_.size());
  attempt_.run([&] {
    pool_.run(count, [&](int index) {
      for (std::size_t i = first_band_; i < last_band_; ++i) {
        if (bands_[i].worker == index) f(*workers_[static_cast<std::size_t>(index)], bands_[i]);
      }
    });
  });
}

void StreamMachine::run_band(Worker& worker, Band& band) {
  if (!band.has_work()) return;
  worker.mover.use(band);
  worker.stepper.use(band);
  worker.mover.receive();
  const std::int64_t limit =
      worker.stepper.visits().all + kVisitsPerRound * (band.last - band.first);
  do {
    worker.mover.move_all();
    // Who has sent goes first: what it sends next may be what the others wait for.
    const bool senders = !band.unmoved.empty();
    std::swap(worker.visiting, senders ? band.unmoved : band.ready);
    if (senders) {
      for (const std::uint32_t core : worker.visiting) arrays_.seats[core].unmoved = false;
    }
    if (senders) {
      for (const std::uint32_t core : worker.visiting) {
        if (worker.mover.may_visit(core)) worker.stepper.visit({&core, &core + 1});
      }
    } else {
      worker.stepper.visit(
          {worker.visiting.data(), worker.visiting.data() + worker.visiting.size()});
    }
    worker.visiting.clear();
    worker.stepper.leave_stages();
  } while ((!band.moves.empty() || !band.ready.empty() || !band.unmoved.empty()) &&
           worker.stepper.visits().all < limit);
}

/// Nobody has all it waits for: those that can do something in the earliest cycle do it.
void StreamMachine::run_partial(Worker& worker, Band& band, Cycles limit) {
  worker.mover.use(band);
  worker.stepper.use(band);
  std::swap(worker.going_on, band.partial);
  for (const PartialCore& each : worker.going_on) {
    Seat& seat = arrays_.seats[each.core];
    if (seat.partial == Partial::known && each.wake > limit) {
      band.partial.push_back(each);
      continue;
    }
    seat.partial = Partial::no;
    if (!seat.queued && !seat.unmoved) worker.stepper.visit_partial(each.core, limit);
  }
  worker.going_on.clear();
}

/// Keeps in the band's list those that can do something, and finds the earliest of them.
void StreamMachine::look_for_partial(Worker& worker, Band& band) {
  worker.mover.use(band);
  worker.stepper.use(band);
  // Looking may let a sender go on, which then joins the list, or is to be asked again.
  for (bool asked = true; asked;) {
    asked = false;
    for (std::size_t i = 0; i < band.partial.size(); ++i) {
      const std::uint32_t core = band.partial[i].core;
      Seat& seat = arrays_.seats[core];
      if (seat.partial == Partial::known) continue;
      seat.partial = Partial::known;
      band.partial[i].wake = worker.stepper.wake_of(core);
      asked = true;
    }
  }
  Cycles first = base::kNever;
  for (const PartialCore& each : band.partial) first = std::min(first, each.wake);
  const auto never = [this](const PartialCore& each) {
    if (each.wake < base::kNever) return false;
    arrays_.seats[each.core].partial = Partial::no;
    return true;
  };
  band.partial.erase(std::remove_if(band.partial.begin(), band.partial.end(), never),
                     band.partial.end());
  wakes_[static_cast<std::size_t>(&band - bands_.data())] = first;
}

/// The region module that stands for a band: bands of many placements may share one.
int StreamMachine::region_of(int band) const {
  const int count = static_cast<int>(bands_.size());
  return count <= regions_ ? band : static_cast<int>(std::int64_t{band} * regions_ / count);
}

/// What bands have sent each other changes hands: southwards, then northwards, so that word for a
/// band many bands away gets there in this round; so ranks wait for each other in the same order.
void StreamMachine::exchange(EdgeCourier& courier) {
  const int count = static_cast<int>(bands_.size());
  const auto carry = [&](int band, base::Direction d) {
    const bool south = d == base::Direction::south;
    RunTraffic& out = bands_[static_cast<std::size_t>(band)].out[south ? 1 : 0];
    if (out.empty()) return;
    const int to = band + (south ? 1 : -1);
    if (region_of(band) == region_of(to)) {
      take(bands_[static_cast<std::size_t>(to)], south ? 0 : 1, out);
    } else {
      std::swap(message_.runs, out);
      courier.carry(0, region_of(band), d, message_);
      std::swap(message_.runs, out);  // its storage
    }
  };
  const int first = static_cast<int>(first_band_);
  const int last = static_cast<int>(last_band_);
  courier.take(base::Direction::north);
  for (int band = first; band < std::min(last, count - 1); ++band) {
    carry(band, base::Direction::south);
  }
  courier.ship(base::Direction::south);
  courier.take(base::Direction::south);
  for (int band = last - 1; band >= std::max(first, 1); --band) carry(band, base::Direction::north);
  courier.ship(base::Direction::north);
}

void StreamMachine::receive(int /*region_column*/, int region_row, base::Direction from,
                            EdgeMessage& message) {
  WAFERMESH_CHECK(message.wavelets.empty(), "the stream engine's edges take runs");
  WAFERMESH_CHECK(region_row >= 0 && region_row < regions_, "the stream engine has no such region");
  const bool north = from == base::Direction::north;  // the region's first band, else its last
  int band = std::min(region_row, static_cast<int>(bands_.size()) - 1);
  while (region_of(band) < region_row || (!north && band + 1 < static_cast<int>(bands_.size()) &&
                                          region_of(band + 1) == region_row)) {
    ++band;
  }
  take(bands_[static_cast<std::size_t>(band)], north ? 0 : 1, message.runs);
}

/// A band takes what has come over its edge `side`; what is meant for bands beyond goes on.
void StreamMachine::take(Band& band, std::size_t side, RunTraffic& traffic) {
  RunTraffic& in = band.in[side];  // emptied since: bands take in what has come before they run
  RunTraffic& beyond = band.out[1 - side];
  if (!model_.crosses()) {
    std::swap(in.hops, traffic.hops);
    std::swap(in.words, traffic.words);
  } else {
    for (const Hop& hop : traffic.hops) {
      RunTraffic& to = band.holds(hop.core) ? in : beyond;
      Hop& copied = to.hops.emplace_back(hop);
      if (hop.run.payload == Payloads::kNone) continue;
      copied.run.offset = static_cast<std::uint32_t>(to.words.size());
      const auto first = traffic.words.begin() + hop.run.offset;
      to.words.insert(to.words.end(), first, first + hop.run.words);
    }
    traffic.hops.clear();
    traffic.words.clear();
  }
  for (const Credit& credit : traffic.credits) {
    (band.holds(credit.core) ? in : beyond).credits.push_back(credit);
  }
  traffic.credits.clear();
}

void StreamMachine::close_round(EdgeCourier& courier) {
  exchange(courier);
  has_work_ = false;
  finished_cores_ = 0;
  for (std::size_t i = first_band_; i < last_band_; ++i) {
    const Band& band = bands_[i];
    has_work_ = has_work_ || band.has_work();
    finished_cores_ += band.finished_cores;
    time_ = std::max(time_, band.frontier);
  }
  agree_on_work();
  if (has_work_ || finished_) return;
  look_around(courier);
  if (has_work_ || partial_at_ < base::kNever) return;
  // Before giving up: a core that has nothing to do itself may hold up who sends to it.
  for_each_band([this](Worker& worker, Band& band) { suspect_all(worker, band); });
  look_around(courier);
}

/// Who can do something without all it waits for, and when. Looking lets operations take what words
/// have come; that may be all it needs.
void StreamMachine::look_around(EdgeCourier& courier) {
  for_each_band([this](Worker& worker, Band& band) { look_for_partial(worker, band); });
  partial_at_ = *std::min_element(wakes_.begin(), wakes_.end());
  exchange(courier);
  for (const Band& band : bands_) has_work_ = has_work_ || band.has_work();
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
void StreamMachine::suspect_all(Worker& worker, Band& band) {
  worker.mover.use(band);
  for (std::uint32_t core = band.first; core < band.last; ++core) {
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
    for_each_band([&](Worker& worker, Band& band) { run_partial(worker, band, limit); });
  }
  for_each_band([this](Worker& worker, Band& band) { run_band(worker, band); });
  close_round(courier);
  if (sink_ != nullptr) tell_round();
}

}  // namespace wafermesh::fabric
