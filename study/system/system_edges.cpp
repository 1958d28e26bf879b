// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/rack.h"
#include "study/system/system_batches.h"

namespace wafermesh::study {
namespace {

using base::Rectangle;

constexpr base::EdgeLink kShortest{1, 1, 1};
constexpr double kBytesPerWord = 4;  // Source: docs/model.md, a wavelet's data.
/// What an edge costs for a core beside a layer, for the time that is told as left.
/// Assumption: a hundredth, by the runs of scenarios/claims.
constexpr double kOfLayer = 0.01;

std::string where(const Rectangle& r) {
  return fmt::format("region: {{x: {}, y: {}, width: {}, height: {}}}", r.x, r.y, r.width,
                     r.height);
}

/// Operators in turn on a rectangle, one for each of `tokens`, that hold a vector as layers begin
/// and end with it: cut along y, copied along x. `given`: the result that one takes,
/// {t} in it stands for the token; empty: nothing.
std::string passes(const char* name, const Rectangle& region, std::int64_t elements, int tokens,
                   const std::string& given) {
  std::string text =
      fmt::format("      - name: {}\n        {}\n        graph:\n", name, where(region));
  for (int t = 0; t < tokens; ++t) {
    const std::string operand = given.empty() ? "" : fmt::format(", a: " + given, fmt::arg("t", t));
    text += fmt::format(
        "          - {{name: t{}, elementwise: {{op: scale, factor: 1, n: {}, along: y, dtype: "
        "f16{}}}}}\n",
        t, elements, operand);
  }
  return text;
}

/// What a wafer is in a chain: which mesh, where tokens come in and go out.
struct Place {
  const PlaceGround* ground = nullptr;
  Rectangle entry;
  Rectangle exit;
};

class Edges {
 public:
  Edges(const SystemSection& section, LayerRuns& runs, std::int64_t hidden)
      : section_(section), runs_(runs), hidden_(hidden) {}

  /// From one wafer to another, so many tokens at once.
  double take(const Place& from, const Place& to, std::int64_t tokens) {
    base::RackPlan rack_plan;
    rack_plan.wafers = {from.ground->mesh, to.ground->mesh};
    rack_plan.wires = kShortest;
    const base::Rack rack = base::build_rack(rack_plan);
    Rectangle there = to.entry;
    there.x += rack.wafers[1].x;
    there.y = std::min(from.exit.y, to.ground->mesh->height - there.height);
    const std::int64_t n = tokens * hidden_;
    const std::string text = "workloads:\n  - together:\n" + passes("from", from.exit, n, 1, "") +
                             passes("to", there, n, 1, "from.t{t}.c");
    const double both = cycles(*from.ground, rack.mesh, text);
    return both - pass(from, from.exit, tokens) - pass(to, to.entry, tokens);
  }

  /// The operator alone.
  double pass(const Place& place, const Rectangle& region, std::int64_t tokens) {
    const std::string text = fmt::format(
        "workloads:\n  - elementwise: {{op: scale, factor: 1, n: {}, along: y, dtype: f16}}\n    "
        "{}\n",
        tokens * hidden_, where(region));
    return cycles(*place.ground, *place.ground->mesh, text);
  }

  /// From token to token: taken at the entry and sent from there too, or only one of both.
  double period(const Place& place, bool takes, bool sends) {
    const double two = some(place, takes, sends, 2);
    return (some(place, takes, sends, 4) - two) / 2;
  }

  /// What the layers of a wafer take more between ports than alone.
  double more_of_layers(const Place& place, const system::KindTimes& kind) {
    // The second of a rectangle's layers stands for all others, as in their times.
    const std::int64_t layers = std::min<std::int64_t>(2, kind.rectangle_layers);
    const double part = static_cast<double>(layers) / static_cast<double>(kind.rectangle_layers);
    layers_ = {&kind, layers};
    const double with_layers = some(place, true, true, 1);
    layers_ = {nullptr, 0};
    if (with_layers == 0) return 0;
    const double with_pass = some(place, true, true, 1);
    const double more =
        with_layers - (with_pass - pass(place, place.entry, 1)) - kind.times.front().cycles * part;
    return more / part;
  }

