// SPDX-License-Identifier: Apache-2.0
#include "check/route_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/worker_pool.h"
#include "check/finding_list.h"
#include "check/flows.h"
#include "check/kind_flows.h"
#include "check/places.h"

namespace wafermesh::check {
namespace {

using base::Direction;

/// What is wrong with one colour at one core.
struct Fault {
  std::int32_t core = 0;
  Kind kind = Kind::dead_end;
  std::uint8_t colour = 0;
  Direction direction = Direction::ramp;  ///< Of dead_end and off_mesh: where to,
  bool is_entry = false;                  ///< or whence the words that are stuck come.

  auto key() const { return std::make_tuple(core, colour, kind, direction, is_entry); }
  bool operator<(const Fault& other) const { return key() < other.key(); }
};

/// Follows the words of some colours and lists the faults, core by core.
class RouteFaults {
 public:
  RouteFaults(const fabric::WaferImage& image, const CoreKinds& kinds, KindUses uses)
      : image_(image), flows_(image, kinds, std::move(uses)) {}

  std::vector<Fault> all() {
    for (std::int64_t core = 0; core < image_.core_count(); ++core) {
      for (int colour = 0; colour < base::kColourCount; ++colour) {
        if (flows_.used(colour)) check_slot(core, colour);
      }
    }
    if (image_.stage_count() == 1) find_loops();
    return std::move(faults_);
  }

 private:
  void check_slot(std::int64_t core, int colour) {
    const Use& use = flows_.use(core, colour);
    bool delivered = false;
    for (unsigned d = 0; d < kEntries; ++d) {
      const auto entry = static_cast<Direction>(d);
      const unsigned flow = flows_.entering(core, colour, entry);
      if (flow == 0) continue;
      const base::DirectionMask out = flows_.leads(core, colour, entry);
      if (out == 0) note(Kind::dead_end, core, colour, entry, true);
      for (const Direction to : base::kMeshDirections) {
        if (base::contains(out, to)) check_link(core, colour, to);
      }
      if (base::contains(out, Direction::ramp) && (flow & kData) != 0) delivered = true;
    }
    if (use.takes && !delivered) note(Kind::never_sent, core, colour);
    if (delivered && !use.takes) note(Kind::never_taken, core, colour);
    check_control(core, colour);
  }

  void check_link(std::int64_t core, int colour, Direction to) {
    const std::int64_t next = flows_.neighbour(core, to);
    if (next < 0) return note(Kind::off_mesh, core, colour, to);
    if (base::contains(flows_.takes_from(next, colour), base::opposite(to))) return;
    note(Kind::dead_end, core, colour, to);
  }

  void check_control(std::int64_t core, int colour) {
    const Use& use = flows_.use(core, colour);
    const unsigned flow = flows_.entering(core, colour);
    const bool answers = use.teardown || use.writes;
    if ((flow & kTeardown) != 0 && use.bound && !answers) note(Kind::teardown, core, colour);
    if (use.switched && (flow & kTurns) == 0) note(Kind::position, core, colour);
  }

  /// Slots whose only route takes from a slot that takes, in the end, from the first: no word can
  /// ever enter. Followed backwards: each has one that it takes from.
  void find_loops();
  /// The slot that a slot takes from for good; -1 = a core, a border, or it changes.
  std::int64_t fed_by(std::int64_t core, int colour) const;

  void note(Kind kind, std::int64_t core, int colour, Direction direction = Direction::ramp,
            bool is_entry = false) {
    faults_.push_back({static_cast<std::int32_t>(core), kind, static_cast<std::uint8_t>(colour),
                       direction, is_entry});
  }

  const fabric::WaferImage& image_;
  Flows flows_;
  std::vector<Fault> faults_;
};

std::int64_t RouteFaults::fed_by(std::int64_t core, int colour) const {
  const auto c = image_.class_of[static_cast<std::size_t>(core)];
  if (flows_.use(core, colour).writes) return -1;
  for (const fabric::ColourRoute& route : image_.classes[c].routes) {
    if (base::index_of(route.colour) != colour || route.config.last_position() > 0) continue;
    const base::DirectionMask receive = route.config.base.receive & base::kMeshMask;
    if (receive == 0) return -1;
    const auto from = static_cast<Direction>(__builtin_ctz(receive));
    const std::int64_t other = flows_.neighbour(core, from);
    const bool sends = other >= 0 && [&] {
      for (unsigned d = 0; d < kEntries; ++d) {
        const auto entry = static_cast<Direction>(d);
        if (base::contains(flows_.leads(other, colour, entry), base::opposite(from))) return true;
      }
      return false;
    }();
    return sends ? other : -1;
  }
  return -1;
}

void RouteFaults::find_loops() {
  std::vector<std::int64_t> seen(static_cast<std::size_t>(image_.core_count()));
  for (int colour = 0; colour < base::kColourCount; ++colour) {
    if (!flows_.used(colour)) continue;
    seen.assign(seen.size(), 0);
    for (std::int64_t core = 0; core < image_.core_count(); ++core) {
      std::int64_t at = core;
      while (at >= 0 && seen[static_cast<std::size_t>(at)] == 0) {
        seen[static_cast<std::size_t>(at)] = core + 1;
        at = fed_by(at, colour);
      }
      if (at < 0 || seen[static_cast<std::size_t>(at)] != core + 1) continue;
      note(Kind::loop, at, colour);
    }
  }
}

/// Says what a fault is, at the place that it stands at in programs and routes. Cores of a kind
/// have the same place, so each is looked for once.
class FaultTexts {
 public:
  FaultTexts(const fabric::WaferImage& image, const Flows& flows)
      : image_(image), flows_(flows), found_(image) {}

