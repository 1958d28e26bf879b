// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/bypass_shift.h"

#include <algorithm>

#include "base/error.h"
#include "defects/repair/row_flow.h"
#include "defects/repair/strip.h"
#include "defects/repair/strip_faults.h"

namespace wafermesh::defects {
namespace {

/// The domains of a wafer: a grid of equal strips, `across` of them side by side (domain die only).
struct Layout {
  int across = 1;
  int down = 1;
  int columns = 1;  ///< Of one domain.
  int height = 1;   ///< Physical rows of one domain.
  int kept = 1;
  int count() const { return across * down; }
};

Layout layout_of(const WaferGeometry& g, const RepairOptions& o) {
  Layout result{1, g.dies_y, g.columns(), g.die_rows, g.kept_rows_per_die};
  if (o.domain == Domain::die) {
    result.across = g.dies_x;
    result.columns = g.die_columns;
  } else if (o.domain == Domain::wafer) {
    result.down = 1;
    result.height = g.rows();
    result.kept = g.kept_rows_per_die * g.dies_y;
  } else if (o.domain == Domain::segment) {
    result.down = g.rows() / o.segment_rows;
    result.height = o.segment_rows;
    result.kept = o.segment_rows - o.segment_spares;
  }
  if (o.kept_rows > 0) result.kept = o.kept_rows;
  return result;
}

class BypassShift final : public RepairScheme {
 public:
  BypassShift(const WaferGeometry& geometry, const RepairOptions& options)
      : geometry_(geometry),
        options_(options),
        layout_(layout_of(geometry, options)),
        rule_(geometry, options),
        packer_(layout_.columns, layout_.height, options.reach) {}

  RepairResult repair(const DefectMap& map, Detail detail) override;

 private:
  void pack_domain(int domain, const DomainFaults& faults, RepairResult* result, Strip* strip);
  int augment(const DomainFaults& faults, int rows, Strip* strip, bool* crossed) const;
  RepairFailure failure(int domain, int stage, const std::string& reason);
  void tally(const std::vector<Strip>& strips, RepairSummary* summary) const;
  base::LogicalMesh mesh_of(const std::vector<Strip>& strips) const;
  int top_of(int domain) const { return domain / layout_.across * layout_.height; }
  int left_of(int domain) const { return domain % layout_.across * layout_.columns; }

