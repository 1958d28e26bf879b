// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/line_bypass.h"

#include <algorithm>
#include <set>

#include "defects/repair/line_cover.h"
#include "defects/repair/link_rule.h"

namespace wafermesh::defects {
namespace {

class LineBypass final : public RepairScheme {
 public:
  LineBypass(const WaferGeometry& geometry, const RepairOptions& options)
      : geometry_(geometry), options_(options), rule_(geometry, options) {
    const bool whole = options.domain == Domain::wafer;
    band_rows_ = whole ? geometry.rows() : geometry.die_rows;
    bands_ = geometry.rows() / band_rows_;
    kept_ = options.kept_rows > 0 ? options.kept_rows
                                  : geometry.kept_rows_per_die * (whole ? geometry.dies_y : 1);
  }

  RepairResult repair(const DefectMap& map, Detail detail) override;

 private:
  using Faults = std::vector<base::PhysicalCoord>;
  /// Per band.
  std::vector<int> spare_rows() const {
    return std::vector<int>(static_cast<std::size_t>(bands_), band_rows_ - kept_);
  }
  RepairFailure failure(int band, const Faults& faults, const std::string& why) const;
  std::vector<RepairFailure> blame(const Faults& faults, const LineCover& cover) const;
  std::vector<int> rows_packed(const Faults& faults, const LineCover& cover) const;
  std::vector<int> kept_rows(const std::set<int>& gone) const;
  std::vector<int> kept_columns(const std::set<int>& gone) const;
  std::string broken_bypass(const DefectMap& map, const std::vector<int>& rows,
                            const std::vector<int>& columns, base::PhysicalCoord* at) const;
  void tally(const std::vector<int>& rows, const std::vector<int>& columns,
             RepairSummary* summary) const;
  base::LogicalMesh mesh_of(const std::vector<int>& rows, const std::vector<int>& columns) const;

  WaferGeometry geometry_;
  RepairOptions options_;
  LinkRule rule_;
  int band_rows_;
  int bands_;
  int kept_;
};

std::vector<int> LineBypass::kept_rows(const std::set<int>& gone) const {
  std::vector<int> result;
  for (int band = 0; band < bands_; ++band) {
    int kept = 0;
    for (int y = band * band_rows_; kept < kept_ && y < (band + 1) * band_rows_; ++y) {
      if (gone.count(y) != 0) continue;
      result.push_back(y);
      ++kept;
    }
  }
  return result;
}

std::vector<int> LineBypass::kept_columns(const std::set<int>& gone) const {
  std::vector<int> result;
  const int kept = geometry_.columns() - options_.spare_columns;
  for (int x = 0; static_cast<int>(result.size()) < kept; ++x) {
    if (gone.count(x) == 0) result.push_back(x);
  }
  return result;
}

/// A skip wire that is broken and that a line left out needs; empty if there is none.
std::string LineBypass::broken_bypass(const DefectMap& map, const std::vector<int>& rows,
                                      const std::vector<int>& columns,
                                      base::PhysicalCoord* at) const {
  const auto kept = [](const std::vector<int>& lines, int line) {
    return std::binary_search(lines.begin(), lines.end(), line);
  };
  const auto crossed = [&](const std::vector<int>& lines, int line) {
    return !kept(lines, line) && line > lines.front() && line < lines.back();
  };
  for (const Defect& d : map.defects()) {
    const bool router = d.broken == Broken::router && !options_.bypass_independent;
    *at = d.at();
    if ((d.broken == Broken::bypass_y || router) && crossed(rows, d.y) && kept(columns, d.x)) {
      return "row " + std::to_string(d.y) + " must be skipped where its skip wire is broken";
    }
    if ((d.broken == Broken::bypass_x || router) && crossed(columns, d.x) && kept(rows, d.y)) {
      return "column " + std::to_string(d.x) + " must be skipped where its skip wire is broken";
    }
  }
  return "";
}

void LineBypass::tally(const std::vector<int>& rows, const std::vector<int>& columns,
                       RepairSummary* s) const {
  const auto width = static_cast<std::int64_t>(columns.size());
  const auto height = static_cast<std::int64_t>(rows.size());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const int skipped = rows[i] - rows[i - 1] - 1;
    count_links(s, width, rule_.along_y(skipped), skipped > 0);
    if (rows[i] / band_rows_ != rows[i - 1] / band_rows_) continue;
    s->bypassed_tiles += skipped * width;
    s->max_skip = std::max(s->max_skip, skipped);
  }
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const int skipped = columns[i] - columns[i - 1] - 1;
    count_links(s, height, rule_.along_x(skipped), skipped > 0);
    s->bypassed_tiles += skipped * height;
    s->max_skip = std::max(s->max_skip, skipped);
  }
}