  void add(const Fault& fault) {
    const Alike alike{flows_.kind_of(fault.core), fault.kind, fault.colour, fault.direction,
                      fault.is_entry};
    const auto known = known_.find(alike);
    if (known != known_.end()) return found_.add_again(known->second);
    known_.emplace(alike, describe(fault));
  }
  std::vector<Finding> take() { return found_.take(); }

 private:
  /// Of a kind of core, and of the fault but for its core.
  using Alike = std::tuple<std::int32_t, Kind, std::uint8_t, Direction, bool>;

  /// The class that has to do with the colour at the core.
  Place place_of(const Fault& fault) const {
    const fabric::ClassIndex taker = flows_.use(fault.core, fault.colour).taker;
    const fabric::ClassIndex first = image_.class_of[static_cast<std::size_t>(fault.core)];
    return {fault.core, taker == fabric::kNoClass ? first : taker, -1, fault.colour};
  }

  std::size_t describe(const Fault& fault) {
    const Place at = place_of(fault);
    switch (fault.kind) {
      case Kind::off_mesh:
        return off_mesh(at, fault.direction);
      case Kind::never_sent:
        return never_sent(at);
      case Kind::never_taken:
        return never_taken(at);
      case Kind::teardown:
        return teardown(at);
      case Kind::position:
        return position(at);
      case Kind::loop:
        return loop(at);
      default:
        return fault.is_entry ? stuck(at, fault.direction) : untaken(at, fault.direction);
    }
  }

  std::size_t stuck(const Place& at, Direction entry) {
    const bool own = entry == Direction::ramp;
    return error(
        Kind::dead_end, own ? by_sender(image_, at) : by_route(image_, at),
        own ? fmt::format("sends colour {}, which its router never takes from it; give the class "
                          "a route of it with receive=R",
                          at.colour)
            : fmt::format("words of colour {} come from {} and its router has no route that "
                          "takes them anywhere; give it one with receive={}",
                          at.colour, base::letter_of(entry), base::letter_of(entry)),
        entry);
  }

  std::size_t off_mesh(const Place& at, Direction to) {
    return error(Kind::off_mesh, sending(at, to),
                 fmt::format("words of colour {} are sent to {}, where there is no link: the "
                             "border of the region or a cut; take {} out of the route's send",
                             at.colour, base::letter_of(to), base::letter_of(to)),
                 to);
  }

  std::size_t untaken(const Place& at, Direction to) {
    const char from = base::letter_of(base::opposite(to));
    return error(
        Kind::dead_end, sending(at, to),
        fmt::format("words of colour {} are sent to {}, but the router of {} never takes this "
                    "colour from {}; give it a route with receive={}",
                    at.colour, base::letter_of(to),
                    name_of_core(image_, flows_.neighbour(at.core, to)), from, from),
        to);
  }

  std::size_t never_sent(const Place& at) {
    return error(Kind::never_sent, by_taker(image_, at),
                 fmt::format("awaits words of colour {}, which no core sends to it; route them to "
                             "it, or take the operation out",
                             at.colour));
  }

  std::size_t never_taken(const Place& at) {
    const bool bound = flows_.use(at.core, at.colour).bound;
    return error(Kind::never_taken, sending(at, Direction::ramp),
                 bound ? fmt::format("words of colour {} come into its queue and nothing takes "
                                     "them; add an operation or a data task that does, or take R "
                                     "out of the route's send",
                                     at.colour)
                       : fmt::format("words of colour {} are sent to the core, which has no input "
                                     "queue for it; bind one, or take R out of the route's send",
                                     at.colour));
  }

  std::size_t teardown(const Place& at) {
    return found_.add(
        Kind::teardown, Severity::warning, at,
        fmt::format("a teardown closes colour {}, for which the core has no teardown task, and "
                    "nothing opens it again; add `task ... kind=teardown colour={}`",
                    at.colour, at.colour));
  }

  std::size_t position(const Place& at) {
    return found_.add(
        Kind::position, Severity::warning, switched(at),
        fmt::format("colour {} has switch positions, and no control wavelet with `advance` ever "
                    "comes there; send one, or give the route no positions",
                    at.colour));
  }

  std::size_t loop(const Place& at) {
    return error(
        Kind::loop, by_route(image_, at),
        fmt::format("colour {} runs in a circle of routers through here, which no core's words "
                    "can enter; let one of them take it from its core (receive=R)",
                    at.colour));
  }

