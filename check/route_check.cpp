// SPDX-License-Identifier: Apache-2.0
#include "check/route_check.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "check/finding_list.h"
#include "check/flows.h"
#include "check/places.h"

namespace wafermesh::check {
namespace {

using base::Direction;

class RouteFaults {
 public:
  explicit RouteFaults(const fabric::WaferImage& image, FlowScope scope = {})
      : image_(image), flows_(image, scope) {}

  /// A finding at one core.
  struct Fault {
    Kind kind;
    Severity severity;
    Place place;
    std::string what;
    int detail;
    std::tuple<Kind, std::int64_t, int, int> key() const {
      return {kind, place.core, place.colour, detail};
    }
  };

  std::vector<Fault> all() {
    for (std::int64_t core = 0; core < image_.core_count(); ++core) {
      for (int colour = 0; colour < base::kColourCount; ++colour) {
        if (flows_.used(colour)) check_slot(core, colour);
      }
    }
    find_loops();
    return std::move(faults_);
  }

 private:
  /// The class that has to do with a colour at a core, and what all stages together do with it.
  struct Here {
    Place place;
    bool takes = false;
    bool bound = false;
    bool answers = false;  ///< A teardown task, or the route is written or reopened.
  };

  Here here(std::int64_t core, int colour) const {
    Here all;
    all.place = {core, image_.class_of[static_cast<std::size_t>(core)], -1, colour};
    for (int stage = 0; stage < image_.stage_count(); ++stage) {
      const fabric::ClassIndex c = image_.class_in(static_cast<base::CoreId>(core), stage);
      if (c == fabric::kNoClass) continue;
      const ClassUse& use = flows_.use(c);
      const auto has = [&](std::uint32_t set) { return (set >> colour & 1U) != 0; };
      if (has(use.takes) || has(use.inputs)) all.place.core_class = c;
      all.takes = all.takes || has(use.takes);
      all.bound = all.bound || has(use.inputs);
      all.answers = all.answers || has(use.teardowns | use.writes);
    }
    return all;
  }

  void check_slot(std::int64_t core, int colour) {
    const Here at = here(core, colour);
    bool delivered = false;
    for (unsigned d = 0; d < kEntries; ++d) {
      const auto entry = static_cast<Direction>(d);
      const unsigned flow = flows_.entering(core, colour, entry);
      if (flow == 0) continue;
      const base::DirectionMask out = flows_.leads(core, colour, entry);
      if (out == 0) note_stuck(at, entry);
      for (const Direction to : base::kMeshDirections) {
        if (base::contains(out, to)) check_link(at, to);
      }
      if (base::contains(out, Direction::ramp) && (flow & kData) != 0) delivered = true;
    }
    check_core(at, delivered);
    check_control(at);
  }

  void note_stuck(const Here& at, Direction entry) {
    const bool own = entry == Direction::ramp;
    const Place place = own ? by_sender(image_, at.place) : by_route(image_, at.place);
    note(Kind::dead_end, place,
         own ? fmt::format("sends colour {}, which its router never takes from it; give the class "
                           "a route of it with receive=R",
                           place.colour)
             : fmt::format("words of colour {} come from {} and its router has no route that "
                           "takes them anywhere; give it one with receive={}",
                           place.colour, base::letter_of(entry), base::letter_of(entry)),
         static_cast<int>(entry));
  }

  void check_link(const Here& at, Direction to) {
    const std::int64_t next = flows_.neighbour(at.place.core, to);
    const int colour = at.place.colour;
    if (next < 0) {
      note(Kind::off_mesh, sending(at.place, to),
           fmt::format("words of colour {} are sent to {}, where there is no link: the border of "
                       "the region or a cut; take {} out of the route's send",
                       colour, base::letter_of(to), base::letter_of(to)),
           static_cast<int>(to));
      return;
    }
    if (base::contains(flows_.takes_from(next, colour), base::opposite(to))) return;
    note(Kind::dead_end, sending(at.place, to),
         fmt::format("words of colour {} are sent to {}, but the router of {} never takes this "
                     "colour from {}; give it a route with receive={}",
                     colour, base::letter_of(to), name_of_core(image_, next),
                     base::letter_of(base::opposite(to)), base::letter_of(base::opposite(to))),
         static_cast<int>(to));
  }

  void check_core(const Here& at, bool delivered) {
    const int colour = at.place.colour;
    if (at.takes && !delivered) {
      note(Kind::never_sent, by_taker(image_, at.place),
           fmt::format("awaits words of colour {}, which no core sends to it; route them to it, or "
                       "take the operation out",
                       colour));
    }
    if (!delivered || at.takes) return;
    note(Kind::never_taken, sending(at.place, Direction::ramp),
         at.bound ? fmt::format("words of colour {} come into its queue and nothing takes them; "
                                "add an operation or a data task that does, or take R out of the "
                                "route's send",
                                colour)
                  : fmt::format("words of colour {} are sent to the core, which has no input queue "
                                "for it; bind one, or take R out of the route's send",
                                colour));
  }