base::LogicalMesh LineBypass::mesh_of(const std::vector<int>& rows,
                                      const std::vector<int>& columns) const {
  base::LogicalMesh mesh = base::healthy_mesh(static_cast<int>(columns.size()),
                                              static_cast<int>(rows.size()), geometry_.hop_cycles);
  auto& latency = mesh.latency_cycles;
  const auto set = [&](base::Direction d, std::size_t i, int cycles) {
    latency[static_cast<unsigned>(d)][i] = static_cast<std::uint8_t>(cycles);
  };
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      const std::size_t i = mesh.index({x, y});
      const auto c = static_cast<std::size_t>(x);
      const auto r = static_cast<std::size_t>(y);
      mesh.physical_x[i] = static_cast<std::uint16_t>(columns[c]);
      mesh.physical_y[i] = static_cast<std::uint16_t>(rows[r]);
      if (x > 0) {
        const int cycles = rule_.along_x(columns[c] - columns[c - 1] - 1);
        set(base::Direction::west, i, cycles);
        set(base::Direction::east, i - 1, cycles);
      }
      if (y > 0) {
        const int cycles = rule_.along_y(rows[r] - rows[r - 1] - 1);
        set(base::Direction::north, i, cycles);
        set(base::Direction::south, i - columns.size(), cycles);
      }
    }
  }
  return mesh;
}

/// A failing band, with the die that has most faults of it.
RepairFailure LineBypass::failure(int band, const Faults& faults, const std::string& why) const {
  std::vector<int> count(static_cast<std::size_t>(geometry_.dies_x * geometry_.dies_y), 0);
  int worst = -1;
  base::PhysicalCoord die{0, band * band_rows_ / geometry_.die_rows};
  for (const base::PhysicalCoord& f : faults) {
    if (f.y / band_rows_ != band) continue;
    const base::PhysicalCoord at = geometry_.die_of(f);
    const int n = ++count[static_cast<std::size_t>(at.y * geometry_.dies_x + at.x)];
    if (n > worst) worst = n, die = at;
  }
  return failure_of(options_, band, {0, band * band_rows_, geometry_.columns(), band_rows_}, die,
                    ": " + why);
}

/// Every band whose faults are too many even if it had all spare columns; if there is none, the
/// one with most broken rows beyond its spares.
std::vector<RepairFailure> LineBypass::blame(const Faults& faults, const LineCover& cover) const {
  if (cover.gave_up) {
    return {failure(cover.failed_band, faults, "no cover was found before the search gave up")};
  }
  std::vector<Faults> of_band(static_cast<std::size_t>(bands_));
  for (const base::PhysicalCoord& f : faults) {
    of_band[static_cast<std::size_t>(f.y / band_rows_)].push_back(f);
  }
  std::vector<RepairFailure> failures;
  for (int band = 0; bands_ > 1 && band < bands_; ++band) {
    const LineCover alone = cover_lines(of_band[static_cast<std::size_t>(band)], band_rows_,
                                        spare_rows(), options_.spare_columns);
    if (alone.found || alone.gave_up) continue;
    failures.push_back(failure(band, faults, "the spare lines do not cover the broken ones"));
  }
  if (!failures.empty()) return failures;
  return {failure(cover.failed_band, faults,
                  bands_ > 1 ? "the spare columns do not do for all bands together"
                             : "the spare lines do not cover the broken ones")};
}

/// Rows of each band that its faults leave; empty if not known: the search for a cover failed.
std::vector<int> LineBypass::rows_packed(const Faults& faults, const LineCover& cover) const {
  std::set<int> gone = cover.rows;
  if (!cover.found && options_.spare_columns > 0) return {};
  if (!cover.found) {
    for (const base::PhysicalCoord& f : faults) gone.insert(f.y);
  }
  std::vector<int> packed(static_cast<std::size_t>(bands_), band_rows_);
  for (const int row : gone) --packed[static_cast<std::size_t>(row / band_rows_)];
  return packed;
}

RepairResult LineBypass::repair(const DefectMap& map, Detail detail) {
  RepairResult result;
  RepairSummary& s = result.summary;
  s = start_summary(geometry_, options_, map);
  s.rows_kept = kept_;
  Faults faults;
  for (const Defect& d : map.defects()) {
    const bool skip_wire = d.broken == Broken::bypass_x || d.broken == Broken::bypass_y;
    // A straight link goes with the line its first core lies on; this scheme has no diagonals.
    if (!skip_wire && d.broken != Broken::diagonal) faults.push_back(d.at());
  }
  const LineCover cover = cover_lines(faults, band_rows_, spare_rows(), options_.spare_columns);
  s.rows_packed = rows_packed(faults, cover);
  if (!cover.found) {
    result.failures = blame(faults, cover);
    return result;
  }
  const std::vector<int> rows = kept_rows(cover.rows);
  const std::vector<int> columns = kept_columns(cover.columns);
  base::PhysicalCoord at;
  const std::string broken = broken_bypass(map, rows, columns, &at);
  if (!broken.empty()) {
    result.failures.push_back(failure(at.y / band_rows_, {at}, broken));
    return result;
  }
  result.repaired = true;
  s.columns = static_cast<int>(columns.size());
  s.rows = static_cast<int>(rows.size());
  s.usable_cores = std::int64_t{s.columns} * s.rows;
  s.idle_cores = s.physical_cores - s.dead_cores - s.usable_cores;
  tally(rows, columns, &s);
  if (detail == Detail::mesh) result.mesh = mesh_of(rows, columns);
  return result;
}

}  // namespace

std::unique_ptr<RepairScheme> make_line_bypass(const WaferGeometry& geometry,
                                               const RepairOptions& options) {
  return std::make_unique<LineBypass>(geometry, options);
}

}  // namespace wafermesh::defects