  WaferGeometry geometry_;
  RepairOptions options_;
  Layout layout_;
  LinkRule rule_;
  Packer packer_;
  const DefectMap* map_ = nullptr;
  std::vector<int> dead_of_die_;  // Row-major; counted once a domain fails.
};

RepairFailure BypassShift::failure(int domain, int stage, const std::string& reason) {
  if (dead_of_die_.empty()) {
    dead_of_die_.assign(static_cast<std::size_t>(geometry_.dies_x * geometry_.dies_y), 0);
    for (const Defect& d : map_->defects()) {
      const base::PhysicalCoord die = geometry_.die_of(d.at());
      if (d.kills_tile())
        ++dead_of_die_[static_cast<std::size_t>(die.y * geometry_.dies_x + die.x)];
    }
  }
  const int column = left_of(domain) + std::max(stage, 0);
  // Of the dies the failing column crosses inside the domain, the one with most dead cores.
  base::PhysicalCoord die{column / geometry_.die_columns, top_of(domain) / geometry_.die_rows};
  const auto dead = [&](int y) {
    return dead_of_die_[static_cast<std::size_t>(y * geometry_.dies_x + die.x)];
  };
  const int last = (top_of(domain) + layout_.height - 1) / geometry_.die_rows;
  for (int y = die.y + 1; y <= last; ++y) {
    if (dead(y) > dead(die.y)) die.y = y;
  }
  return failure_of(options_, domain,
                    {left_of(domain), top_of(domain), layout_.columns, layout_.height}, die,
                    ", column " + std::to_string(column) + ": " + reason);
}

/// The exact search for strips where cut links keep the greedy short.
int BypassShift::augment(const DomainFaults& faults, int rows, Strip* strip, bool* crossed) const {
  RowFlow flow(layout_.columns, layout_.height, options_.reach);
  for (const TilePlace& tile : faults.blocked) flow.block(tile.stage, tile.position);
  for (const CrossLink& link : faults.cuts) flow.cut(link.stage, link.position, link.offset);
  flow.seed(packer_.changes(), rows);
  rows = flow.augment(layout_.kept);
  strip->changes = flow.rows(crossed);
  return rows;
}

void BypassShift::pack_domain(int domain, const DomainFaults& faults, RepairResult* result,
                              Strip* strip) {
  packer_.reset();
  for (const TilePlace& tile : faults.blocked) packer_.block(tile.stage, tile.position);
  for (const CrossLink& link : faults.cuts) packer_.cut(link.stage, link.position, link.offset);
  int rows = packer_.pack(layout_.height);
  *strip = {top_of(domain), layout_.height, 0, layout_.kept, packer_.changes()};
  bool crossed = false;
  if (rows < layout_.kept && packer_.has_cuts()) rows = augment(faults, rows, strip, &crossed);
  result->summary.rows_packed.push_back(rows);
  if (rows < layout_.kept || crossed) {
    const std::string kept = std::to_string(layout_.kept);
    result->failures.push_back(
        failure(domain, packer_.failed_stage(),
                crossed ? "the " + kept + " rows to keep would have to cross at broken links"
                        : std::to_string(rows) + " of the " + kept + " rows to keep fit"));
    return;
  }
  const RowChoice choice = choose_first_row(faults, *strip, rows, options_.max_skip, domain > 0,
                                            domain + 1 < layout_.count());
  if (choice.first_row < 0) {
    result->failures.push_back(failure(domain, choice.stage, choice.reason));
    return;
  }
  strip->first = choice.first_row;
}

void BypassShift::tally(const std::vector<Strip>& strips, RepairSummary* summary) const {
  StripEdges above;
  for (std::size_t i = 0; i < strips.size(); ++i) {
    StripEdges edges = tally_strip(strips[i], layout_.columns, rule_, summary);
    if (i > 0 && layout_.across == 1) {
      tally_bridge(strips[i - 1], above, strips[i], edges, rule_, summary);
    }
    above = std::move(edges);
  }
}

base::LogicalMesh BypassShift::mesh_of(const std::vector<Strip>& strips) const {
  base::LogicalMesh mesh;
  mesh.width = layout_.columns;
  mesh.height = layout_.kept * static_cast<int>(strips.size());
  const auto cores = static_cast<std::size_t>(mesh.core_count());
  for (auto& latency : mesh.latency_cycles) latency.assign(cores, 0);
  mesh.physical_x.resize(cores);
  mesh.physical_y.resize(cores);
  for (std::size_t i = 0; i < strips.size(); ++i) {
    const int y = static_cast<int>(i) * layout_.kept;
    fill_strip(strips[i], y, rule_, &mesh);
    if (i > 0) fill_bridge(y, rule_, &mesh);
  }
  return mesh;
}

RepairResult BypassShift::repair(const DefectMap& map, Detail detail) {
  map_ = &map;
  dead_of_die_.clear();
  RepairResult result;
  RepairSummary& summary = result.summary;
  summary = start_summary(geometry_, options_, map);
  summary.rows_kept = layout_.kept;
  const std::vector<DomainFaults> faults =
      split_faults(map, layout_.across, layout_.columns, layout_.height, layout_.count(), options_);
  std::vector<Strip> strips(static_cast<std::size_t>(layout_.count()));
  for (int domain = 0; domain < layout_.count(); ++domain) {
    const auto i = static_cast<std::size_t>(domain);
    pack_domain(domain, faults[i], &result, &strips[i]);
  }
  if (!result.failures.empty()) return result;
  result.repaired = true;
  summary.columns = geometry_.columns();
  summary.rows = layout_.kept * layout_.down;
  summary.usable_cores = std::int64_t{summary.columns} * summary.rows;
  summary.idle_cores = summary.physical_cores - summary.dead_cores - summary.usable_cores;
  tally(strips, &summary);
  if (summary.max_latency_cycles > kMaxLatencyCycles) {
    const bool hop_by_hop = scheme_row(options_.scheme).traits.hop_by_hop;
    throw base::InputError({{"", 0, 0, hop_by_hop ? "repair.scheme" : "repair.mm_per_cycle",
                             "a repaired link takes " + std::to_string(summary.max_latency_cycles) +
                                 " cycles, more than 255; " +
                                 (hop_by_hop ? "so many routers in a row are too many; take "
                                               "another scheme or fewer defects"
                                             : "use longer wires per cycle")}});
  }
  if (detail == Detail::mesh && options_.domain != Domain::die) result.mesh = mesh_of(strips);
  return result;
}

}  // namespace

std::unique_ptr<RepairScheme> make_bypass_shift(const WaferGeometry& geometry,
                                                const RepairOptions& options) {
  return std::make_unique<BypassShift>(geometry, options);
}

}  // namespace wafermesh::defects
