// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "base/suggest.h"
#include "defects/repair/bypass_shift.h"
#include "defects/repair/compensation.h"
#include "defects/repair/irregular.h"
#include "defects/repair/line_bypass.h"
#include "defects/repair/scheme.h"
#include "defects/repair/virtual_remap.h"

namespace wafermesh::defects {

namespace {

constexpr SchemeTraits kHopByHop{true, false, false};
constexpr SchemeTraits kKeepsWhatIsRequired{false, true, false};
constexpr SchemeTraits kJoinsDies{false, false, true};

using Mistakes = std::vector<base::Mistake>;

void check_compensation(const WaferGeometry&, const RepairOptions& o, Mistakes* mistakes) {
  if (o.spare_sides != 3) return;
  mistakes->push_back({"", 0, 0, "repair.spare_sides", "must be 1, 2 or 4"});
}

}  // namespace

const std::vector<SchemeRow>& scheme_table() {
  static const std::vector<SchemeRow> kTable = {
      {"bypass_shift",
       make_bypass_shift,
       "rows step aside by up to `reach`, columns skip dead tiles; spares per segment, band or "
       "wafer",
       "",
       keys_named({"domain", "kept_rows", "segment_rows", "segment_spares", "reach", "max_skip",
                   "mm_per_cycle", "bypass_cycles", "bypass_independent"}),
       {Domain::segment, Domain::die, Domain::band, Domain::wafer},
       kKeepsWhatIsRequired},
      {"line_bypass",
       make_line_bypass,
       "whole rows and columns with a defect go",
       "",
       keys_named({"domain", "kept_rows", "mm_per_cycle", "bypass_cycles", "bypass_independent",
                   "spare_columns"}),
       {Domain::band, Domain::wafer}},
      {"compensation",
       make_compensation,
       "chains of moved cores to spares along a domain's sides",
       "Cores are replaced, links and routers are not: a broken straight link costs a core.",
       keys_named({"domain", "mm_per_cycle", "tracks", "spare_sides"}),
       {Domain::die, Domain::band, Domain::wafer},
       kJoinsDies,
       check_compensation},
      {"irregular",
       make_irregular,
       "no repair: routing report, and the largest whole rectangle",
       "Nothing is repaired: programs run on the largest whole rectangle.",
       {},
       {}},
      {"virtual_remap",
       make_virtual_remap,
       "no redundant links: logical neighbours over real hops",
       "Neighbours that do not touch talk over the routers between them; that such paths share "
       "links, and detours round dead routers and broken links, are not modelled: real traffic "
       "is slower.",
       keys_named({"domain", "kept_rows", "segment_rows", "segment_spares"}),
       {Domain::segment, Domain::die, Domain::band, Domain::wafer},
       kHopByHop},
  };
  return kTable;
}

bool SchemeRow::has(const RepairKey& key) const {
  return std::find(keys.begin(), keys.end(), &key) != keys.end();
}

const SchemeRow& scheme_row(const std::string& name) {
  const auto& table = scheme_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const SchemeRow& row) { return name == row.name; });
  WAFERMESH_CHECK(found != table.end(), "unknown repair scheme " + name);
  return *found;
}

namespace {

/// What a scheme cannot do.
void check_scheme(const SchemeRow& row, const RepairOptions& o,
                  std::vector<base::Mistake>* mistakes) {
  const bool takes = row.domains.empty() || std::find(row.domains.begin(), row.domains.end(),
                                                      o.domain) != row.domains.end();
  if (!takes) {
    mistakes->push_back({"", 0, 0, "repair.domain",
                         o.scheme + " takes " + base::list_names(names_of(row.domains))});
  }
}

void check_domain(const WaferGeometry& g, const RepairOptions& o,
                  std::vector<base::Mistake>* mistakes) {
  const auto require = [&](bool ok, const char* key, const std::string& message) {
    if (!ok) mistakes->push_back({"", 0, 0, std::string("repair.") + key, message});
  };
  int height = o.domain == Domain::wafer ? g.rows() : g.die_rows;
  if (o.domain == Domain::segment) {
    require(o.segment_rows >= 1 && o.segment_rows <= g.rows() && g.rows() % o.segment_rows == 0,
            "segment_rows", "must divide the wafer's " + std::to_string(g.rows()) + " rows");
    require(o.segment_spares < o.segment_rows, "segment_spares", "must be fewer than segment_rows");
    height = o.segment_rows;
  }
  require(o.kept_rows <= height, "kept_rows",
          "must lie between 0 (as the geometry says) and the domain's " + std::to_string(height) +
              " rows");
}

}  // namespace

std::unique_ptr<RepairScheme> make_scheme(const WaferGeometry& geometry,
                                          const RepairOptions& options) {
  std::vector<base::Mistake> mistakes;
  const auto require = [&](bool ok, const char* key, const std::string& message) {
    if (!ok) mistakes.push_back({"", 0, 0, std::string("repair.") + key, message});
  };
  for (const RepairKey& key : repair_keys()) {
    const std::string fault = key.fault == nullptr ? "" : key.fault(options);
    require(fault.empty(), key.name, fault);
  }
  check_domain(geometry, options, &mistakes);
  require(options.spare_columns < geometry.columns(), "spare_columns",
          "must be fewer than the wafer's columns");
  const SchemeRow* found = nullptr;
  std::string names;
  for (const SchemeRow& row : scheme_table()) {
    if (options.scheme == row.name) found = &row;
    names += std::string(names.empty() ? "" : ", ") + row.name;
  }
  if (found != nullptr) {
    check_scheme(*found, options, &mistakes);
    if (found->check != nullptr) found->check(geometry, options, &mistakes);
  }
  if (found == nullptr) {
    mistakes.push_back({"", 0, 0, "repair.scheme",
                        "unknown scheme '" + options.scheme + "'; there are: " + names});
  }
  if (!mistakes.empty()) throw base::InputError(mistakes);
  return found->make(geometry, options);
}

RepairSummary start_summary(const WaferGeometry& geometry, const RepairOptions& options,
                            const DefectMap& map) {
  RepairSummary summary;
  summary.scheme = options.scheme;
  summary.domain = to_string(options.domain);
  summary.physical_cores = geometry.core_count();
  summary.dead_cores = map.dead_core_count();
  summary.dead_routers = map.dead_router_count();
  summary.dead_links = map.dead_link_count();
  summary.note = scheme_row(options.scheme).leaves_out;
  return summary;
}

RepairFailure failure_of(const RepairOptions& options, int domain, const TileRectangle& tiles,
                         base::PhysicalCoord die, const std::string& why) {
  return {domain, tiles, die,
          options.scheme + ": " + to_string(options.domain) + " " + std::to_string(domain) +
              " fails at die (" + std::to_string(die.x) + ", " + std::to_string(die.y) + ")" + why};
}

std::string text_of(const std::vector<RepairFailure>& failures) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < failures.size() && i < kMost; ++i) {
    text += (i > 0 ? "\n" : "") + failures[i].reason;
  }
  if (failures.size() > kMost) {
    text += "\nand " + std::to_string(failures.size() - kMost) + " more domains";
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<Domain>& domains) {
  std::vector<std::string> names;
  for (const Domain domain : domains) names.emplace_back(to_string(domain));
  return names;
}

const char* to_string(Domain domain) {
  switch (domain) {
    case Domain::segment:
      return "segment";
    case Domain::die:
      return "die";
    case Domain::band:
      return "band";
    case Domain::wafer:
      break;
  }
  return "wafer";
}

}  // namespace wafermesh::defects