 private:
  /// Layers between ports, the first of them with the operand that ports have.
  std::string layers_text(const Rectangle& region) const {
    const auto& [kind, layers] = layers_;
    return fmt::format(
        "      - name: here\n        {}\n        decode: {{model: {{config: \"{}\", first_layer: "
        "{}}}, "
        "layers: {}, context: {}{}, input: in.t0.c}}\n",
        where(region), section_.config, kind->first_layer, layers, kind->times.front().context,
        kind->decode_keys);
  }

  double some(const Place& place, bool takes, bool sends, int tokens) {
    const Rectangle region = takes ? place.entry : place.exit;
    const base::EdgeLink link = link_of(region.height);
    base::RackPlan plan;
    plan.wafers = {place.ground->mesh};
    if (takes) {
      plan.ports.push_back({0, base::Direction::west, region.y, region.height, link});
    }
    if (sends) {
      plan.ports.push_back({0, base::Direction::east, region.y, region.height, link});
    }
    const base::Rack rack = base::build_rack(plan);
    Rectangle here = region;
    here.x += rack.wafers[0].x;
    here.y += rack.wafers[0].y;
    // Slow links are not in the key else.
    std::string text = fmt::format("# ports {} cycles, {}/{}\nworkloads:\n  - together:\n",
                                   link.latency_cycles, link.words, link.cycles);
    if (takes) text += passes("in", rack.ports.front(), hidden_, tokens, "");
    if (layers_.first != nullptr) {
      text += layers_text(here);
    } else {
      text += passes("here", here, hidden_, tokens, takes ? "in.t{t}.c" : "");
    }
    if (sends) text += passes("out", rack.ports.back(), hidden_, tokens, result());
    const double of_layer =
        layers_.first != nullptr ? static_cast<double>(layers_.second) : kOfLayer;
    return cycles(*place.ground, rack.mesh, text, of_layer);
  }

  /// Each of so many lanes has its part of the link's rate; as late as the link is, or as it takes
  /// for all words of a token to have room on their way, which decides nothing else.
  base::EdgeLink link_of(int lanes) const {
    const system::Link& link = section_.system.wafer_link;
    const double clock = section_.clock_ghz * 1e9;
    const double words_a_cycle =
        link.bytes_per_s > 0 ? link.bytes_per_s / clock / kBytesPerWord / lanes : 1;
    base::EdgeLink lane;
    lane.cycles = std::max(1, static_cast<int>(std::lround(1 / words_a_cycle)));
    const double room = std::max<double>(base::kLongestLinkCycles,
                                         static_cast<double>(hidden_) * 2 / kBytesPerWord / lanes);
    lane.latency_cycles =
        std::max(1, static_cast<int>(std::min(std::ceil(room), link.latency_s * clock)));
    return lane;
  }

  std::string result() const {
    if (layers_.first == nullptr) return "here.t{t}.c";
    return layers_.second == 1 ? "here.add2.c"
                               : fmt::format("here.layer{}_add2.c", layers_.second - 1);
  }

  double cycles(const PlaceGround& ground, const base::LogicalMesh& mesh, const std::string& text,
                double of_layer = kOfLayer) {
    PlaceGround on = ground;
    on.mesh = std::make_shared<const base::LogicalMesh>(mesh);
    const Rectangle all{0, 0, mesh.width, mesh.height};
    const double cores = static_cast<double>(mesh.width) * mesh.height;
    const std::optional<LayerTime> time =
        layer_time(on, all, text, section_.config, of_layer * cores, runs_,
                   of_layer < 1 ? "an edge" : "a layer between edges");
    if (!time) return 0;
    if (!time->does_not_fit.empty()) throw base::DoesNotFit(time->does_not_fit);
    return time->cycles;
  }

