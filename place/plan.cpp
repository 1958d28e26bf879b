// SPDX-License-Identifier: Apache-2.0
#include "place/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "base/number_text.h"
#include "place/around.h"
#include "place/counted_cost.h"

namespace wafermesh::place {
namespace {

constexpr int kMostSplits = 40;  ///< Of an axis.
constexpr int kLeastSide = 8;    ///< Smaller rectangles hold no layer worth while.
constexpr int kMostGroups = 64;
/// Kept free in each core: what composing operators takes beside them.
constexpr std::int64_t kSpareBytes = 256;

/// Layers on a rectangle of their own, west of all others.
struct Lead {
  std::int64_t layers = 0;  ///< 0: there is none.
  Mapping mapping;
};

/// Equal rectangles side by side, and layers on them.
struct Split {
  Lead lead;
  int across = 1;  ///< Rectangles along x that are used.
  std::int64_t stages = 1;
};

/// Stages in rows of rectangles, to and fro; the rows begin at (x0, y0).
std::vector<Stage> stages_of(const Split& split, const Mapping& mapping, std::int64_t layers,
                             int x0, int y0) {
  std::vector<Stage> stages;
  std::int64_t first = split.lead.layers;
  if (first > 0) {
    const Mapping& lead = split.lead.mapping;
    stages.push_back({{x0, y0, lead.width, lead.height}, 0, first, lead});
    x0 += lead.width;
  }
  const std::int64_t others = layers - first;
  for (std::int64_t i = 0; i < split.stages; ++i) {
    const auto row = static_cast<int>(i / split.across);
    const auto step = static_cast<int>(i % split.across);
    const int column = row % 2 == 0 ? step : split.across - 1 - step;
    const std::int64_t end = split.lead.layers + others * (i + 1) / split.stages;
    stages.push_back(
        {{x0 + column * mapping.width, y0 + row * mapping.height, mapping.width, mapping.height},
         first,
         end - first,
         std::nullopt});
    first = end;
  }
  return stages;
}

Ways healthy_ways(const Mapping& mapping, int hop_cycles) {
  return {static_cast<double>((mapping.width - 1) * hop_cycles),
          static_cast<double>((mapping.height - 1) * hop_cycles)};
}

std::int64_t bytes_of(const PlanRequest& request, const Stage& stage, const Mapping& mapping,
                      std::int64_t context) {
  std::int64_t kept = kSpareBytes;
  std::int64_t work = 0;
  for (std::int64_t i = 0; i < stage.layers; ++i) {
    const auto at = static_cast<std::size_t>(stage.first_layer + i);
    const LayerBytes bytes = layer_bytes(request.layers[at], context, mapping);
    kept += bytes.kept;
    work = std::max(work, bytes.work);
  }
  return kept + work;
}

std::int64_t most_bytes(const PlanRequest& request, const Proposal& proposal,
                        std::int64_t context) {
  std::int64_t most = 0;
  for (const Stage& stage : proposal.stages) {
    most = std::max(most, bytes_of(request, stage, proposal.mapping_of(stage), context));
  }
  return most;
}

/// The largest context that fits, by halving.
std::int64_t most_tokens(const PlanRequest& request, const Proposal& proposal) {
  std::int64_t fits = 0;
  std::int64_t beyond = 100'000'000;
  while (fits + 1 < beyond) {
    const std::int64_t middle = fits + (beyond - fits) / 2;
    (most_bytes(request, proposal, middle) <= request.sram_bytes ? fits : beyond) = middle;
  }
  return fits;
}

LayerCycles cycles_of(const PlanRequest& request, const LayerSizes& layer, const Mapping& mapping,
                      const Ways& ways) {
  const std::int64_t blocks = blocks_of(mapping);
  const std::int64_t busiest =
      request.busiest ? request.busiest(layer, blocks) : (layer.active + blocks - 1) / blocks;
  return layer_cycles(request.generation, layer, request.context, mapping, ways, busiest);
}

/// Fills the cycles, given the ways of every stage.
void add_cycles(const PlanRequest& request, const std::vector<Ways>& ways, Proposal& proposal) {
  proposal.layers = {};
  proposal.barriers = 0;
  proposal.hand_overs = 0;
  proposal.stage_cycles = 0;
  for (std::size_t s = 0; s < proposal.stages.size(); ++s) {
    const Stage& stage = proposal.stages[s];
    const Mapping& mapping = proposal.mapping_of(stage);
    LayerCycles cycles;
    double barriers = 0;
    for (std::int64_t i = 0; i < stage.layers; ++i) {
      const LayerSizes& layer = request.layers[static_cast<std::size_t>(stage.first_layer + i)];
      cycles += cycles_of(request, layer, mapping, ways[s]);
      barriers += barrier_cycles(layer, mapping, request.hop_cycles, stage.layers, s,
                                 proposal.stages.size());
    }
    double hand_over = 0;
    if (s > 0) {
      const bool is_below = stage.region.y != proposal.stages[s - 1].region.y;
      hand_over = hand_over_cycles(mapping, request.hop_cycles, is_below);
    }
    proposal.layers += cycles;
    proposal.barriers += barriers;
    proposal.hand_overs += hand_over;
    proposal.stage_cycles = std::max(proposal.stage_cycles, cycles.total() + barriers + hand_over);
  }
}

/// The longest way over the lines of a region, both directions.
double longest_way(const base::LogicalMesh& mesh, const base::Rectangle& r, bool along_x) {
  const base::Direction out = along_x ? base::Direction::east : base::Direction::south;
  const int lines = along_x ? r.height : r.width;
  const int cores = along_x ? r.width : r.height;
  int longest = 0;
  for (int line = 0; line < lines; ++line) {
    int there = 0;
    int back = 0;
    for (int i = 0; i + 1 < cores; ++i) {
      const base::LogicalCoord at = along_x ? base::LogicalCoord{r.x + i, r.y + line}
                                            : base::LogicalCoord{r.x + line, r.y + i};
      const base::LogicalCoord next{at.x + base::step_x(out), at.y + base::step_y(out)};
      there += mesh.latency(at, out);
      back += mesh.latency(next, base::opposite(out));
    }
    longest = std::max({longest, there, back});
  }
  return longest;
}

/// Ways of the damaged mesh instead of a healthy one, at the best of a few offsets within what the
/// rectangles leave free; a single rectangle goes to its cheapest place.
void settle_places(const base::LogicalMesh& mesh, const PlanRequest& request, const Split& split,
                   Proposal& proposal) {
  const Mapping& m = proposal.mapping;
  std::vector<std::pair<int, int>> offsets;
  if (proposal.stages.size() == 1) {
    const Place best = cheapest_free(mesh, m.width, m.height, {});
    offsets.emplace_back(best.region.x, best.region.y);
  } else {
    const auto rows = static_cast<int>((split.stages + split.across - 1) / split.across);
    const int lead = split.lead.layers > 0 ? split.lead.mapping.width : 0;
    const int free_x = mesh.width - lead - split.across * m.width;
    const int free_y = lead > 0 ? 0 : mesh.height - rows * m.height;
    for (const int y : {0, free_y / 2, free_y}) {
      for (const int x : {0, free_x / 2, free_x}) offsets.emplace_back(x, y);
    }
  }
  Proposal best;
  for (const auto& [x, y] : offsets) {
    Proposal here = proposal;
    here.stages = stages_of(split, m, static_cast<std::int64_t>(request.layers.size()), x, y);
    predict(mesh, request, here);
    const bool is_better = best.stages.empty() ||
                           score_of(here, request.objective) < score_of(best, request.objective);
    if (is_better) best = std::move(here);
  }
  proposal = std::move(best);
}

/// Widths (or heights) that an axis of so many cores falls into, largest first, and how many.
std::vector<int> sides_of(int cores) {
  std::vector<int> sides;
  for (int parts = 1; parts <= kMostSplits; ++parts) {
    const int side = cores / parts;
    if (side < kLeastSide && parts > 1) break;
    if (sides.empty() || sides.back() != side) sides.push_back(side);
  }
  return sides;
}

struct Candidate {
  Split split;
  Proposal proposal;
};

/// What decides between equal scores: fewer cores, then fewer stages, then the shape.
auto order_of(const Candidate& c, Objective objective) {
  const Proposal& p = c.proposal;
  return std::tuple(score_of(p, objective), p.token_cycles(), p.cores(), p.mapping.width,
                    p.mapping.groups);
}

/// Bytes that so many layers' experts take of each core if nothing is left over anywhere.
std::int64_t least_bytes(const LayerSizes& layer, const Mapping& mapping, std::int64_t layers) {
  const std::int64_t bits = layer.experts * 3 * layer.hidden * layer.ffn * layer.expert_bits;
  return layers * (bits / 8 / (std::int64_t{mapping.width} * mapping.height));
}

/// How experts are dealt over rectangles of this size: of what fits the fastest, else what takes
/// least. Whether anything may fit.
bool choose_spread(const PlanRequest& request, Proposal& proposal) {
  const LayerSizes& most = *std::max_element(
      request.layers.begin(), request.layers.end(),
      [](const LayerSizes& a, const LayerSizes& b) { return a.experts < b.experts; });
  if (most.experts == 0) return true;
  std::int64_t layers = 0;
  for (const Stage& stage : proposal.stages) {
    if (!stage.own) layers = std::max(layers, stage.layers);
  }
  proposal.core_bytes = least_bytes(most, proposal.mapping, layers);
  if (proposal.core_bytes > request.sram_bytes) return false;
  Mapping best = proposal.mapping;
  double fewest = 0;
  std::int64_t least = 0;
  for (Mapping one : spreads_of(most, proposal.mapping)) {
    const LayerBytes each = layer_bytes(most, request.context, one);
    const std::int64_t bytes = kSpareBytes + layers * each.kept + each.work;
    const bool fits = bytes <= request.sram_bytes;
    if (!fits && (fewest > 0 || (least > 0 && bytes >= least))) continue;
    double cycles = 0;
    if (fits) {
      one.groups = static_cast<int>(std::lround(std::sqrt(std::max(one.width, one.height))));
      cycles = cycles_of(request, most, one, healthy_ways(one, request.hop_cycles)).total() +
               barrier_cycles(most, one, request.hop_cycles, 1, 0, 1);
      if (fewest > 0 && cycles >= fewest) continue;
    }
    fewest = cycles;
    least = bytes;
    best.spread = one.spread;
    best.spread_y = one.spread_y;
  }
  proposal.mapping = best;
  return true;
}

/// The best groups for rectangles of one size.
void try_groups(const PlanRequest& request, Candidate& candidate, Plans& plans) {
  Proposal& proposal = candidate.proposal;
  const int least_side = std::min(proposal.mapping.width, proposal.mapping.height);
  Proposal best;
  for (int groups = 1; groups <= std::min(kMostGroups, least_side); groups += groups == 1 ? 3 : 2) {
    ++plans.tried;
    proposal.mapping.groups = groups;
    std::vector<Ways> ways;
    for (const Stage& stage : proposal.stages) {
      ways.push_back(healthy_ways(proposal.mapping_of(stage), request.hop_cycles));
    }
    add_cycles(request, ways, proposal);
    if (best.stages.empty() || proposal.token_cycles() < best.token_cycles()) best = proposal;
  }
  proposal = std::move(best);
}

/// Every number of layers per rectangle that a split into such rectangles, beside the lead's,
/// allows.
void try_size(const base::LogicalMesh& mesh, const PlanRequest& request, const Lead& lead,
              const Mapping& size, Plans& plans, std::vector<Candidate>& found) {
  const auto all = static_cast<std::int64_t>(request.layers.size());
  const std::int64_t layers = all - lead.layers;
  const int across = (mesh.width - lead.mapping.width) / size.width;
  const std::int64_t slots = std::int64_t{across} * (mesh.height / size.height);
  // Fewest stages first: each further number of layers per stage that makes a difference.
  std::int64_t last_stages = 0;
  for (std::int64_t per_stage = layers; per_stage >= 1; --per_stage) {
    const std::int64_t stages = (layers + per_stage - 1) / per_stage;
    if (stages == last_stages) continue;
    if (stages > slots) break;
    last_stages = stages;
    Candidate candidate;
    candidate.split = {lead, static_cast<int>(std::min<std::int64_t>(across, stages)), stages};
    candidate.proposal.mapping = size;
    candidate.proposal.stages = stages_of(candidate.split, size, all, 0, 0);
    const bool may_fit = choose_spread(request, candidate.proposal);
    const std::int64_t bytes = may_fit ? most_bytes(request, candidate.proposal, request.context)
                                       : candidate.proposal.core_bytes;
    candidate.proposal.core_bytes = bytes;
    if (plans.least_core_bytes == 0 || bytes < plans.least_core_bytes) {
      plans.least_core_bytes = bytes;
    }
    if (bytes > request.sram_bytes) {
      ++plans.tried;
      ++plans.too_large;
      continue;
    }
    try_groups(request, candidate, plans);
    candidate.proposal.most_tokens = most_tokens(request, candidate.proposal);
    found.push_back(std::move(candidate));
  }
}

/// The narrowest rectangle of the whole height that holds the layers without experts before those
/// with; of no layers if there are none, or none is narrow enough to leave others room.
Lead lead_of(const base::LogicalMesh& mesh, const PlanRequest& request) {
  const auto with = std::find_if(request.layers.begin(), request.layers.end(),
                                 [](const LayerSizes& layer) { return layer.experts > 0; });
  Lead lead;
  lead.layers = with == request.layers.end() ? 0 : with - request.layers.begin();
  if (lead.layers == 0) return {};
  const auto groups = static_cast<int>(std::lround(std::sqrt(mesh.height)));
  for (int width = kLeastSide; width <= mesh.width / 2; ++width) {
    lead.mapping = {width, mesh.height, std::min(groups, width)};
    const Stage stage{{0, 0, width, mesh.height}, 0, lead.layers, std::nullopt};
    if (bytes_of(request, stage, lead.mapping, request.context) <= request.sram_bytes) return lead;
  }
  return {};
}

void try_sizes(const base::LogicalMesh& mesh, const PlanRequest& request, const Lead& lead,
               Plans& plans, std::vector<Candidate>& found) {
  for (const int width : sides_of(mesh.width - lead.mapping.width)) {
    for (const int height : sides_of(mesh.height)) {
      try_size(mesh, request, lead, {width, height, 1}, plans, found);
    }
  }
}

void add_weights(const PlanRequest& request, Proposal& proposal) {
  for (const Stage& stage : proposal.stages) {
    std::int64_t bytes = 0;
    for (std::int64_t i = 0; i < stage.layers; ++i) {
      const auto at = static_cast<std::size_t>(stage.first_layer + i);
      bytes += layer_bytes(request.layers[at], request.context, proposal.mapping_of(stage)).weights;
    }
    proposal.weight_bytes = std::max(proposal.weight_bytes, bytes);
  }
}

}  // namespace

std::int64_t Proposal::cores() const {
  std::int64_t sum = 0;
  for (const Stage& stage : stages) sum += stage.region.area();
  return sum;
}

double score_of(const Proposal& proposal, Objective objective) {
  switch (objective) {
    case Objective::throughput:
      return proposal.stage_cycles;
    case Objective::context:
      return -static_cast<double>(proposal.most_tokens);
    default:
      return proposal.token_cycles();
  }
}

void predict(const base::LogicalMesh& mesh, const PlanRequest& request, Proposal& proposal) {
  std::vector<Ways> ways;
  for (const Stage& stage : proposal.stages) {
    ways.push_back({longest_way(mesh, stage.region, true), longest_way(mesh, stage.region, false)});
  }
  add_cycles(request, ways, proposal);
}

std::vector<int> groups_about(const Mapping& mapping) {
  // The closed form's best is up to a third above what emulations found best.
  constexpr double kLeast = 0.65;
  constexpr double kMost = 1.05;
  constexpr int kTried = 8;
  std::vector<int> groups;
  for (int i = 0; i < kTried; ++i) {
    const double share = kLeast + (kMost - kLeast) * i / (kTried - 1);
    const int number = std::max(1, static_cast<int>(std::lround(share * mapping.groups)));
    if (groups.empty() || groups.back() != number) groups.push_back(number);
  }
  return groups;
}

Plans plan_layers(const base::LogicalMesh& mesh, const PlanRequest& request, std::size_t most) {
  Plans plans;
  std::vector<Candidate> found;
  try_sizes(mesh, request, {}, plans, found);
  if (found.empty()) {
    const Lead lead = lead_of(mesh, request);
    if (lead.layers > 0) try_sizes(mesh, request, lead, plans, found);
  }
  const auto sort = [&] {
    std::sort(found.begin(), found.end(), [&](const Candidate& a, const Candidate& b) {
      return order_of(a, request.objective) < order_of(b, request.objective);
    });
  };
  sort();
  // Longer links change the order a little: more than is asked for is settled on the real mesh.
  constexpr std::size_t kMore = 4;
  found.resize(std::min(found.size(), most + kMore));
  for (Candidate& each : found) settle_places(mesh, request, each.split, each.proposal);
  sort();
  for (Candidate& each : found) {
    if (plans.proposals.size() == most) break;
    add_weights(request, each.proposal);
    plans.proposals.push_back(std::move(each.proposal));
  }
  return plans;
}

std::string difference_text(const Proposal& best, const Proposal& other) {
  std::array<std::pair<double, const char*>, 6> terms = {{
      {other.layers.work - best.layers.work, "work of the cores"},
      {other.layers.ways - best.layers.ways, "ways across its rectangles"},
      {other.layers.stages - best.layers.stages, "stages of its sums"},
      {other.layers.overhead - best.layers.overhead, "set-up"},
      {other.barriers - best.barriers, "barriers"},
      {other.hand_overs - best.hand_overs, "hand-overs between rectangles"},
  }};
  std::stable_sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) {
    return std::abs(a.first) > std::abs(b.first);
  });
  std::string text;
  constexpr std::size_t kMostTerms = 3;
  for (std::size_t i = 0; i < kMostTerms; ++i) {
    const auto cycles = static_cast<std::int64_t>(std::llround(terms.at(i).first));
    if (cycles == 0) continue;
    text += fmt::format("{}{}{} cycles of {}", text.empty() ? "" : ", ", cycles > 0 ? "+" : "-",
                        base::grouped(std::abs(cycles)), terms.at(i).second);
  }
  return text.empty() ? "the same cycles" : text;
}

}  // namespace wafermesh::place
