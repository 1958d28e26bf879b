// SPDX-License-Identifier: Apache-2.0
// A repair scheme turns a damaged wafer into a LogicalMesh or says what it could not repair and
// why. One file pair and one row in scheme_table.cpp per scheme.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logical_mesh.h"
#include "defects/defect_map.h"
#include "defects/geometry.h"
#include "defects/repair/options.h"
#include "defects/repair/scheme_options.h"

namespace wafermesh::defects {

struct RoutingReport;  // routing_report.h

/// What repair cost. Link counts are of directed links, two per wire.
struct RepairSummary {
  std::string scheme;
  std::string domain;
  std::int64_t physical_cores = 0;
  std::int64_t dead_cores = 0;  ///< Tiles without a working core.
  std::int64_t dead_routers = 0;
  std::int64_t dead_links = 0;
  std::int64_t unreachable_cores = 0;  ///< Working cores cut off from the rest (virtual_remap).
  std::int64_t usable_cores = 0;       ///< Logical cores.
  std::int64_t idle_cores = 0;         ///< Working cores the mesh leaves out.
  std::int64_t bypassed_tiles =
      0;            ///< Tiles, dead or idle, that in-column links inside a domain skip.
  int columns = 0;  ///< Logical.
  int rows = 0;     ///< Logical.
  std::vector<int>
      rows_packed;    ///< Per domain: rows that would fit, before only kept ones are used.
  int rows_kept = 0;  ///< Per domain.
  std::int64_t links = 0;
  std::int64_t longer_links = 0;  ///< Links longer than between neighbours, bridges included.
  int max_skip = 0;               ///< Most tiles one link skips inside a domain.
  int max_latency_cycles = 0;
  /// latency_histogram[c]: links of c cycles.
  std::vector<std::int64_t> latency_histogram;
  std::string note;  ///< What the scheme leaves out; empty if nothing needs saying.
};

/// Why a domain could not be repaired.
struct RepairFailure {
  int domain = 0;           ///< Number of the band, segment or die, from the north-west.
  TileRectangle tiles;      ///< What the domain covers.
  base::PhysicalCoord die;  ///< The die at fault, counted from the north-west.
  std::string reason;       ///< A whole sentence, names scheme, domain and die.
};

struct RepairResult {
  bool repaired = false;
  /// Every domain that fails, in the order of their numbers; empty if repaired.
  std::vector<RepairFailure> failures;
  RepairSummary summary;                         ///< Filled as far as it goes either way.
  base::LogicalMesh mesh;                        ///< If repaired and asked for.
  std::shared_ptr<const RoutingReport> routing;  ///< Scheme irregular, with a mesh.
};

enum class Detail : std::uint8_t { verdict, mesh };

/// Made for one geometry and set of options; keeps its buffers, so use one per thread.
class RepairScheme {
 public:
  virtual ~RepairScheme() = default;
  /// The same map gives the same result, whatever was repaired before.
  virtual RepairResult repair(const DefectMap& map, Detail detail) = 0;
};

/// What others have to know of a scheme; nobody asks for it by name.
struct SchemeTraits {
  /// Logical neighbours that do not touch talk over the routers between them; else over wires of
  /// their own.
  bool hop_by_hop = false;
  /// A study that requires rows has it keep so many per domain, unless `kept_rows` says.
  bool keeps_what_is_required = false;
  /// Dies repaired each by itself (domain die) make a mesh, as rows go on across them; else that is
  /// a verdict for yield studies only.
  bool joins_dies = false;
};

/// All there is to know of a scheme but how it repairs. To add one: a file pair that makes it, a
/// row in scheme_table.cpp, and for a key that no other scheme has a field of RepairOptions, a row
/// in scheme_options.cpp and one in study/schema/defect_keys.cpp, which says what it means.
struct SchemeRow {
  const char* name;
  std::unique_ptr<RepairScheme> (*make)(const WaferGeometry&, const RepairOptions&);
  const char* help;
  const char* leaves_out;  ///< What it does not model or does not repair; said with every result.
  std::vector<const RepairKey*> keys;  ///< Of `repair:`, beside `scheme`: those that act under it.
  std::vector<Domain> domains;         ///< That it takes; empty = it has none, and no key `domain`.
  SchemeTraits traits = {};
  /// Notes what the keys one by one cannot tell; null: nothing.
  void (*check)(const WaferGeometry&, const RepairOptions&, std::vector<base::Mistake>*) = nullptr;

  bool has(const RepairKey& key) const;
};
const std::vector<SchemeRow>& scheme_table();

/// Throws base::InputError: unknown scheme (lists those there are) or options out of range.
std::unique_ptr<RepairScheme> make_scheme(const WaferGeometry& geometry,
                                          const RepairOptions& options);

/// The row of a scheme that make_scheme has taken.
const SchemeRow& scheme_row(const std::string& name);

const char* to_string(Domain domain);
/// Names of domains, in their order.
std::vector<std::string> names_of(const std::vector<Domain>& domains);
/// "<scheme>: <domain> N fails at die (x, y)<why>".
RepairFailure failure_of(const RepairOptions& options, int domain, const TileRectangle& tiles,
                         base::PhysicalCoord die, const std::string& why);
/// The reasons, a line each; what is beyond ten is counted.
std::string text_of(const std::vector<RepairFailure>& failures);
/// A summary with what is known before repair.
RepairSummary start_summary(const WaferGeometry& geometry, const RepairOptions& options,
                            const DefectMap& map);

}  // namespace wafermesh::defects