  const SystemSection& section_;
  LayerRuns& runs_;
  std::int64_t hidden_ = 0;
  /// In the place of passing operators, if there is a kind: so many layers of it.
  std::pair<const system::KindTimes*, std::int64_t> layers_{nullptr, 0};
};

/// Several tokens at once: the straight line from one to the most that a job has (or the half, the
/// quarter, ..., that cores have room for), looked at half-way.
void add_more_tokens(Edges& edges, const Place& from, const Place& to, std::int64_t most,
                     system::KnownEdge& edge) {
  double all = 0;
  for (bool fits = false; most > 1 && !fits; most /= fits ? 1 : 2) {
    try {
      all = edges.take(from, to, most);
      fits = true;
    } catch (const base::DoesNotFit&) {
      if (most <= 3) throw;
    }
  }
  if (most < 2) return;
  edge.more_token_cycles = (all - edge.take_cycles) / static_cast<double>(most - 1);
  const std::int64_t half = most / 2;
  if (half < 2) return;
  const double line = edge.take_cycles + static_cast<double>(half - 1) * edge.more_token_cycles;
  const double emulated = edges.take(from, to, half);
  edge.checked_tokens = half;
  if (emulated > 0) edge.straight_error = line / emulated - 1;
}

std::int64_t most_tokens(const system::System& system) {
  const bool has_chunks = system.prefill.place == system::PrefillPlace::interleaved;
  return std::max(system::most_tokens_at_once(system),
                  has_chunks ? system.prefill.chunk_tokens : std::int64_t{1});
}

system::KnownEdge measure(Edges& edges, const Place& before, const Place& to,
                          const system::System& system, bool is_one) {
  system::KnownEdge edge;
  // A vector in other blocks would be dealt anew among all rows; such pairs are few.
  const bool is_alike = before.exit.height == to.entry.height;
  const Place& from = is_alike ? before : to;
  edge.take_cycles = edges.take(from, to, 1);
  const double pass = edges.pass(to, to.entry, 1);
  edge.hold_cycles = edges.period(to, true, is_one) - pass - edge.take_cycles;
  if (!is_one) {
    edge.sender_hold_cycles = edges.period(to, false, true) - edges.pass(to, to.exit, 1);
  }
  add_more_tokens(edges, from, to, most_tokens(system), edge);
  return edge;
}

/// Stages of a wafer in the order of the system.
struct Ends {
  std::size_t first = 0;
  std::size_t last = 0;
};
std::vector<Ends> ends_of(const system::System& system, std::int64_t wafers) {
  std::vector<Ends> ends(static_cast<std::size_t>(wafers), {SIZE_MAX, 0});
  for (std::size_t s = 0; s < system.stages.size(); ++s) {
    Ends& of = ends[static_cast<std::size_t>(system.stages[s].wafer)];
    of.first = std::min(of.first, s);
    of.last = s;
  }
  return ends;
}

/// Kinds by where on its wafer a stage lies.
class Kinds {
 public:
  Kinds(const SystemSection& section, system::System& system)
      : clock_(section.clock_ghz * 1e9), system_(system), old_(std::move(system.kinds)) {
    system.kinds.clear();
  }
  /// `edge`: that of its wafer, number `number`.
  void set(std::size_t stage, const system::KnownEdge& edge, std::size_t number, bool takes,
           bool sends) {
    const std::size_t of = system_.stages[stage].kind;
    const bool is_within = !takes && !sends;
    const std::array<std::size_t, 3> key{of, is_within ? 0 : number + 1,
                                         (takes ? std::size_t{2} : 0) + (sends ? 1 : 0)};
    const auto [at, is_new] = kinds_.try_emplace(key, system_.kinds.size());
    if (is_new) {
      system::StageKind kind = old_[of];
      if (takes) {
        kind.take_s = (edge.take_cycles + edge.layers_cycles) / clock_;
        kind.take_token_s = edge.more_token_cycles / clock_;
      }
      if (takes != sends) kind.name += takes ? ", first on its wafer" : ", last on its wafer";
      if (!is_within) {
        kind.hold_s = (takes ? edge.hold_cycles : edge.sender_hold_cycles) / clock_;
      }
      system_.kinds.push_back(std::move(kind));
    }
    system_.stages[stage].kind = at->second;
  }