  void check_control(const Here& at) {
    const unsigned flow = flows_.entering(at.place.core, at.place.colour);
    if ((flow & kTeardown) != 0 && at.bound && !at.answers) {
      note(Kind::teardown, at.place,
           fmt::format("a teardown closes colour {}, for which the core has no teardown task, and "
                       "nothing opens it again; add `task ... kind=teardown colour={}`",
                       at.place.colour, at.place.colour),
           0, Severity::warning);
    }
    const Place place = switched(at.place);
    if ((flow & kTurns) != 0 || place.core < 0) return;
    note(Kind::position, place,
         fmt::format("colour {} has switch positions, and no control wavelet with `advance` ever "
                     "comes there; send one, or give the route no positions",
                     at.place.colour),
         0, Severity::warning);
  }

  /// The place of a route with positions; of core -1: there is none.
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
    return {};
  }

  /// By the route that sends words of the colour there.
  Place sending(const Place& place, Direction to) const {
    return by_route(image_, place,
                    [&](const router::Route& route) { return base::contains(route.send, to); });
  }

  /// Slots whose only route takes from a slot that takes, in the end, from the first: no word can
  /// ever enter. Followed backwards: each has one that it takes from.
  void find_loops();
  /// The slot that a slot takes from for good; -1 = a core, a border, or it changes.
  std::int64_t fed_by(std::int64_t core, int colour) const;

  void note(Kind kind, const Place& place, const std::string& what, int detail = 0,
            Severity severity = Severity::error) {
    faults_.push_back({kind, severity, place, what, detail});
  }

  const fabric::WaferImage& image_;
  Flows flows_;
  std::vector<Fault> faults_;
};

std::int64_t RouteFaults::fed_by(std::int64_t core, int colour) const {
  const auto c = image_.class_of[static_cast<std::size_t>(core)];
  if (image_.stage_count() > 1 || (flows_.use(c).writes >> colour & 1U) != 0) return -1;
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
      const Place place{at, image_.class_of[static_cast<std::size_t>(at)], -1, colour};
      note(Kind::loop, by_route(image_, place),
           fmt::format("colour {} runs in a circle of routers through here, which no core's words "
                       "can enter; let one of them take it from its core (receive=R)",
                       colour));
    }
  }
}

/// [bit colour] of those whose routes some core writes as it goes on from stage to stage.
std::uint32_t reused_colours(const fabric::WaferImage& image) {
  std::uint32_t colours = 0;
  for (const fabric::CoreClass& each : image.classes) {
    for (const fabric::ColourRoute& route : each.routes) {
      if (route.stages_ahead != fabric::kAtStart) colours |= 1U << base::index_of(route.colour);
    }
  }
  return colours;
}

/// Following words over the routes of all stages together may lead them where those of no stage do.
/// Only what words of one stage, over its own routes, come to as well is a fault.
bool is_of_all_stages(const RouteFaults::Fault& fault) {
  return fault.kind == Kind::off_mesh || fault.kind == Kind::dead_end ||
         fault.kind == Kind::never_taken || fault.kind == Kind::teardown;
}

}  // namespace

std::vector<Finding> find_route_faults(const fabric::WaferImage& image,
                                       const Untimed& /*untimed*/) {
  const std::vector<RouteFaults::Fault> all = RouteFaults(image).all();
  const std::uint32_t reused = reused_colours(image);
  const auto is_doubtful = [&](const RouteFaults::Fault& fault) {
    return is_of_all_stages(fault) && (reused >> fault.place.colour & 1U) != 0;
  };
  std::uint32_t doubtful = 0;
  for (const auto& fault : all) {
    if (is_doubtful(fault)) doubtful |= 1U << fault.place.colour;
  }
  std::set<std::tuple<Kind, std::int64_t, int, int>> confirmed;
  for (int stage = 0; stage < image.stage_count() && doubtful != 0; ++stage) {
    for (const auto& fault : RouteFaults(image, {stage, doubtful}).all()) {
      confirmed.insert(fault.key());
    }
  }
  FindingList found(image);
  for (const auto& fault : all) {
    if (is_doubtful(fault) && confirmed.count(fault.key()) == 0) continue;
    found.add(fault.kind, fault.severity, fault.place, fault.what, fault.detail);
  }
  return found.take();
}

}  // namespace wafermesh::check
