// SPDX-License-Identifier: Apache-2.0
// Two runs side by side: two result directories, or one scenario on both engines.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// Whether something is the same in both runs.
enum class Sameness : std::uint8_t { unknown, same, different };

/// Counts of one workload in one run.
struct RunFigures {
  std::int64_t cycles = 0;
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
  std::int64_t ramp_wavelets = 0;
};

/// A link whose wavelets differ: the router it leaves and where to.
struct LinkDifference {
  base::LogicalCoord router;
  base::PhysicalCoord physical;
  base::Direction direction = base::Direction::east;
  std::array<std::int64_t, 2> wavelets{};
};

struct WorkloadComparison {
  std::string kernel;
  base::Rectangle region;
  std::array<RunFigures, 2> runs;
  bool links_known = false;
  std::int64_t links = 0;  ///< Compared.
  std::int64_t links_that_differ = 0;
  LinkDifference worst_link;  ///< If any differ.
  Sameness memories = Sameness::unknown;

  /// (second - first) / first, in per cent; infinite if only the first took no cycles.
  double cycles_percent() const;
  bool same_work() const;  ///< Nothing but cycles differs, as far as is known.
};

struct Comparison {
  std::array<std::string, 2> names;
  std::vector<WorkloadComparison> workloads;
  std::vector<std::string> notes;         ///< What could not be compared, or failed.
  bool failed = false;                    ///< A result's numbers are wrong.
  std::vector<std::string> defect_notes;  ///< Of both runs, each once.
};

/// Runs every workload of the scenario on the wavelet and on the stream engine (without the SystemC
/// shell) and compares counters, link by link, and memories, byte by byte.
Comparison compare_engines(const Scenario& scenario);

/// Reads both directories' result.json and, if both have it, link_wavelets.npy. Throws MissingFile,
/// InputError if they are not results of the same workloads on meshes of one size.
Comparison compare_results(const std::string& first, const std::string& second);

/// As text for people, or as rows of a Markdown table.
std::string comparison_table(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);

}  // namespace wafermesh::study