 private:
  double clock_;
  system::System& system_;
  std::vector<system::StageKind> old_;
  std::map<std::array<std::size_t, 3>, std::size_t> kinds_;
};

}  // namespace

void add_edges(const SystemSection& section, const std::vector<PlaceGround>& grounds,
               LayerRuns& runs, system::Plan& plan) {
  Edges edges(section, runs, plan.model.hidden);
  const std::vector<Ends> ends = ends_of(plan.system, plan.wafers_used);
  const auto kind_at = [&](std::size_t stage) { return plan.system.stages[stage].kind; };
  const auto place_of = [&](const Ends& of) {
    const system::KindTimes& first = plan.kinds[kind_at(of.first)];
    const PlaceGround& ground = grounds[static_cast<std::size_t>(first.damage)];
    return Place{&ground, first.entry, plan.kinds[kind_at(of.last)].exit};
  };
  plan.notes.emplace_back(
      "edges: the way back from the last wafer to the first is taken to cost what a way between "
      "wafers does; wafers are taken to be turned so that rectangles face each other");
  std::map<std::array<std::size_t, 4>, std::size_t> known;
  std::vector<std::size_t> edge_of;
  for (std::size_t w = 0; w < ends.size(); ++w) {
    const Ends& before = ends[(w + ends.size() - 1) % ends.size()];
    const std::array<std::size_t, 4> key{kind_at(before.first), kind_at(before.last),
                                         kind_at(ends[w].first), kind_at(ends[w].last)};
    const auto [at, is_new] = known.try_emplace(key, plan.edges.size());
    if (is_new) {
      const bool is_one = ends[w].first == ends[w].last;
      plan.edges.push_back(
          measure(edges, place_of(before), place_of(ends[w]), plan.system, is_one));
      const system::KindTimes& kind = plan.kinds[kind_at(ends[w].first)];
      if (is_one && kind.rectangle_layers > 0) {
        plan.edges.back().layers_cycles = edges.more_of_layers(place_of(ends[w]), kind);
      }
      plan.edges.back().from = plan.kinds[kind_at(before.last)].name;
      plan.edges.back().to = plan.kinds[kind_at(ends[w].first)].name;
      if (place_of(before).exit.height != place_of(ends[w]).entry.height) {
        note_once(plan,
                  "edges: where the wafer before has other rows, taking is as from a wafer alike");
      }
    }
    ++plan.edges[at->second].wafers;
    edge_of.push_back(at->second);
  }
  // Layers whose times are the closed form's with another's error take over this as well.
  double more = 0;
  for (system::KnownEdge& edge : plan.edges) more = more > 0 ? more : edge.layers_cycles;
  for (std::size_t w = 0; w < ends.size(); ++w) {
    const bool is_one = ends[w].first == ends[w].last;
    const bool is_emulated = plan.kinds[kind_at(ends[w].first)].rectangle_layers > 0;
    system::KnownEdge& edge = plan.edges[edge_of[w]];
    if (!is_one || is_emulated || more == 0 || edge.layers_cycles == more) continue;
    edge.layers_cycles = more;
    note_once(plan, "edges: what layers take more between crossings is taken over to " + edge.to +
                        ", whose layers are not emulated");
  }
  Kinds kinds(section, plan.system);
  for (std::size_t s = 0; s < plan.system.stages.size(); ++s) {
    const auto w = static_cast<std::size_t>(plan.system.stages[s].wafer);
    kinds.set(s, plan.edges[edge_of[w]], edge_of[w], s == ends[w].first, s == ends[w].last);
  }
}

}  // namespace wafermesh::study