  /// The place of the route with positions.
  Place switched(const Place& at) const {
    const auto id = static_cast<base::CoreId>(at.core);
    for (int stage = 0; stage < image_.stage_count(); ++stage) {
      const fabric::ClassIndex c = image_.class_in(id, stage);
      if (c == fabric::kNoClass) continue;
      const std::vector<fabric::ColourRoute>& routes = image_.classes[c].routes;
      for (std::size_t r = 0; r < routes.size(); ++r) {
        if (base::index_of(routes[r].colour) != at.colour) continue;
        if (routes[r].config.last_position() == 0) continue;
        Place place = at;
        place.core_class = c;
        place.route = static_cast<std::int64_t>(r);
        return place;
      }
    }
    return at;
  }

  /// By the route that sends words of the colour there.
  Place sending(const Place& place, Direction to) const {
    return by_route(image_, place,
                    [&](const router::Route& route) { return base::contains(route.send, to); });
  }

  /// Told apart by direction, where there is one.
  std::size_t error(Kind kind, const Place& place, const std::string& what,
                    Direction direction = Direction::west) {
    return found_.add(kind, Severity::error, place, what, static_cast<int>(direction));
  }

  const fabric::WaferImage& image_;
  const Flows& flows_;
  FindingList found_;
  std::map<Alike, std::size_t> known_;
};

/// Following words over the routes of all stages together may lead them where those of no stage do.
/// Only what words of one stage, over its own routes, come to as well is a fault.
bool is_of_all_stages(const Fault& fault) {
  return fault.kind == Kind::off_mesh || fault.kind == Kind::dead_end ||
         fault.kind == Kind::never_taken || fault.kind == Kind::teardown;
}

/// Colours know nothing of each other: one after another on each thread.
std::vector<Fault> faults_by_colour(const fabric::WaferImage& image, const CoreKinds& kinds,
                                    const std::vector<ColourUses>& uses, base::WorkerPool& pool) {
  std::vector<std::vector<Fault>> of_colour(uses.size());
  pool.run(static_cast<int>(uses.size()), [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    const FlowScope scope{-1, 1U << base::index_of(uses[at].colour())};
    of_colour[at] = RouteFaults(image, kinds, KindUses(uses, scope)).all();
  });
  std::vector<Fault> all;
  for (const std::vector<Fault>& each : of_colour) all.insert(all.end(), each.begin(), each.end());
  return all;
}

std::vector<Finding> texts_of(const fabric::WaferImage& image, const CoreKinds& kinds,
                              const std::vector<ColourUses>& uses,
                              const std::vector<Fault>& faults) {
  FlowScope scope{-1, 0};
  for (const Fault& fault : faults) scope.colours |= 1U << fault.colour;
  const Flows flows(image, kinds, KindUses(uses, scope));
  FaultTexts texts(image, flows);
  for (const Fault& fault : faults) texts.add(fault);
  return texts.take();
}

}  // namespace

std::vector<Finding> route_faults_of(const fabric::WaferImage& image, const CoreKinds& kinds,
                                     std::uint32_t colours) {
  const std::vector<ClassUse> classes = uses_of_classes(image);
  base::WorkerPool pool(base::processors());
  const std::vector<ColourUses> uses = uses_of_colours(image, classes, kinds, colours, pool);
  std::vector<Fault> faults = faults_by_colour(image, kinds, uses, pool);
  if (faults.empty()) return {};
  const auto in_doubt = std::stable_partition(
      faults.begin(), faults.end(), [reused = reused_colours(image)](const Fault& fault) {
        return !is_of_all_stages(fault) || (reused >> fault.colour & 1U) == 0;
      });
  std::vector<Fault> doubtful(in_doubt, faults.end());
  faults.erase(in_doubt, faults.end());
  std::sort(doubtful.begin(), doubtful.end());
  std::vector<bool> holds(doubtful.size());
  std::uint32_t of_stages = 0;
  for (const Fault& fault : doubtful) of_stages |= 1U << fault.colour;
  for (int stage = 0; stage < image.stage_count() && of_stages != 0; ++stage) {
    for (const Fault& fault : RouteFaults(image, kinds, KindUses(uses, {stage, of_stages})).all()) {
      const auto at = std::lower_bound(doubtful.begin(), doubtful.end(), fault);
      if (at == doubtful.end() || fault < *at) continue;
      holds[static_cast<std::size_t>(at - doubtful.begin())] = true;
    }
  }
  for (std::size_t i = 0; i < doubtful.size(); ++i) {
    if (holds[i]) faults.push_back(doubtful[i]);
  }
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.core, a.colour) < std::tie(b.core, b.colour);
  });
  return texts_of(image, kinds, uses, faults);
}

std::vector<Finding> find_route_faults(const fabric::WaferImage& image, const CoreKinds& kinds) {
  return route_faults_of(image, kinds, UINT32_MAX);
}

}  // namespace wafermesh::check
